"""A frame whose columns can be compared: pandas, Arrow, Polars, or whatever gives Arrow."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.columns.alike import UnknownTypeError, alike, decoded
from ops.columns.prints import ColumnPrint, print_columns
from ops.data import frames

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class ArrowStream(Protocol):
    """What gives its rows as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule of the stream."""
        ...


Frame: TypeAlias = "pd.DataFrame | pa.Table | ArrowStream"
Rows: TypeAlias = "slice | np.ndarray[tuple[int], np.dtype[np.intp]]"
"""Places of rows in a frame."""
_PROBED_ROWS: Final = 1_000
_PRINTING: Final = threading.Lock()
"""One frame is printed at a time, each column of it once."""
Values: TypeAlias = tuple[str, pa.ChunkedArray]
"""Kind of values and the values, see `alike`."""


class Columns(Protocol):
    """How the columns of one kind of frame are reached."""

    @property
    def names(self) -> Sequence[str]:
        """Their names in order, as they are written."""
        ...

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    @property
    def is_numbered(self) -> bool:
        """Whether the rows are numbered from 0 in pandas."""
        ...

    def column(self, at: int, rows: Rows | None = None) -> pa.ChunkedArray:
        """Return a column, or some rows of it.

        Raises:
            ArrowException: Arrow cannot hold its values; pandas raises others as well.
        """
        ...

    def rows_in(self, other: Columns) -> Rows | None:
        """Return the places in another frame of the rows here; None if they are not known."""
        ...

    def is_same(self, at: int, other: Columns, other_at: int, rows: Rows) -> bool:
        """Tell whether a column is seen to be rows of another one without a conversion."""
        ...


class HeldFrame:
    """The columns of a frame, with their prints once these have been asked for.

    It holds the frame itself, not a copy: pandas frames share their values until somebody
    changes them, Arrow tables cannot change. Columns of one name are left out.

    Args:
        frame: What a script has.

    Attributes:
        prints: The prints of columns that have been compared in another order.
    """

    def __init__(self, frame: Frame) -> None:
        self._columns = columns_of(frame)
        counted = Counter(self._columns.names)
        self._at = {name: at for at, name in enumerate(self._columns.names) if counted[name] == 1}
        self.prints: dict[str, ColumnPrint] = {}

    @property
    def names(self) -> list[str]:
        """Names of the columns that can be told apart, in order."""
        return [*self._at]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._columns.rows

    def __contains__(self, name: str) -> bool:
        """Tell whether there is one column of this name."""
        return name in self._at

    def shared_with(self, other: HeldFrame, names: Iterable[str]) -> set[str]:
        """Return the columns that hold the same in both frames.

        Args:
            other: Another frame, of which this one may have some rows, or all in another order.
            names: Columns that both have.
        """
        rows = self._columns.rows_in(other._columns)
        wanted = list(names)
        found = {name for name in wanted if rows is not None and self._has(name, other, name, rows)}
        if self.rows == other.rows:
            rest = [name for name in wanted if name not in found]
            found |= self._printed_like(other, rest)
        return found

    def renamed_from(self, other: HeldFrame, names: Iterable[str]) -> dict[str, list[str]]:
        """Return the columns of another frame that hold in each row what a column holds here.

        Args:
            other: Another frame.
            names: Columns of this one; those without two different values are left out.
        """
        if self.rows != other.rows:
            return {}
        rows = slice(None)
        fitting = {
            name: [source for source in other.names if self._has(name, other, source, rows)]
            for name in names
        }
        return {name: fits for name, fits in fitting.items() if fits and self._is_varied(name)}

    def _has(self, name: str, other: HeldFrame, source: str, rows: Rows) -> bool:
        """Tell whether a column has what a column of another frame has in some rows."""
        at, source_at = self._at[name], other._at[source]
        if self._columns.is_same(at, other._columns, source_at, rows):
            return True
        start = slice(0, min(_PROBED_ROWS, self.rows))
        probed = other._values(source, _first(rows, start.stop))
        if not _may_be_equal(self._values(name, start), probed):
            return False
        ours, theirs = self._values(name), other._values(source, rows)
        return ours is not None and theirs is not None and _are_equal(ours, theirs)

    def unprinted(self, names: Iterable[str]) -> dict[str, Values]:
        """Return the values of columns that have no print yet, if they can be compared."""
        found = {name: self._values(name) for name in names if name not in self.prints}
        return {name: values for name, values in found.items() if values is not None}

    def _printed_like(self, other: HeldFrame, names: Iterable[str]) -> set[str]:
        """Return the columns with the same print in both frames, after one pass over them."""
        sides = (self, other)
        with _PRINTING:
            values = {
                (at, name): found
                for at, frame in enumerate(sides)
                for name, found in frame.unprinted(names).items()
            }
            for (at, name), found in print_columns(values).items():
                sides[at].prints[name] = found
        return {n for n in names if n in self.prints and self.prints[n] == other.prints.get(n)}

    def _is_varied(self, name: str) -> bool:
        """Tell whether at least two values of a column differ, nulls aside."""
        found = self._values(name)
        present = decoded(found[1]).drop_null() if found else pa.nulls(0)
        return not present.slice(1).equals(present.slice(0, max(len(present) - 1, 0)))

    def _values(self, name: str, rows: Rows | None = None) -> Values | None:
        try:
            return alike(self._columns.column(self._at[name], rows))
        except (pa.ArrowException, UnknownTypeError, ValueError, TypeError, OverflowError):
            return None  # no column of one type: nothing can be said of it


def as_table(frame: Frame, subject: str) -> pa.Table:
    """Return a frame as Arrow, the index of a pandas frame among its columns if it has a name.

    Args:
        frame: The frame.
        subject: What it is, for the message.

    Raises:
        DataReadError: It is no frame, or has a column that Arrow cannot hold.
    """
    if hasattr(frame, "__arrow_c_stream__") and not frames.is_dataframe(frame):
        frame = pa.table(frame)
    return frames.to_table(frame, subject, fault=DataReadError)


def columns_of(frame: Frame) -> Columns:
    """Return how the columns of a frame are reached."""
    if frames.is_dataframe(frame):
        from ops.columns import pandas_columns  # noqa: PLC0415  # start-up time

        return pandas_columns.PandasColumns(frame)
    return ArrowColumns(frame if isinstance(frame, pa.Table) else pa.table(frame))


class ArrowColumns:
    """The columns of an Arrow table.

    Args:
        table: The table.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.names: Sequence[str] = table.column_names
        self.rows: int = table.num_rows
        self.is_numbered: bool = True

    def column(self, at: int, rows: Rows | None = None) -> pa.ChunkedArray:
        """Return a column, or some rows of it."""
        column = self._table.column(at)
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(self.rows)
            return column.slice(start, stop - start)
        return column if rows is None else column.take(pa.array(rows))

    def rows_in(self, other: Columns) -> Rows | None:
        """Return all rows if there are equally many, which may be the same ones."""
        return slice(None) if self.rows == other.rows else None

    def is_same(self, at: int, other: Columns, other_at: int, rows: Rows) -> bool:  # noqa: ARG002  # as pandas
        """Return False: Arrow needs no conversion."""
        return False


def _first(rows: Rows, count: int) -> Rows:
    if isinstance(rows, slice):
        return slice(rows.start or 0, (rows.start or 0) + count)
    return rows[:count]


def _may_be_equal(one: Values | None, other: Values | None) -> bool:
    """Tell whether two columns may be equal that begin with some values."""
    if one is None or other is None:
        return False
    kinds = {one[0], other[0]}
    if "null" in kinds:
        return True
    if kinds == {"integer", "float"}:  # as all values say, which are not all here
        return bool(one[1].cast(pa.float64()).equals(other[1].cast(pa.float64())))
    return _are_equal(one, other)


def _are_equal(one: Values, other: Values) -> bool:
    (kind, values), (other_kind, other_values) = one, other
    if kind != other_kind or values.null_count != other_values.null_count:
        return False
    if pa.types.is_dictionary(values.type) or pa.types.is_dictionary(other_values.type):
        if values.type == other_values.type and values.equals(other_values):
            return True
        values, other_values = decoded(values), decoded(other_values)
    return bool(values.equals(other_values))
