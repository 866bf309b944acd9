"""Rows of Arrow as Python objects; apart, as most questions are answered without Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

import pyarrow as pa

from projections.catalog.rows import decoded, no_equivalent

_MICROSECONDS: Final = pa.timestamp("us")


def records(table: pa.Table | pa.RecordBatch, types: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows as dictionaries; JSON columns are decoded, sums are integers.

    Args:
        table: The rows.
        types: DuckDB's type of each column.

    Raises:
        QueryError: A value has no equivalent in Python, such as the time 'infinity'.
    """
    rows: list[dict[str, Any]] = python_values(_in_microseconds(table))
    named = dict(zip(table.schema.names, types, strict=True))
    return decoded(rows, named, lambda moment: moment.replace(tzinfo=UTC))


def python_values(values: pa.Table | pa.RecordBatch | pa.Array) -> list[Any]:
    """Return rows or values as Python objects.

    Raises:
        QueryError: A value has no equivalent in Python, such as the time 'infinity'.
    """
    try:
        converted: list[Any] = values.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise no_equivalent(error) from error
    return converted


def _in_microseconds(table: pa.Table | pa.RecordBatch) -> pa.Table | pa.RecordBatch:
    """Drop time zones, which are all UTC, and nanoseconds: both would import pandas."""
    for index, field in enumerate(table.schema):
        if _needs_pandas(field.type):
            column = _plain_times(table.column(index))
            table = table.set_column(index, field.with_type(_MICROSECONDS), column)
    return table


def _plain_times(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    if column.type.unit != _MICROSECONDS.unit:
        return column.cast(_MICROSECONDS, safe=False)
    # The same numbers as another type: a cast imports a module that is slower than the query.
    if isinstance(column, pa.ChunkedArray):
        chunks = [chunk.view(_MICROSECONDS) for chunk in column.chunks]
        return pa.chunked_array(chunks, _MICROSECONDS)
    return column.view(_MICROSECONDS)


def _needs_pandas(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and (kind.tz is not None or kind.unit == "ns")
