"""Give columns their types: found in text without loss, or declared by name.

Dates stay text unless declared, as nothing says that a text like one is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Literal, TypeAlias, get_args

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import value_texts
from ops.data.reading import lossless

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
_SLICE_ROWS: Final = 4096


def infer(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Turn a text column into integers, numbers or booleans where nothing is lost.

    Nothing is if each different text becomes a different value and no digit is lost: a leading
    zero, a plus sign, more digits than fit, "2.1" beside "2.10" keep it text.

    Args:
        text: Strings, any number of rows. Nulls stay null; empty strings become null when there
            are no nulls and all other values are numbers or booleans.

    Returns:
        int64, float64 or bool values, or the very text given.
    """
    filled = lossless.without_empty(text)
    if filled is not text and text.null_count:
        return text
    if len(filled) == filled.null_count:
        return text
    for attempt in (lossless.as_integers, lossless.as_numbers, lossless.as_booleans):
        typed = attempt(filled)
        if typed is not None:
            return typed
    return text


def convert(
    column: pa.ChunkedArray, declared: ColumnType, name: str, *, first_row: int = 1
) -> pa.ChunkedArray:
    """Give a column its declared type.

    A declaration may drop leading zeros and the like, but no value becomes another one.

    Args:
        column: Values of any type, any number of rows; nulls stay null. Text is trimmed before
            it is parsed, and empty text is null.
        declared: The wanted type; "category" is a dictionary of texts, "date" takes ISO 8601
            (2026-01-31).
        name: The column's name, for the message.
        first_row: The data row of the first value, for the message.

    Raises:
        DataReadError: Some values do not fit; the message gives their number and the first row
            (data rows count from 1), not the values. Or they have no text (`value_texts`).
        ConfigurationError: The type is not one of `COLUMN_TYPES`.
    """
    check_declared({name: declared}, f"type of column {name!r}")
    if declared in {"category", "text"}:
        column = _castable(column, name)
    if declared == "category":
        return _categories(column, name, first_row)
    if pa.types.is_dictionary(column.type):
        column = _cast(column, column.type.value_type, declared, name, first_row)
    if pa.types.is_string_view(column.type):
        column = pc.cast(column, pa.large_string())
    if declared in _PARSED and is_text(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    return _cast(column, _ARROW_TYPES[declared], declared, name, first_row)


def check_declared(types: object, subject: str) -> None:
    """Check that an option maps names of columns to types.

    Raises:
        ConfigurationError: It is no mapping, or one of its types is not in `COLUMN_TYPES`.
    """
    expected = "one of " + ", ".join(COLUMN_TYPES)
    if not isinstance(types, Mapping):
        raise ConfigurationError(
            subject,
            problem=f"a value of type {type(types).__name__}",
            expected="a mapping of column names to types",
            remedy='write it as {"age": "integer", "zip": "text"}',
        )
    for name, declared in types.items():
        if not isinstance(name, str):
            raise ConfigurationError(subject, problem="a name that is not text", expected="text")
        if declared not in COLUMN_TYPES:
            raise ConfigurationError(f"type of column {name!r}", found=declared, expected=expected)


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


def names_of(schema: pa.Schema) -> dict[str, str]:
    """Return the type of each column as `name_of` calls it; that of its values for a category."""
    return {
        column.name: name_of(
            column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        )
        for column in schema
    }


def _castable(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    with suppress(pa.ArrowException):  # its message may quote values
        return value_texts.castable(column)
    raise DataReadError(
        f"column {name!r}",
        problem=f"values of type {column.type} have no text",
        remedy="read it without a declared type",
    )


def _categories(column: pa.ChunkedArray, name: str, first_row: int) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column
    return _cast(column, pa.string(), "category", name, first_row).dictionary_encode()


def _cast(
    column: pa.ChunkedArray,
    target: pa.DataType,
    declared: ColumnType,
    name: str,
    first_row: int,
) -> pa.ChunkedArray:
    misfits = [] if _fits(column, target) else _misfit_rows(column, target)
    if not misfits:
        return pc.cast(column, target)
    raise DataReadError(
        f"column {name!r}",
        problem=f"{len(misfits):,} values do not fit type {declared!r} without loss (first in "
        f"data row {first_row + misfits[0] - 1:,})",
        remedy="declare another type, name the null markers, or repair the file",
    )


def _misfit_rows(column: pa.ChunkedArray, target: pa.DataType) -> list[int]:
    """Return the rows (from 1) that cannot be cast, trying slices before single values."""
    misfits = []
    for start in range(0, len(column), _SLICE_ROWS):
        part = column.slice(start, _SLICE_ROWS)
        if not _fits(part, target):
            misfits += [
                start + i + 1 for i in range(len(part)) if not _fits(part.slice(i, 1), target)
            ]
    return misfits


def _fits(column: pa.ChunkedArray, target: pa.DataType) -> bool:
    """Tell whether a column can be cast so that no value becomes another one."""
    kind = column.type
    try:
        typed = value_texts.cast(column, target) if is_text(target) else pc.cast(column, target)
        if is_text(target) or pa.types.is_null(kind) or pa.types.is_integer(target):
            return True  # Arrow checks these
        if is_text(kind) or pa.types.is_decimal(kind):
            text = pc.cast(column, pa.large_string())
            return not pa.types.is_floating(target) or lossless.keeps_all_digits(text, typed)
        is_wider = pa.types.is_floating(kind) and pa.types.is_floating(target)
        return is_wider or pc.all(pc.equal(pc.cast(typed, kind), column)).as_py() is not False
    except pa.ArrowException:  # its message quotes the value
        return False
