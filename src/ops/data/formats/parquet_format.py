"""Write Parquet whose bytes depend on the data only."""

from __future__ import annotations

import io
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ops.data.placement import misfit

_ROWS_A_GROUP: Final = 1 << 20
_BYTES_A_GROUP: Final = 64 << 20


class ParquetSink:
    """Writes row groups of 1,048,576 rows, compressed by zstd.

    Args:
        schema: The columns.
        stream: Where to; it stays open.
        is_whole: The table is written at once, and is in memory anyway. Else a row group also
            ends at 64 MiB, so that not much more is held.
        keys: The encryption properties of `parquet_encryption`, if the file is encrypted.

    Raises:
        DataWriteError: Parquet cannot hold a column.
    """

    def __init__(
        self, schema: pa.Schema, stream: BinaryIO, *, is_whole: bool, keys: object | None = None
    ) -> None:
        self._schema = schema
        self._bytes_a_group = None if is_whole else _BYTES_A_GROUP
        self._pending: list[pa.Table] = []
        self._rows = self._bytes = 0
        self._is_empty = True
        try:
            self._writer = pq.ParquetWriter(
                stream, schema, compression="zstd", encryption_properties=keys
            )
        except (pa.ArrowException, OSError) as error:
            problem = _problem(error, schema.empty_table())
        else:
            return
        raise problem

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`."""
        start = 0
        while start < table.num_rows:
            piece = table.slice(start, _ROWS_A_GROUP - self._rows)
            start += piece.num_rows
            self._pending.append(piece)
            self._rows += piece.num_rows
            self._bytes += piece.nbytes if self._bytes_a_group else 0
            if self._rows == _ROWS_A_GROUP or self._bytes >= (self._bytes_a_group or 1 << 62):
                self._write_group()

    def close(self) -> None:
        """Write the last group and the footer."""
        try:
            if self._rows or self._is_empty:
                self._write_group()
            self._writer.close()
        finally:
            self._writer.is_open = False  # else it would try again when it is collected

    def _write_group(self) -> None:
        # One chunk per row group: page boundaries, and so the bytes, do not depend on chunks.
        pieces = self._pending or [self._schema.empty_table()]
        group = pa.concat_tables(pieces).combine_chunks()
        self._pending, self._rows, self._bytes, self._is_empty = [], 0, 0, False
        try:
            self._writer.write_table(group, row_group_size=_ROWS_A_GROUP)
        except (pa.ArrowException, OSError) as error:
            problem = _problem(error, group)
        else:
            return
        # Raised outside the handler: Arrow's message may quote values.
        raise problem


def _problem(error: Exception, table: pa.Table) -> Exception:
    """Return the error of the system, or that of the first column that does not fit."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    misfits = [field for field in table.schema if not _fits(table.select([field.name]))]
    return misfit(misfits[0], "Parquet") if misfits else error


def _fits(table: pa.Table) -> bool:
    try:
        with pq.ParquetWriter(io.BytesIO(), table.schema, compression="zstd") as writer:
            writer.write_table(table)
    except (pa.ArrowException, OSError):
        return False
    return True
