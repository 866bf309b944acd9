"""A table that is written as its rows come."""

from __future__ import annotations

import pyarrow as pa

from lineage.kernel.errors import DataWriteError
from ops.data.writer_result import WriterResult
from ops.data.writing import batches
from ops.data.writing.batches import WritableFrame
from ops.data.writing.partitioned import Target
from ops.data.writing.publishing import Writing
from ops.data.writing.table_writing import TableTarget


class TableSink:
    """Takes the rows of one table, piece by piece; made by `DataWriter.stream`.

    Args:
        schema: The columns of every piece.
        target: Where and how they are written.
        taker: Takes the pieces.
        writing: The file or set that is being written.

    Attributes:
        rows: How many rows it was given so far.
        schema: As given.
    """

    def __init__(
        self, schema: pa.Schema, target: TableTarget, *, taker: Target, writing: Writing
    ) -> None:
        self.schema = schema
        self.rows = 0
        self._target = target
        self._taker: Target | None = taker
        self._writing = writing

    def write(self, data: WritableFrame) -> None:
        """Write rows.

        Args:
            data: Any frame that `write_dataframe` takes, with the columns of the schema in any
                order; the types are converted where no value changes.

        Raises:
            DataWriteError: Columns are missing or too many, values do not fit, the format cannot
                hold them, the disk is full, or the stream has ended.
        """
        subject = f"data for {self._target.place.name!r}"
        if self._taker is None:
            raise DataWriteError(subject, problem="the stream has ended", remedy="open another")
        for table in batches.conform(data, self.schema, subject):
            self._taker.write(table)
            self.rows += table.num_rows
            self._writing.progress.update(table.num_rows)

    def end(self) -> None:
        """Take no more rows."""
        self._taker = None

    @property
    def result(self) -> WriterResult:
        """What was written, once the block has ended well.

        Raises:
            DataWriteError: It has not ended, or failed, and nothing was published.
        """
        if self._writing.result is None:
            raise DataWriteError(
                f"result of {self._target.place.name!r}",
                problem="nothing has been published",
                expected="that the with block has ended well",
            )
        return self._target.describe(self._writing.result, self.rows, self.schema)
