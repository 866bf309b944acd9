"""A table that comes in batches, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Self

import pyarrow as pa

from lineage.kernel.errors import OperationError
from ops.data.reading import request
from ops.data.reading.request import Request
from ops.result import DatasetRead


class BatchReader(Iterator[pa.RecordBatch]):
    """Record batches of one schema, in the order of the rows.

    It may be iterated once, or used as a context manager that closes the file early.

    Args:
        asked: What is read.
        batch_rows: How many rows a batch may have at most.
        name: What to call the dataset; the file's name up to its first dot when None.

    Attributes:
        schema: The columns and their types, the same in all batches.
    """

    def __init__(self, asked: Request, batch_rows: int, name: str | None) -> None:
        self._asked = asked
        self._batch_rows = batch_rows
        self._name = name
        self._dataset: DatasetRead | None = None
        self._batches = self._read()
        self.schema: pa.Schema = next(self._batches).schema

    @property
    def dataset(self) -> DatasetRead:
        """The version of the file, with its digest and number of rows.

        Raises:
            OperationError: Batches are left, so it is not known yet.
        """
        if self._dataset is None:
            raise OperationError(
                self._asked.subject,
                problem="it has not been read to its end",
                remedy="take all batches before its version",
            )
        return self._dataset

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)

    def close(self) -> None:
        """Close the file; no more batches come."""
        self._batches.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> Generator[pa.RecordBatch]:
        """Yield an empty batch for the schema, then those of rows."""
        asked = self._asked
        with request.translated(asked.place):
            found = asked.found()
            table = asked.open_table(found)
            wanted, query = asked.wanted(table.header), asked.query(table.header)
            rows, types = 0, None
            for part in table.batches(query, self._batch_rows):
                typed = asked.typed(part.table, rows + 1, found)
                chosen = asked.chosen(typed, wanted)
                if types is None:
                    types = asked.types(typed.schema, wanted)
                    yield pa.RecordBatch.from_pylist([], schema=chosen.schema)
                rows += part.rows
                yield from (batch for batch in chosen.to_batches() if batch.num_rows)
            asked.refuse_emptiness(rows)
            sha256 = asked.sha256(found)
            asked.refuse_change(found)
            version = asked.version(self._name, found, sha256, table)
            self._dataset = replace(version, rows=rows, column_types=types or {})
