"""What a file of any format can be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from ops.data.reading.filters import Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a file.

    Attributes:
        table: The columns that were asked for, in the types of the file.
        rows: How many rows of the file it stands for: those of the table, and those that were
            passed over because no filter would choose them.
    """

    table: pa.Table
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is wanted of a file.

    Attributes:
        columns: The columns to read, in order; at least one.
        filters: Conditions, by which a file may pass over rows; it need not.
    """

    columns: Sequence[str]
    filters: Sequence[Filter] = field(default=())


class TableFile(Protocol):
    """A file that holds a table; it is opened for each call and closed after it."""

    @property
    def header(self) -> Sequence[str]:
        """The names of all columns, all different."""
        ...

    @property
    def detected(self) -> dict[str, str]:
        """What of its layout was found, not told: option to value."""
        ...

    def read(self, query: Query) -> Part:
        """Read all rows at once."""
        ...

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read rows in order, in tables of one schema; at least one table, which may be empty.

        Args:
            query: What is wanted.
            batch_rows: How many rows a table may have at most, roughly.
        """
        ...


class WholeTable:
    """A file of a format that is read whole.

    Args:
        table: All its rows and columns.
        detected: What of its layout was found: option to value.
    """

    def __init__(self, table: pa.Table, detected: dict[str, str]) -> None:
        self.detected = detected
        self._table = table

    @property
    def header(self) -> Sequence[str]:
        """The names of all columns."""
        names: list[str] = self._table.column_names
        return names

    def read(self, query: Query) -> Part:
        """Return all rows."""
        return Part(table=self._table.select(list(query.columns)), rows=self._table.num_rows)

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Return all rows in slices."""
        table = self.read(query).table
        for start in range(0, max(1, table.num_rows), batch_rows):
            part = table.slice(start, batch_rows)
            yield Part(table=part, rows=part.num_rows)
