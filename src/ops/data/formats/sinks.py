"""One way to write a table in any format: piece by piece, to a stream of bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, Protocol, TypeAlias

import pyarrow as pa

from ops.data.formats import (
    csv_format,
    excel_format,
    feather_format,
    ndjson_format,
    parquet_format,
)
from ops.data.formats.csv_dialect import CsvDialect

TableFormat: TypeAlias = Literal["csv", "parquet", "json", "ndjson", "arrow", "feather", "xlsx"]

TABLE_FORMATS: Final = ("csv", "parquet", "json", "ndjson", "arrow", "feather", "xlsx")
"""The formats that a table can be written in; each is also the suffix of its files."""


class Sink(Protocol):
    """Takes a table piece by piece. It holds no more than a few pieces in memory."""

    def write(self, table: pa.Table) -> None:
        """Write rows; the columns are those of the schema it was opened with.

        Raises:
            DataWriteError: The format cannot hold a column (named, without values).
            OSError: The stream cannot be written.
        """
        ...

    def close(self) -> None:
        """Write what comes after the rows; the stream stays open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is written.

    Attributes:
        format: One of `TABLE_FORMATS`.
        dialect: The layout of CSV; only its separator is used.
        is_whole: Each file is written in one piece, so that what to put in quotes is decided by
            all values of a column.
        parquet_keys: The encryption properties of a Parquet file, if Parquet encrypts it.
    """

    format: str
    dialect: CsvDialect
    is_whole: bool
    parquet_keys: object | None = None

    def open(self, schema: pa.Schema, stream: BinaryIO) -> Sink:
        """Begin a file on a stream."""
        return _OPENERS[self.format](self, schema, stream)


def abandon(sink: Sink) -> None:
    """Close what a sink holds, after an exception; what it still writes is not published."""
    with suppress(Exception):  # its stream may be closed, or the disk full
        sink.close()


_OPENERS: Final[dict[str, Callable[[Layout, pa.Schema, BinaryIO], Sink]]] = {
    "csv": lambda layout, schema, stream: csv_format.CsvSink(
        schema, stream.write, layout.dialect, quotes_text=not layout.is_whole
    ),
    "parquet": lambda layout, schema, stream: parquet_format.ParquetSink(
        schema, stream, is_whole=layout.is_whole, keys=layout.parquet_keys
    ),
    "json": lambda *given: ndjson_format.JsonSink(given[2].write),
    "ndjson": lambda *given: ndjson_format.NdjsonSink(given[2].write),
    "arrow": lambda layout, schema, stream: feather_format.ArrowSink(
        schema, stream, is_whole=layout.is_whole
    ),
    "feather": lambda layout, schema, stream: feather_format.ArrowSink(
        schema, stream, is_whole=layout.is_whole, compression="lz4"
    ),
    "xlsx": lambda _, schema, stream: excel_format.ExcelSink(schema, stream),
}
