"""An Arrow file (Feather, IPC) as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.data import frames, row_values
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import Part, Query

_FILE_MARK: Final = b"ARROW1"


class ArrowTable:
    """An Arrow file, in the format of files or of streams.

    Args:
        file: The file.
        detected: What was found of it.

    Raises:
        DataReadError: A name occurs twice.
    """

    def __init__(self, file: InputFile, detected: dict[str, str]) -> None:
        self.detected = detected
        self._file = file
        with self._schema_and_batches() as (schema, _):
            self.header: Sequence[str] = schema.names
            self._schema = schema
        frames.refuse_repeated(file.subject, self.header)

    def read(self, query: Query) -> Part:
        """Read all rows at once."""
        with self._schema_and_batches() as (schema, batches):
            table = pa.Table.from_batches(list(batches), schema)
        return self._part(table, query)

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read one record batch of the file after the other, in slices."""
        yield self._part(self._schema.empty_table(), query)
        with self._schema_and_batches() as (schema, batches):
            for batch in batches:
                table = pa.Table.from_batches([batch], schema)
                for start in range(0, table.num_rows, batch_rows):
                    yield self._part(table.slice(start, batch_rows), query)

    def _part(self, table: pa.Table, query: Query) -> Part:
        chosen = table.select(list(query.columns))
        chosen.validate(full=True)
        chosen = row_values.strip(chosen, self._file.subject, fault=DataReadError)
        return Part(table=chosen, rows=table.num_rows)

    @contextmanager
    def _schema_and_batches(self) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        with self._file.open_arrow(is_random=True) as source:
            is_file = source.read(len(_FILE_MARK)) == _FILE_MARK
        # Closed by the caller's block, since batches may refer to it.
        with self._file.open_arrow(is_random=True) as source:
            if is_file:
                with pa.ipc.open_file(source) as opened:
                    numbers = range(opened.num_record_batches)
                    yield opened.schema, (opened.get_batch(number) for number in numbers)
            else:
                with pa.ipc.open_stream(source) as opened:
                    yield opened.schema, iter(opened)
