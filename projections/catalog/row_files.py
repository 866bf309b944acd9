"""Write the rows of a query as CSV or Parquet, batch by batch."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from lineage.kernel.values import canonical_text, to_json
from projections.catalog.arrow_rows import python_values


class ArrowBatches(Protocol):
    """Batches of Arrow, and the schema that all of them have; `Rows` is one."""

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""


def write_csv(rows: ArrowBatches, stream: BinaryIO) -> None:
    """Write rows as CSV with a line of names; lists and objects are JSON texts.

    Args:
        rows: The rows.
        stream: Where to; it stays open.

    Raises:
        QueryError: The query is wrong or reached a limit.
    """

    def takes(field: pa.Field) -> bool:
        return not pa.types.is_binary(field.type) and _is_written(pa_csv.write_csv, field)

    portable = _Portable(rows.schema, takes)
    with pa_csv.CSVWriter(stream, portable.schema) as writer:
        for batch in rows:
            writer.write_batch(portable.batch(batch))


def write_parquet(rows: ArrowBatches, stream: BinaryIO) -> None:
    """Write rows as Parquet; arguments and errors as for `write_csv`."""
    portable = _Portable(rows.schema, lambda f: _is_written(pa_parquet.write_table, f))
    with pa_parquet.ParquetWriter(stream, portable.schema, compression="zstd") as writer:
        for batch in rows:
            writer.write_batch(portable.batch(batch))


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
    # Arrow has no list of the types that a format takes: trying one is how it tells.
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _texts(column: pa.Array) -> pa.Array:
    converted = map(to_json, python_values(column))
    texts = (v if v is None or isinstance(v, str) else canonical_text(v) for v in converted)
    return pa.array(texts, pa.string())
