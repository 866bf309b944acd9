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
    parsed = _parsed(text, pa.float64())
    if parsed is None:
        return None
    text, numbers = _present(text), _present(parsed)
    signs = _Signs.of(text)
    is_plain = pa.array(signs.are_plain_decimals())
    if not signs.has_digits_only:
        is_plain = pc.and_not(is_plain, pc.match_substring_regex(text, _LETTER))
    is_other = pc.invert(is_plain)
    others = text.filter(is_other)
    if pc.any(pc.match_substring_regex(others, _NEVER_A_NUMBER)).as_py():
        return None
    # A column of whole numbers that exceed int64 is an identifier: keep its digits.
    if (
        not signs.has_point
        and not pc.any(pc.match_substring_regex(others, _NOT_AN_INTEGER)).as_py()
    ):
        return None
    return (
        parsed if _gives_back(others, numbers.filter(is_other), numbers.filter(is_plain)) else None
    )


def as_booleans(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return booleans if each text is "true" or "false", in one way of writing each; else None."""
    booleans = _parsed(text, pa.bool_())
    if booleans is None or pc.count_distinct(text).as_py() > pc.count_distinct(booleans).as_py():
        return None
    # Arrow takes further words, which may be codes.
    known = pc.is_in(text, value_set=pa.array(_BOOLEAN_WORDS).cast(text.type))
    return booleans if pc.all(pc.or_(known, pc.is_null(text))).as_py() else None


def keeps_all_digits(text: pa.ChunkedArray, numbers: pa.ChunkedArray) -> bool:
    """Tell whether float64 numbers have all digits of the texts that they were parsed from.

    Args:
        text: Numbers as text, any number of rows; nulls are passed over.
        numbers: The same rows, parsed.
    """
    return _keeps_digits(text.filter(_doubtful(text, numbers)))


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
        return (is_digit | is_fraction) & ends & (self.length < _SHORT)


def _signs_of_chunk(text: pa.Array) -> tuple[np.ndarray, ...]:
    if not pa.types.is_large_string(text.type):
        _, offsets, data = text.buffers()
        kind = np.dtype(np.int32)
    else:
        _, offsets, data = text.buffers()
        kind = np.dtype(np.int64)
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


def _gives_back(
    text: pa.ChunkedArray, numbers: pa.ChunkedArray, plain_numbers: pa.ChunkedArray
) -> bool:
    """Tell whether all digits are kept and no two texts are one number.

    Args:
        text: The texts that may be otherwise than plain.
        numbers: The numbers that they were parsed to.
        plain_numbers: The numbers of plain texts, which are all different texts' own.
    """
    is_plain = pc.match_substring_regex(text, _PLAIN)
    is_doubtful = _doubtful(text, numbers)
    if not _keeps_digits(text.filter(is_doubtful)):
        return False
    is_other = pc.invert(pc.and_not(is_plain, is_doubtful))
    bits = _bits(numbers)
    others = bits.filter(is_other).unique()
    if len(others) < len(text.filter(is_other).unique()):
        return False
    if not len(others):
        return True
    plain = (bits.filter(pc.invert(is_other)), _bits(plain_numbers))
    return not any(pc.any(pc.is_in(each, value_set=others)).as_py() for each in plain)


def _doubtful(text: pa.ChunkedArray, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which texts may have digits that their numbers lack."""
    is_long = pc.match_substring_regex(text, _LONG)
    if not pc.any(is_long).as_py():
        return is_long
    return pc.and_not(is_long, pc.equal(pc.cast(numbers, text.type), text))


def _keeps_digits(text: pa.ChunkedArray) -> bool:
    return all(strict_json.keeps_digits(each, float(each)) for each in text.unique().to_pylist())


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
