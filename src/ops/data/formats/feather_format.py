"""Write Arrow's own file format; compressed by LZ4 it is called Feather."""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO, Final

import pyarrow as pa

from ops.data import row_values
from ops.data.placement import misfit

_ROWS_A_BATCH: Final = 1 << 16


class ArrowSink:
    """Writes record batches of at most 65,536 rows.

    Args:
        schema: The columns.
        stream: Where to; it stays open.
        is_whole: The table is written at once, and its dictionaries stay dictionaries. Else they
            become their values, as a file has one dictionary for a column.
        compression: Of the batches; None for none.
    """

    def __init__(
        self,
        schema: pa.Schema,
        stream: BinaryIO,
        *,
        is_whole: bool,
        compression: str | None = None,
    ) -> None:
        self._is_whole = is_whole
        self._schema = schema if is_whole else _plain(schema.empty_table()).schema
        options = pa.ipc.IpcWriteOptions(compression=compression)
        self._writer = pa.ipc.new_file(stream, self._schema, options=options)

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`."""
        kept = table.unify_dictionaries() if self._is_whole else _plain(table)
        # Chunks are joined: the bytes do not depend on them.
        for batch in kept.combine_chunks().to_batches(max_chunksize=_ROWS_A_BATCH):
            self._writer.write_batch(batch)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def _plain(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = None
            with suppress(pa.ArrowException):  # its message may quote values
                column = row_values.plain(table.column(at))
            if column is None:
                raise misfit(field, "Arrow")
            table = table.set_column(at, pa.field(field.name, column.type), column)
    return table
