"""What pandas does for `frames`, which loads this module when it meets a pandas frame."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import DataReadError, OperationError
from ops.data.frames import first_repeated


def of_table(table: pa.Table, subject: str) -> pd.DataFrame:
    """Do what `frames.to_dataframe` says."""
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


def settle(data: object, subject: str, fault: type[OperationError]) -> pd.DataFrame:
    """Do what `frames.settle` says of a pandas frame."""
    df = _without_index(data, subject, fault)
    for at, kind in enumerate(df.dtypes):
        if isinstance(kind, pd.CategoricalDtype):
            df.isetitem(at, df.iloc[:, at].cat.remove_unused_categories().array)
    return df


def to_table(data: object, subject: str, fault: type[OperationError]) -> pa.Table:
    """Convert a frame as `frames.to_table` says, but for what its rows hold."""
    df = _without_index(data, subject, fault)
    try:
        return pa.Table.from_pandas(df, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        problem = _misfit_of_pandas(df)
    # Raised outside the handler: Arrow's message quotes the value.
    raise fault(
        subject,
        problem=problem,
        expected="columns with different names, each with values of one type",
        remedy="convert or rename the column",
    )


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


def _without_index(data: object, subject: str, fault: type[OperationError]) -> pd.DataFrame:
    """Return a copy of a frame in which the index is columns, if it has a name."""
    if not isinstance(data, pd.DataFrame):
        raise fault(
            subject,
            problem=f"a value of type {type(data).__module__}.{type(data).__name__}",
            expected="a pandas frame or an Arrow table",
            remedy="convert it, as with its method to_arrow() or to_frame()",
        )
    df = data.copy(deep=False)
    if df.columns.nlevels > 1:
        df.columns = pd.Index([str(tuple(map(str, name))) for name in df.columns])
    levels = df.index.names
    if all(level is None for level in levels):
        return df
    names = [f"level_{at}" if level is None else level for at, level in enumerate(levels)]
    clash = first_repeated([*names, *df.columns.unique()])
    if clash is not None:
        raise fault(
            f"index {clash!r} of {subject}",
            problem="a column or another index has the same name",
            expected="different names, as the index becomes a column",
            remedy="rename the index, or drop it with reset_index(drop=True)",
        )
    return df.reset_index()


def _misfit_of_pandas(df: pd.DataFrame) -> str:
    for at, (name, kind) in enumerate(zip(df.columns, df.dtypes, strict=True)):
        if not _is_convertible(df.iloc[:, at]):
            types = "several types" if pd.api.types.is_object_dtype(kind) else f"type {kind}"
            return f"values of {types} in {name!r}"
    return "a column name that is not text" if df.columns.is_unique else "names used twice"


def _is_convertible(values: object) -> bool:
    try:
        pa.array(values, from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return False
    return True
