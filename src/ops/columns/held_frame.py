"""A frame whose columns can be compared: pandas, Arrow, Polars, or whatever gives Arrow."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.columns.alike import UnknownTypeError, alike
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

    def shares(self, at: int, other: Columns, other_at: int) -> bool:
        """Tell whether a column is known to be one of another frame without a look at it."""
        ...


class HeldFrame:
    """The columns of a frame, with their prints once these have been asked for.

    It holds the frame itself, not a copy: pandas frames share their values until somebody
    changes them, Arrow tables cannot change. Columns of one name are left out.

    Args:
        frame: What a script has.
    """

    def __init__(self, frame: Frame) -> None:
        self._columns = columns_of(frame)
        counted = Counter(self._columns.names)
        self._at = {name: at for at, name in enumerate(self._columns.names) if counted[name] == 1}
        self._prints: dict[str, ColumnPrint | None] = {}
        self._lock = threading.Lock()

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
        found = {name for name in wanted if rows is not None and self._has_rows(name, other, rows)}
        if self.rows == other.rows:
            rest = [name for name in wanted if name not in found]
            ours, theirs = self._printed(rest), other._printed(rest)
            found |= {name for name in rest if name in ours and ours[name] == theirs.get(name)}
        return found

    def renamed_from(self, other: HeldFrame, names: Iterable[str]) -> dict[str, list[str]]:
        """Return the columns of another frame that hold in each row what a column holds here.

        Args:
            other: Another frame.
            names: Columns of this one; those without two different values are left out.
        """
        if self.rows != other.rows:
            return {}
        found = {name: self._values(name) for name in names}
        ours = {name: v for name, v in found.items() if v is not None and _is_varied(v[1])}
        fitting: dict[str, list[str]] = {name: [] for name in ours}
        for source in other.names if ours else ():
            theirs = other._values(source)
            for name, values in ours.items():
                if theirs is not None and _are_equal(values, theirs):
                    fitting[name].append(source)
        return fitting

    def _has_rows(self, name: str, other: HeldFrame, rows: Rows) -> bool:
        """Tell whether a column has what another frame has in some rows."""
        if self._columns.shares(self._at[name], other._columns, other._at[name]):
            return True
        ours, theirs = self._values(name), other._values(name, rows)
        return ours is not None and theirs is not None and _are_equal(ours, theirs)

    def _printed(self, names: Iterable[str]) -> dict[str, ColumnPrint]:
        """Return the prints of columns, but for those that cannot be compared."""
        with self._lock:
            missing = [name for name in names if name not in self._prints]
            found = {name: self._values(name) for name in missing}
            printed = print_columns({name: v for name, v in found.items() if v is not None})
            self._prints |= {name: printed.get(name) for name in missing}
            return {name: p for name in names if (p := self._prints[name]) is not None}

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

    def shares(self, at: int, other: Columns, other_at: int) -> bool:  # noqa: ARG002  # as pandas
        """Return False: Arrow compares one array with itself fast enough."""
        return False


def _are_equal(one: Values, other: Values) -> bool:
    (kind, values), (other_kind, other_values) = one, other
    if kind != other_kind or values.null_count != other_values.null_count:
        return False
    start, other_start = values.slice(0, _PROBED_ROWS), other_values.slice(0, _PROBED_ROWS)
    return bool(start.equals(other_start) and values.equals(other_values))


def _is_varied(values: pa.ChunkedArray) -> bool:
    """Tell whether at least two values differ, nulls aside."""
    present = values.drop_null()
    return not present.slice(1).equals(present.slice(0, max(len(present) - 1, 0)))
