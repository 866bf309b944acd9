"""Rows of Arrow as Python objects and in files; most questions are answered without Arrow."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import Any, BinaryIO, Final, Protocol

import pyarrow as pa

from lineage.kernel.values import canonical_text, to_json
from projections.catalog.rows import decoded, no_equivalent

_MICROSECONDS: Final = pa.timestamp("us")


class ArrowBatches(Protocol):
    """Batches of Arrow, and the schema that all of them have; `Rows` is one."""

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""


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


def write_csv(rows: ArrowBatches, stream: BinaryIO) -> None:
    """Write rows as CSV with a line of names; lists and objects are JSON texts.

    Args:
        rows: The rows.
        stream: Where to; it stays open.

    Raises:
        QueryError: The query is wrong or reached a limit.
    """
    import pyarrow.csv as pa_csv  # noqa: PLC0415  # start-up time

    def takes(field: pa.Field) -> bool:
        return not pa.types.is_binary(field.type) and _is_written(pa_csv.write_csv, field)

    portable = _Portable(rows.schema, takes)
    with pa_csv.CSVWriter(stream, portable.schema) as writer:
        for batch in rows:
            writer.write_batch(portable.batch(batch))


def write_parquet(rows: ArrowBatches, stream: BinaryIO) -> None:
    """Write rows as Parquet; arguments and errors as for `write_csv`."""
    import pyarrow.parquet as pa_parquet  # noqa: PLC0415  # start-up time

    portable = _Portable(rows.schema, lambda f: _is_written(pa_parquet.write_table, f))
    with pa_parquet.ParquetWriter(stream, portable.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(portable.batch(batch))


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


class _Portable:
    """Converts columns that a format cannot hold, such as lists in CSV, to JSON text."""

    def __init__(self, schema: pa.Schema, takes: Callable[[pa.Field], bool]) -> None:
        self._as_text = [not takes(field) for field in schema]
        fields = zip(schema, self._as_text, strict=True)
        self.schema = pa.schema(
            [field.with_type(pa.string()) if is_text else field for field, is_text in fields]
        )

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = zip(batch.columns, self._as_text, strict=True)
        return pa.RecordBatch.from_arrays(
            [_texts(column) if is_text else column for column, is_text in columns],
            schema=self.schema,
        )


def _is_written(write: Callable[[pa.Table, BinaryIO], object], field: pa.Field) -> bool:
    """Tell whether a format supports a column type."""
    try:
        write(pa.table([pa.nulls(1, field.type)], names=["x"]), io.BytesIO())
    # Arrow has no list of the types that its writers take, so one null is written to memory to find
    # out. It says no in two ways: a list in CSV is invalid; the interval that a query gives for the
    # time between two moments is not implemented, in CSV and in Parquet. A no is an answer, and not
    # a failure: `_texts` writes such a column as JSON. Any other error goes on.
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _texts(column: pa.Array) -> pa.Array:
    converted = map(to_json, python_values(column))
    texts = (v if v is None or isinstance(v, str) else canonical_text(v) for v in converted)
    return pa.array(texts, pa.string())
