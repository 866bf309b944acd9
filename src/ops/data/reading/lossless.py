"""Parse text as numbers or booleans if nothing is lost.

Arrow parses. What it parsed is verified by the first and last signs of the texts, and by their
digits only where these leave a doubt. The test is exact and takes every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel import strict_json

_BOOLEAN_WORDS: Final = ("true", "false", "True", "False", "TRUE", "FALSE")
_NEVER_A_NUMBER: Final = "^(-?0[0-9]|[+]|-?[0-9]{16,}$)"
_NOT_AN_INTEGER: Final = "[.eEnN]"
# Two different texts of this form are two numbers, if they have at most 15 digits.
_PLAIN: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$"
# Only texts like these may have more digits, or a larger exponent, than a float.
_LONG: Final = "[0-9.]{16}|[eE][+-]?[0-9]{3}"
_LETTER: Final = "[A-Za-z]"
_SHORT: Final = 16
"""Texts shorter than this have at most 15 digits."""
_PROBED_ROWS: Final = 100
_MINUS, _POINT, _ZERO, _ONE, _NINE = b"-.019"


def as_integers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return int64 if each text is an integer as integers are written; else None."""
    integers = _parsed(text, pa.int64())
    # Only text that integers give back as it was: "01234", "+5" and "0x1F" are not numbers.
    return integers if integers is not None and _Signs.of(_present(text)).are_integers() else None


def as_numbers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return float64 if each text is a number that has all its digits, and no other text is it.

    None if one is not, or if all are whole numbers, which are integers or identifiers.
    """
    found = decimals(text)
    if found is None or not found.has_fraction or shares_numbers(found.others):
        return None
    return None if found.has_plain(found.others) else found.numbers


def as_booleans(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return booleans if each text is "true" or "false", in one way of writing each; else None."""
    booleans = _parsed(text, pa.bool_())
    if booleans is None or pc.count_distinct(text).as_py() > pc.count_distinct(booleans).as_py():
        return None
    # Arrow takes further words, which may be codes.
    known = pc.is_in(text, value_set=pa.array(_BOOLEAN_WORDS).cast(text.type))
    return booleans if pc.all(pc.or_(known, pc.is_null(text))).as_py() else None


