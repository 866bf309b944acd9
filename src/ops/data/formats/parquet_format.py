"""Write Parquet whose bytes depend on the data only."""

from __future__ import annotations

import io
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ops.data.placement import misfit

_ROWS_A_GROUP: Final = 1 << 20


def write_parquet(table: pa.Table, stream: BinaryIO | io.RawIOBase) -> None:
    """Write a table as Parquet, compressed by zstd.

    Raises:
        DataWriteError: Parquet cannot hold the values of a column.
        OSError: The stream cannot be written.
    """
    try:
        _write(table, stream)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        misfits = [field for field in table.schema if not _fits(table.select([field.name]))]
        if not misfits:
            raise
    else:
        return
    # Raised outside the handler: Arrow's message may quote values.
    raise misfit(misfits[0], "Parquet")


def _write(table: pa.Table, stream: BinaryIO | io.RawIOBase) -> None:
    # One chunk per row group: page boundaries, and so the bytes, do not depend on chunks.
    with pq.ParquetWriter(stream, table.schema, compression="zstd") as writer:
        for start in range(0, max(table.num_rows, 1), _ROWS_A_GROUP):
            group = table.slice(start, _ROWS_A_GROUP).combine_chunks()
            writer.write_table(group, row_group_size=_ROWS_A_GROUP)


def _fits(table: pa.Table) -> bool:
    try:
        _write(table, io.BytesIO())
    except (pa.ArrowException, OSError):
        return False
    return True
