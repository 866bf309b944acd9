"""Tables between pandas and Arrow, with no value changed on the way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final, TypeAlias

import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError

Frame: TypeAlias = "pd.DataFrame | pa.Table"
_NAMES_SHOWN: Final = 10


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
    try:
        return _pandas(table)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        misfit = next((name for name in table.column_names if not _fits_pandas(table, name)), None)
    # Raised outside the handler: the message may quote a value.
    kind = "its types" if misfit is None else str(table.schema.field(misfit).type)
    raise DataReadError(
        subject if misfit is None else f"column {misfit!r} of {subject}",
        problem=f"pandas cannot hold its values of type {kind}",
        remedy="take it as an Arrow table, or declare the column's type as text",
    )


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
    twice = first_repeated(header)
    if twice is not None or not header:
        raise fault(
            subject,
            problem="no columns" if twice is None else f"column {twice!r} occurs more than once",
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


def first_repeated(names: Sequence[str]) -> str | None:
    """Return the first of the names that occurs twice; None if all are different."""
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _pandas(table: pa.Table) -> pd.DataFrame:
    gaps = [
        field.name
        for field, column in zip(table.schema, table.columns, strict=True)
        if (pa.types.is_integer(field.type) or pa.types.is_boolean(field.type))
        and column.null_count
    ]
    if not gaps:
        whole: pd.DataFrame = table.to_pandas(ignore_metadata=True)
        return whole
    nullable: pd.DataFrame = table.select(gaps).to_pandas(
        ignore_metadata=True, types_mapper=_nullable_type
    )
    if len(gaps) == table.num_columns:
        return nullable
    rest = table.drop_columns(gaps).to_pandas(ignore_metadata=True)
    both: pd.DataFrame = pd.concat([rest, nullable], axis=1)[table.column_names]
    return both


def _fits_pandas(table: pa.Table, name: str) -> bool:
    try:
        _pandas(table.select([name]))
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return False
    return True


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
