"""Any table, as pieces in Arrow: what a writer takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import pyarrow as pa

from lineage.kernel.errors import DataWriteError
from ops.data import frames

if TYPE_CHECKING:
    import dask.dataframe as dd
    import duckdb
    import pandas as pd
    import polars as pl

WritableFrame: TypeAlias = (
    "pd.DataFrame | pa.Table | pa.RecordBatch | pa.RecordBatchReader | duckdb.DuckDBPyRelation"
    " | pl.DataFrame | dd.DataFrame"
)
"""What `write_dataframe` takes."""

_Read = TypeVar("_Read")
_ROWS_A_BATCH: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table in pieces, each with what its rows have and nothing else (`row_values.strip`).

    Attributes:
        schema: The columns of every piece.
        tables: The pieces in order, made as they are asked for.
        is_whole: There is one piece, in memory.
        partitions: How many pieces there are, if each is one of a frame's partitions.
    """

    schema: pa.Schema
    tables: Iterable[pa.Table]
    is_whole: bool = False
    partitions: int | None = None


def rows_of(data: WritableFrame, subject: str) -> Rows:
    """Return the rows of a table.

    Args:
        data: A pandas or Polars frame, an Arrow table or record batch, in one piece; a reader of
            record batches, a relation of DuckDB or a Dask frame, in pieces. It is not changed.
        subject: What the data are, for the message.

    Raises:
        DataWriteError: Another type, no columns, a name used twice, or a column with values of
            several types; also while the pieces are taken.
    """
    given: Any = data
    relation = given
    if _is_of("duckdb", "DuckDBPyRelation", given):
        given = _without_values(lambda: relation.to_arrow_reader(_ROWS_A_BATCH), subject)
    if isinstance(given, pa.RecordBatchReader):
        return _rows_of_reader(given, subject)
    if _is_of("dask.dataframe", "DataFrame", given):
        return _rows_of_dask(given, subject)
    table = _table(given, subject)
    return Rows(schema=table.schema, tables=(table,), is_whole=True)


def conform(data: WritableFrame, schema: pa.Schema, subject: str) -> Iterator[pa.Table]:
    """Give the pieces of a table with the columns and types of a schema.

    Args:
        data: As of `rows_of`, with the columns of the schema in any order.
        schema: As of `stripped`.
        subject: What the data are, for the message.

    Raises:
        DataWriteError: As of `rows_of`, or columns are missing or too many, or the values of one
            do not fit its type (named, without values).
    """
    rows = rows_of(data, subject)
    if sorted(rows.schema.names) != sorted(schema.names):
        odd = min(set(rows.schema.names) ^ set(schema.names))
        raise DataWriteError(
            f"column {odd!r} of {subject}",
            problem="missing" if odd in schema.names else "not in the schema",
            expected="the columns of the schema",
        )
    for table in rows.tables:
        yield _cast(table.select(schema.names), schema, subject)


def stripped(schema: pa.Schema, subject: str) -> pa.Schema:
    """Return the schema that tables of this one have once they are stripped.

    Raises:
        DataWriteError: No columns, or a name is used twice.
    """
    return frames.to_table(schema.empty_table(), subject, fault=DataWriteError).schema


def _table(data: Any, subject: str) -> pa.Table:
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if _is_of("polars", "DataFrame", data):
        data = data.to_arrow()
    return frames.to_table(data, subject, fault=DataWriteError)


def _rows_of_reader(reader: pa.RecordBatchReader, subject: str) -> Rows:
    schema = stripped(reader.schema, subject)

    def tables() -> Iterator[pa.Table]:
        while (batch := _without_values(lambda: next(reader, None), subject)) is not None:
            yield _cast(_table(batch, subject), schema, subject)

    return Rows(schema=schema, tables=tables())


def _without_values(read: Callable[[], _Read], subject: str) -> _Read:
    """Let the errors of a query that is still running say nothing of its values."""
    of_duckdb = getattr(sys.modules.get("duckdb"), "Error", OSError)
    try:
        return read()
    except (pa.ArrowException, OSError, ValueError, RuntimeError, of_duckdb):
        pass  # the message may quote values
    raise DataWriteError(
        subject, problem="the query or stream that gives its rows failed", remedy="run it alone"
    )


def _rows_of_dask(frame: Any, subject: str) -> Rows:
    def partition(at: int) -> pa.Table:
        computed = frame.get_partition(at).compute(scheduler="synchronous")
        return frames.to_table(computed, subject, fault=DataWriteError)

    # The first partition has the types of columns of objects, which the frame does not know.
    first = partition(0)
    rest = (_cast(partition(at), first.schema, subject) for at in range(1, frame.npartitions))
    tables = (table for part in ((first,), rest) for table in part)
    return Rows(schema=first.schema, tables=tables, partitions=frame.npartitions)


def _cast(table: pa.Table, schema: pa.Schema, subject: str) -> pa.Table:
    if table.schema.equals(schema):
        return table
    for field, target in zip(table.schema, schema, strict=True):
        try:
            column = table.column(field.name).cast(target.type)
        except (pa.ArrowException, ValueError):
            column = None
        if column is None or (column.null_count and not target.nullable):
            # Raised outside the handler: Arrow's message may quote values.
            raise DataWriteError(
                f"column {target.name!r} of {subject}",
                problem=f"values of type {field.type} do not all fit type {target.type}",
                expected="values of one type in all pieces",
                remedy="convert the column before it is written",
            )
        table = table.set_column(table.column_names.index(field.name), target, column)
    return table


def _is_of(module: str, name: str, data: object) -> bool:
    """Tell whether a value is of a class of a package that may not be installed or loaded."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(data, getattr(loaded, name))
