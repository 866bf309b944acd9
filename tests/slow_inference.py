"""The rules by which text becomes numbers, as regular expressions over whole columns.

They say the same as `ops.data.column_types.infer`, by simpler means, and slowly.
"""

from __future__ import annotations

from typing import Final

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
_PROBED_ROWS: Final = 100


def infer(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Turn a text column into integers, numbers or booleans where nothing is lost.

    Args:
        text: Strings, any number of rows. Nulls stay null; empty strings become null when there
            are no nulls and all other values are numbers or booleans.

    Returns:
        int64, float64 or bool values, or the very text given.
    """
    is_empty = pc.equal(text, "")
    filled = text
    if pc.any(is_empty).as_py():
        if text.null_count:
            return text
        filled = pc.if_else(is_empty, pa.scalar(None, text.type), text)
    if len(filled) == filled.null_count:
        return text
    for attempt in (_as_integers, _as_numbers, _as_booleans):
        typed = attempt(filled)
        if typed is not None:
            return typed
    return text


def _as_integers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    integers = _parsed(text, pa.int64())
    if integers is None:
        return None
    # Only text that integers give back as it was: "01234", "+5" and "0x1F" are not numbers.
    return integers if pc.all(pc.equal(pc.cast(integers, text.type), text)).as_py() else None


def _as_numbers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    numbers = _parsed(text, pa.float64())
    if numbers is None or pc.any(pc.match_substring_regex(text, _NEVER_A_NUMBER)).as_py():
        return None
    # A column of whole numbers that exceed int64 is an identifier: keep its digits.
    if not pc.any(pc.match_substring_regex(text, _NOT_AN_INTEGER)).as_py():
        return None
    return numbers if _gives_back(text, numbers) else None


def _gives_back(text: pa.ChunkedArray, numbers: pa.ChunkedArray) -> bool:
    """Tell whether all digits are kept and no two texts are one number."""
    is_plain = pc.match_substring_regex(text, _PLAIN)
    is_long = pc.match_substring_regex(text, _LONG)
    if pc.any(is_long).as_py():
        is_doubtful = pc.and_not(is_long, pc.equal(pc.cast(numbers, text.type), text))
        if not _keeps_digits(text.filter(is_doubtful)):
            return False
        is_plain = pc.and_not(is_plain, is_doubtful)
    if pc.all(is_plain).as_py():
        return True
    bits = pa.chunked_array([chunk.view(pa.int64()) for chunk in numbers.chunks], pa.int64())
    is_other = pc.invert(is_plain)
    others = bits.filter(is_other).unique()
    if len(others) < len(text.filter(is_other).unique()):
        return False
    return not pc.any(pc.is_in(bits.filter(is_plain), value_set=others)).as_py()


def _keeps_digits(text: pa.ChunkedArray) -> bool:
    return all(strict_json.keeps_digits(each, float(each)) for each in text.unique().to_pylist())


def _as_booleans(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    booleans = _parsed(text, pa.bool_())
    if booleans is None or pc.count_distinct(text).as_py() > pc.count_distinct(booleans).as_py():
        return None
    # Arrow takes further words, which may be codes.
    known = pc.is_in(text, value_set=pa.array(_BOOLEAN_WORDS).cast(text.type))
    return booleans if pc.all(pc.or_(known, pc.is_null(text))).as_py() else None


def _parsed(text: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray | None:
    try:
        # Arrow words an error for each value that does not fit: slow for a column of text.
        pc.cast(text.slice(0, _PROBED_ROWS), target)
        return pc.cast(text, target)
    except pa.ArrowInvalid:
        return None