def without_empty(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts with null in place of empty ones; the very texts given if none is empty."""
    if pc.min(pc.binary_length(text)).as_py() != 0:
        return text
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)


def keeps_all_digits(text: pa.ChunkedArray, numbers: pa.ChunkedArray) -> bool:
    """Tell whether float64 numbers have all digits of the texts that they were parsed from.

    Args:
        text: Numbers as text, any number of rows; nulls are passed over.
        numbers: The same rows, parsed.
    """
    return _keeps_digits(text.filter(_doubtful(text, numbers)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimals:
    """Texts that are numbers and have all digits of these; two texts may still be one number.

    Attributes:
        numbers: What they were parsed to, as float64; nulls stay null.
        has_fraction: One of them has a point, an exponent or is no number.
        others: The different texts that are not as a number is written without need of a sign
            more, such as "1.0", "1e5" and "NaN".
        plain: The numbers of all texts that are, as their bits.
    """

    numbers: pa.ChunkedArray
    has_fraction: bool
    others: pa.Array
    plain: tuple[pa.ChunkedArray, ...]

    def has_plain(self, others: pa.Array) -> bool:
        """Tell whether a plain text is the same number as one of other texts."""
        bits = _bits_of(others)
        return len(bits) > 0 and any(
            pc.any(pc.is_in(each, value_set=bits)).as_py() for each in self.plain
        )


def decimals(text: pa.ChunkedArray) -> Decimals | None:
    """Parse texts as float64; None if one is no number, or has digits that a float has not.

    Args:
        text: Strings, none of them empty, at least one not null.
    """
    parsed = _parsed(text, pa.float64())
    if parsed is None:
        return None
    text, numbers = _present(text), _present(parsed)
    signs = _Signs.of(text)
    is_plain = pa.array(signs.are_plain_decimals())
    if not signs.has_digits_only:
        is_plain = pc.and_not(is_plain, pc.match_substring_regex(text, _LETTER))
    is_rest = pc.invert(is_plain)
    rest, rest_numbers = text.filter(is_rest), numbers.filter(is_rest)
    is_doubtful = _doubtful(rest, rest_numbers)
    is_code = pc.any(pc.match_substring_regex(rest, _NEVER_A_NUMBER)).as_py()
    if is_code or not _keeps_digits(rest.filter(is_doubtful)):
        return None
    is_other = pc.invert(pc.and_not(pc.match_substring_regex(rest, _PLAIN), is_doubtful))
    plain = (numbers.filter(is_plain), rest_numbers.filter(pc.invert(is_other)))
    has_sign = signs.has_point or pc.any(pc.match_substring_regex(rest, _NOT_AN_INTEGER)).as_py()
    return Decimals(
        numbers=parsed,
        has_fraction=bool(has_sign),
        others=rest.filter(is_other).unique(),
        plain=tuple(map(_bits, plain)),
    )


def shares_numbers(texts: pa.Array) -> bool:
    """Tell whether two of different texts are the same number."""
    return len(_bits_of(texts).unique()) < len(texts)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What the bytes of texts say: of all texts together, and of each one's ends.

    Attributes:
        lowest: The lowest byte of all.
        highest: The highest byte of all.
        has_point: A byte is a point.
        length: How long each text is, in bytes.
        is_negative: Each text begins with a minus sign; it is left out of the next two.
        first: The first byte of each text.
        second: The byte behind it; any byte if there is none.
        last: The last byte of each text.
    """

    lowest: int
    highest: int
    has_point: bool
    length: np.ndarray
    is_negative: np.ndarray
    first: np.ndarray
    second: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, text: pa.ChunkedArray) -> _Signs:
        """Return the signs of texts: no nulls, no empty ones, at least one."""
        parts = [_signs_of_chunk(chunk) for chunk in text.chunks if len(chunk)]
        arrays = (np.concatenate(each) for each in zip(*(part[1:] for part in parts), strict=True))
        data = [part[0] for part in parts]
        return cls(
            min(int(each.min()) for each in data),
            max(int(each.max()) for each in data),
            any(bool((each == _POINT).any()) for each in data),
            *arrays,
        )

    @property
    def has_digits_only(self) -> bool:
        """No byte but digits, points, minus signs and slashes, which are in no number."""
        return self.lowest >= _MINUS and self.highest <= _NINE

    def are_integers(self) -> bool:
        """Tell whether texts that parse as integers are as an integer is written."""
        is_zero = self.first == _ZERO
        is_padded = is_zero & ((self.length > 1) | self.is_negative)
        return self.has_digits_only and not bool(is_padded.any())

    def are_plain_decimals(self) -> np.ndarray:
        """Return which of the texts that parse as floats are plain ones, of 15 digits at most.

        Texts with letters may be among them, if there are any.
        """
        is_digit = (self.first >= _ONE) & (self.first <= _NINE)
        is_fraction = (self.first == _ZERO) & (self.second == _POINT)
        ends = (self.last >= _ONE) & (self.last <= _NINE)
        found: np.ndarray = (is_digit | is_fraction) & ends & (self.length < _SHORT)
        return found


def _signs_of_chunk(text: pa.Array) -> tuple[np.ndarray, ...]:
    _, offsets, data = text.buffers()
    is_large = pa.types.is_large_string(text.type)
    kind: np.dtype[np.signedinteger] = np.dtype(np.int64 if is_large else np.int32)
    at = np.frombuffer(offsets, kind, len(text) + 1, text.offset * kind.itemsize)
    signs = np.frombuffer(data, np.uint8, int(at[-1]))
    start, end = at[:-1], at[1:] - 1
    is_negative = signs[start] == _MINUS
    start = np.minimum(start + is_negative, end)
    return (
        signs[int(at[0]) :],
        at[1:] - at[:-1],
        is_negative,
        signs[start],
        signs[np.minimum(start + 1, end)],
        signs[end],
    )


def _doubtful(text: pa.ChunkedArray, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which texts may have digits that their numbers lack."""
    is_long = pc.match_substring_regex(text, _LONG)
    if not pc.any(is_long).as_py():
        return is_long
    return pc.and_not(is_long, pc.equal(pc.cast(numbers, text.type), text))


def _keeps_digits(text: pa.ChunkedArray) -> bool:
    return all(strict_json.keeps_digits(each, float(each)) for each in text.unique().to_pylist())


def _bits_of(texts: pa.Array) -> pa.Array:
    return pc.cast(texts, pa.float64()).view(pa.int64())


def _bits(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([chunk.view(pa.int64()) for chunk in numbers.chunks], pa.int64())


def _parsed(text: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray | None:
    try:
        # Arrow words an error for each value that does not fit: slow for a column of text.
        probe = text.slice(0, _PROBED_ROWS)
        pc.cast(probe, target)
        if not pa.types.is_boolean(target) and _is_code(probe):
            return None
        return pc.cast(text, target)
    except pa.ArrowInvalid:
        return None


def _is_code(text: pa.ChunkedArray) -> bool:
    """Tell whether texts that parse as numbers have a leading zero or plus, so are none."""
    return bool(pc.any(pc.match_substring_regex(text, "^(-?0[0-9]|[+])")).as_py())


def _present(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.drop_null() if column.null_count else column
