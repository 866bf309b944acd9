"""Give columns their types: found in text without loss, or declared by name.

Text becomes a number only if no digit is lost: a leading zero, a plus sign or more digits than
fit keep a column text. Dates stay text unless declared, for the same reason.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError, DataReadError

ColumnType: TypeAlias = Literal["integer", "number", "text", "category", "boolean", "date"]
COLUMN_TYPES: Final[tuple[ColumnType, ...]] = get_args(ColumnType)

_ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
_PARSED: Final = ("integer", "number", "boolean", "date")
_BOOLEAN_WORDS: Final = pa.array(["true", "false", "True", "False", "TRUE", "FALSE"])
_LEADING_ZERO: Final = "^-?0[0-9]"
_NOT_AN_INTEGER: Final = "[.eEnN]"
_SLICE_ROWS: Final = 4096


def infer(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Turn a text column into integers, numbers or booleans where nothing is lost.

    Args:
        text: Strings, any number of rows. Nulls stay null; empty strings become null when
            all other values are numbers or booleans.

    Returns:
        int64, float64 or bool values, or the text itself.
    """
    filled = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
    if len(filled) == filled.null_count:
        return text
    for attempt in (_as_integers, _as_numbers, _as_booleans):
        typed = attempt(filled)
        if typed is not None:
            return typed
    return text


def convert(column: pa.ChunkedArray, declared: ColumnType, name: str) -> pa.ChunkedArray:
    """Give a column its declared type.

    Args:
        column: Values of any type, any number of rows; nulls stay null. Text is trimmed before
            it is parsed, and empty text is null.
        declared: The wanted type; "category" is a dictionary of texts, "date" takes ISO 8601
            (2026-01-31).
        name: The column's name, for the message.

    Raises:
        DataReadError: Some values do not fit; the message gives their number and the first row
            (data rows count from 1), not the values.
        ConfigurationError: The type is not one of `COLUMN_TYPES`.
    """
    if declared not in COLUMN_TYPES:
        raise ConfigurationError(
            f"type of column {name!r}", found=declared, expected="one of " + ", ".join(COLUMN_TYPES)
        )
    if declared in _PARSED and is_text(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    if declared == "category":
        return _categories(column, name)
    return _cast(column, declared, name)


def is_text(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type holds text."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type holds integers, floats or decimals."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def name_of(kind: pa.DataType) -> str:
    """Return the declared type that an Arrow type corresponds to, else Arrow's own name."""
    if pa.types.is_integer(kind):
        return "integer"
    if is_number(kind):
        return "number"
    if is_text(kind):
        return "text"
    if pa.types.is_dictionary(kind):
        return "category"
    return {"bool": "boolean", "date32[day]": "date"}.get(str(kind), str(kind))


def _as_integers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    integers = _parsed(text, pa.int64())
    if integers is None:
        return None
    # Only text that integers give back as it was: "01234", "+5" and "0x1F" are not numbers.
    return integers if pc.all(pc.equal(pc.cast(integers, text.type), text)).as_py() else None


def _as_numbers(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    numbers = _parsed(text, pa.float64())
    if numbers is None or pc.any(pc.match_substring_regex(text, _LEADING_ZERO)).as_py():
        return None
    # A column of whole numbers that exceed int64 is an identifier: keep its digits.
    return numbers if pc.any(pc.match_substring_regex(text, _NOT_AN_INTEGER)).as_py() else None


def _as_booleans(text: pa.ChunkedArray) -> pa.ChunkedArray | None:
    known = pc.is_in(text, value_set=_BOOLEAN_WORDS.cast(text.type), skip_nulls=True)
    if not pc.all(pc.or_(known, pc.is_null(text))).as_py():
        return None
    return _parsed(text, pa.bool_())


def _parsed(text: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return pc.cast(text, target)
    except pa.ArrowInvalid:
        return None


def _categories(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column
    return pa.chunked_array([_cast(column, "text", name).combine_chunks()]).dictionary_encode()


def _cast(column: pa.ChunkedArray, declared: ColumnType, name: str) -> pa.ChunkedArray:
    target = _ARROW_TYPES[declared]
    try:
        return pc.cast(column, target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        misfits = _misfit_rows(column, target)
    # Raised outside the handler: Arrow's own message quotes the value.
    raise DataReadError(
        f"column {name!r}",
        problem=f"{len(misfits):,} values do not fit type {declared!r} (first in data row "
        f"{misfits[0]:,})",
        remedy="declare another type, name the null markers, or repair the file",
    )


def _misfit_rows(column: pa.ChunkedArray, target: pa.DataType) -> list[int]:
    """Return the rows (from 1) that Arrow cannot cast, trying slices before single values."""
    misfits = []
    for start in range(0, len(column), _SLICE_ROWS):
        part = column.slice(start, _SLICE_ROWS)
        if not _fits(part, target):
            misfits += [start + i + 1 for i in range(len(part)) if not _fits(part[i], target)]
    return misfits


def _fits(values: pa.ChunkedArray | pa.Scalar, target: pa.DataType) -> bool:
    try:
        values.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True
