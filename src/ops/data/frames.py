"""Tables between pandas and Arrow, with no value changed on the way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final, TypeAlias

import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import DataReadError, OperationError

Frame: TypeAlias = "pd.DataFrame | pa.Table"
_NAMES_SHOWN: Final = 10


def to_dataframe(table: pa.Table) -> pd.DataFrame:
    """Convert a table to pandas.

    Returns:
        A frame with the table's columns and rows in order, numbered from 0. Integers and
        booleans with nulls become the nullable types "Int64" and "boolean", because float64
        would lose digits; dictionaries become categories.
    """
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    for field, column in zip(table.schema, table.columns, strict=True):
        whole = pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)
        if whole and column.null_count:
            frame[field.name] = column.to_pandas(types_mapper=_nullable_type)
    return frame


def to_table(data: Frame, subject: str, *, fault: type[OperationError]) -> pa.Table:
    """Convert a frame to Arrow.

    Args:
        data: A pandas frame, whose NaN becomes null and whose index becomes columns if it has
            a name; or an Arrow table.
        subject: What the data are, for the message.
        fault: The error to raise.

    Returns:
        A table without pandas' own notes, which differ between equal data.

    Raises:
        OperationError: As `fault`: no columns, a name used twice, or a column that has values
            of several types (named, without values).
    """
    table = _from_pandas(data, subject, fault) if isinstance(data, pd.DataFrame) else data
    header = table.column_names
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice or not header:
        raise fault(
            subject,
            problem=f"column {twice[0]!r} occurs more than once" if twice else "no columns",
            expected="columns with different names",
        )
    return table.replace_schema_metadata(None).unify_dictionaries()


def choose_columns(subject: str, header: Sequence[str], columns: Sequence[str] | None) -> list[str]:
    """Return the wanted column names, once each.

    Args:
        subject: What has the columns, for the message ("file '/data/adult.csv'").
        header: The names it has.
        columns: The wanted names in the wanted order; all when None.

    Raises:
        DataReadError: A wanted column is missing; lists names like it.
    """
    wanted = list(header) if columns is None else list(dict.fromkeys(columns))
    for name in wanted:
        if name not in header:
            close = difflib.get_close_matches(name, header, n=3) or header[:_NAMES_SHOWN]
            raise DataReadError(
                f"column {name!r} of {subject}",
                problem="no such column",
                expected="one like " + ", ".join(map(repr, close)),
                remedy="correct the name or the separator",
            )
    return wanted


def _nullable_type(kind: pa.DataType) -> pd.api.extensions.ExtensionDtype:
    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    dtype = pd.api.types.pandas_dtype(str(kind).replace("uint", "UInt").replace("int", "Int"))
    assert isinstance(dtype, pd.api.extensions.ExtensionDtype)  # noqa: S101  # Int8 to UInt64
    return dtype


def _from_pandas(df: pd.DataFrame, subject: str, fault: type[OperationError]) -> pa.Table:
    try:
        if any(level is not None for level in df.index.names):
            df = df.reset_index()
        return pa.Table.from_pandas(df, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        places = range(df.shape[1])
        column = next(
            (df.columns[at] for at in places if not _is_convertible(df.iloc[:, at])), None
        )
    # Raised outside the handler: Arrow's message quotes the value.
    raise fault(
        subject,
        problem="names used twice" if column is None else f"values of several types in {column!r}",
        expected="columns with different names, each with values of one type",
        remedy="convert or rename the column",
    )


def _is_convertible(values: object) -> bool:
    try:
        pa.array(values, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return False
    return True
