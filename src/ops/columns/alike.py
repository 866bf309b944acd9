"""Columns that hold the same values in different types, made alike."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, row_values

_EXACT: Final = 2**53
"""Up to here every integer is a float, and no two integers are the same one."""
_UTC: Final = frozenset({"Etc/UTC", "+00:00", "Z"})


class UnknownTypeError(TypeError):
    """Values of this type cannot be compared."""


def alike(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    """Return what a column holds, so that equal values are equal whatever their type was.

    All widths of integers and floats are one type each; so are texts, bytes, and times of all
    units. Categories are their values. NaN is null. Floats with nulls, all of them integers, are
    what they were before pandas had to make room for the nulls. A column of nulls has no type.

    Args:
        column: Values of any type.

    Returns:
        The kind of values, which differs for values that only look the same (the same instant in
        two time zones, the text "1" and the number), and the values. Texts may be left in a
        dictionary.

    Raises:
        UnknownTypeError: Arrow cannot convert the column.
    """
    prefix = ""
    if isinstance(column.type, pa.BaseExtensionType):
        prefix = f"{column.type.extension_name} "
    try:
        kind, values = _alike(column if _is_coded_text(column) else row_values.plain(column))
    except pa.ArrowException:  # its message may quote values
        kind, values = "", None
    if values is None:
        raise UnknownTypeError(str(column.type))
    if values.null_count == len(values):
        return "null", pa.chunked_array([pa.nulls(len(values))])
    return prefix + kind, values


def decoded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values from `alike` without a dictionary."""
    return values.cast(pa.large_string()) if pa.types.is_dictionary(values.type) else values


def _is_coded_text(column: pa.ChunkedArray) -> bool:
    is_text = pa.types.is_dictionary(column.type) and column_types.is_text(column.type.value_type)
    return is_text and not any(chunk.dictionary.null_count for chunk in column.chunks)


def _alike(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return "text", column
    if column_types.is_text(kind):
        return "text", column.cast(pa.large_string())
    if pa.types.is_integer(kind):
        return _integers(column)
    if pa.types.is_floating(kind):
        return _floats(column.cast(pa.float64()))
    if pa.types.is_decimal(kind):
        return f"decimal {kind.scale}", column.cast(pa.decimal128(38, kind.scale))
    if pa.types.is_date(kind):
        return _dates(column)
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return _times(column)
    wide = _wide(kind)
    return str(wide), column.cast(wide)


def _integers(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    with suppress(pa.ArrowInvalid):  # beyond the range
        return "integer", column.cast(pa.int64())
    return "large integer", column


def _floats(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    is_nan = pc.is_nan(column)
    if pc.any(is_nan).as_py():
        column = pc.if_else(is_nan, pa.scalar(None, pa.float64()), column)
    if column.null_count:
        with suppress(pa.ArrowInvalid):  # not all of them are integers
            integers = column.cast(pa.int64())
            range_ = pc.min_max(integers).as_py()
            if (range_["min"] or 0) >= -_EXACT and (range_["max"] or 0) <= _EXACT:
                return "integer", integers
    return "float", column


def _dates(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    with suppress(pa.ArrowInvalid):  # with a time of day
        return "date", column.cast(pa.date32())
    return "date64", column.cast(pa.int64())


def _times(column: pa.ChunkedArray) -> tuple[str, pa.ChunkedArray]:
    kind = column.type
    zone = f" {'UTC' if kind.tz in _UTC else kind.tz}" if pa.types.is_timestamp(kind) else ""
    for unit in ("us", "ns"):
        with suppress(pa.ArrowInvalid):  # finer than this, or too far away
            timed = column.cast(_with_unit(kind, unit))
            return f"{_family(kind)}{zone} {unit}", row_values.each_chunk(
                timed, lambda chunk: chunk.view(pa.int64()), pa.int64()
            )
    return str(kind), column


def _family(kind: pa.DataType) -> str:
    return str(kind).partition("[")[0].rstrip("0123456789")


def _with_unit(kind: pa.DataType, unit: str) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp(unit, kind.tz)
    return pa.duration(unit) if pa.types.is_duration(kind) else pa.time64(unit)


def _wide(kind: pa.DataType) -> pa.DataType:
    """Return the widest type for bytes and for what a nested type holds."""
    if column_types.is_text(kind):
        return pa.large_string()
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.large_binary()
    if pa.types.is_struct(kind):
        fields = (kind.field(at) for at in range(kind.num_fields))
        return pa.struct([(field.name, _wide(field.type)) for field in fields])
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if is_list or pa.types.is_fixed_size_list(kind):
        return pa.large_list(_wide(kind.value_type))
    return kind
