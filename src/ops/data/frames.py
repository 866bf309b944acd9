"""Tables between pandas and Arrow, with no value changed on the way."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, TypeVar

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.data import row_values

if TYPE_CHECKING:
    import pandas as pd

Frame: TypeAlias = "pd.DataFrame | pa.Table"
_Name = TypeVar("_Name", bound=Hashable)
_NAMES_SHOWN: Final = 10


def is_dataframe(data: object) -> TypeGuard[pd.DataFrame]:
    """Tell whether it is a pandas frame, without importing pandas for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def to_dataframe(table: pa.Table, subject: str) -> pd.DataFrame:
    """Convert a table to pandas.

    Args:
        table: Columns with different names.
        subject: What the table is, for the message ("dataset 'adult'").

    Returns:
        A frame with the table's columns and rows in order, numbered from 0. Integers and
        booleans with nulls become the nullable types "Int64" and "boolean", because float64
        would lose digits; dictionaries become categories.

    Raises:
        DataReadError: pandas cannot hold a column's values, such as dates beyond the year 9999.
    """
    from ops.data import pandas_frames  # noqa: PLC0415  # start-up time

    return pandas_frames.of_table(table, subject)


def settle(data: Frame, subject: str, *, fault: type[OperationError]) -> Frame:
    """Return a frame whose columns are all it has, so that what is seen is what is written.

    Args:
        data: A pandas frame or an Arrow table; it is not changed.
        subject: What the data are, for the message.
        fault: The error to raise.

    Returns:
        A pandas frame whose index has become columns if it has a name, whose names are text if
        they were tuples, and whose categories are those that rows have; or a table as of
        `row_values.strip`.

    Raises:
        OperationError: As `fault`: neither of the two, or the index has the name of a column.
    """
    if isinstance(data, pa.Table):
        return row_values.strip(data, subject, fault=fault)
    from ops.data import pandas_frames  # noqa: PLC0415  # start-up time

    return pandas_frames.settle(data, subject, fault)


def to_table(data: Frame, subject: str, *, fault: type[OperationError]) -> pa.Table:
    """Convert a frame to Arrow.

    Args:
        data: A pandas frame, whose NaN becomes null and whose index becomes columns if it has
            a name; or an Arrow table.
        subject: What the data are, for the message.
        fault: The error to raise.

    Returns:
        A table that holds what its rows have, as of `row_values.strip`; equal data give equal
        tables.

    Raises:
        OperationError: As `fault`: neither of the two, no columns, a name used twice, or a
            column that has values of several types (named, without values).
    """
    if not isinstance(data, pa.Table):
        from ops.data import pandas_frames  # noqa: PLC0415  # start-up time

        data = pandas_frames.to_table(data, subject, fault)
    header = data.column_names
    twice = first_repeated(header)
    if twice is not None or not header:
        raise fault(
            subject,
            problem="no columns" if twice is None else f"column {twice!r} occurs more than once",
            expected="columns with different names",
        )
    return row_values.strip(data, subject, fault=fault)


def choose_columns(subject: str, header: Sequence[str], columns: Sequence[str] | None) -> list[str]:
    """Return the wanted column names, once each.

    Args:
        subject: What has the columns, for the message ("file '/data/adult.csv'").
        header: The names it has.
        columns: The wanted names in the wanted order; all when None.

    Raises:
        DataReadError: A wanted column is missing; lists names like it.
        ConfigurationError: The wanted names are one text instead of a list.
    """
    if isinstance(columns, str):
        raise ConfigurationError(
            f"columns of {subject}", problem="a text", expected="a list of column names"
        )
    wanted = list(header) if columns is None else list(dict.fromkeys(columns))
    known = set(header)
    for name in wanted:
        if name not in known:
            close = difflib.get_close_matches(name, header, n=3) or header[:_NAMES_SHOWN]
            raise DataReadError(
                f"column {name!r} of {subject}",
                problem="no such column",
                expected="one like " + ", ".join(map(repr, close)),
                remedy="correct the name or the separator",
            )
    return wanted


def refuse_repeated(subject: str, header: Sequence[str]) -> None:
    """Refuse a header in which a name occurs twice.

    Args:
        subject: What has the columns, for the message ("file '/data/adult.csv'").
        header: The names it has.

    Raises:
        DataReadError: One of them occurs twice.
    """
    twice = first_repeated(header)
    if twice is not None:
        raise DataReadError(
            subject,
            problem=f"column {twice!r} occurs more than once",
            remedy="rename one of the columns",
        )


def first_repeated(names: Sequence[_Name]) -> _Name | None:
    """Return the first of the names that occurs twice; None if all are different."""
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
