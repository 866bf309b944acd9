"""The rows of one query, in the form the caller wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import duckdb
import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, QueryError
from projections.catalog.limits import Limits, TimedCalls
from projections.catalog.query_errors import query_error, too_much_memory

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Result = TypeVar("Result")
Parameters = Sequence[object] | Mapping[str, object]

BATCH_ROWS: Final = 20_000
_READING: Final = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.MULTI,  # a pivot that first looks up its values
}
_NAMES: Final[Mapping[str, str]] = {
    "table": "show tables",
    "column": "select distinct column_name from duckdb_columns() where not internal order by 1",
}
_ERRORS: Final = (duckdb.Error, pa.ArrowException, ValueError, OverflowError, OSError, MemoryError)
_DECODERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "JSON": json.loads,
    "HUGEINT": int,
    "UHUGEINT": int,
    "TIMESTAMP WITH TIME ZONE": lambda moment: moment.replace(tzinfo=UTC),
}
_MICROSECONDS: Final = pa.timestamp("us")


class Rows:
    """The rows of a running query, batch by batch; close it, or use it as a context manager.

    Args:
        cursor: A connection for this query only; it is closed with the rows.
        sql: One statement.
        parameters: Values for `?` or `$name` in it.
        limits: What it may use.

    Raises:
        QueryError: The statement is wrong, writes, or reaches outside the catalog.
        QueryStoppedError: It reached a limit.

    Attributes:
        schema: Arrow's names and types; duplicate names are made unique, see `Answer`.
        types: DuckDB's types, in the same order.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters, limits: Limits
    ) -> None:
        self._cursor = cursor
        self._sql = sql
        self._parameters = parameters
        self._calls = TimedCalls(cursor.interrupt, limits)
        self._reader: pa.RecordBatchReader | None = None
        try:
            self.types, self.schema = self._run(self._begin)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches that have not been read."""
        while (batch := self._run(self._next)) is not None:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)

    def close(self) -> None:
        """Stop the query if it has not ended."""
        self._calls.close()
        if not self._calls.is_abandoned:
            self._reader = None
            self._cursor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> tuple[list[str], pa.Schema]:
        _check_reads(self._cursor.extract_statements(self._sql))
        self._cursor.execute("begin transaction read only")
        relation = self._cursor.sql(self._sql, params=self._parameters or None)
        if relation is None:
            raise duckdb.InvalidInputException("the statement returns no rows")
        self._reader = relation.to_arrow_reader(BATCH_ROWS)
        fields = zip(self._reader.schema, _distinct(self._reader.schema.names), strict=True)
        schema = pa.schema([field.with_name(name) for field, name in fields])
        return [str(kind) for kind in relation.types], schema

    def _next(self) -> pa.RecordBatch | None:
        return None if self._reader is None else next(self._reader, None)

    def _run(self, step: Callable[[], Result]) -> Result:
        try:
            return self._calls.run(step)
        except _ERRORS as error:
            raise query_error(error, self._sql, self._explain, self._names) from error

    def _explain(self, sql: str) -> object:
        with self._cursor.cursor() as fresh:
            return fresh.execute(sql, self._parameters or None)

    def _names(self, kind: str) -> list[str]:
        if kind not in _NAMES:
            return []
        with self._cursor.cursor() as fresh:
            return [row[0] for row in fresh.execute(_NAMES[kind]).fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A statement, and the catalog it is run on.

    Attributes:
        connection: The catalog's own connection.
        tables: Name to table of additional tables.
        sql: One statement.
        parameters: Values for `?` or `$name` in it.
        limits: What it may use.
    """

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, pa.Table]
    sql: str
    parameters: Parameters
    limits: Limits

    def begin(self) -> Rows:
        """Run it on a separate connection.

        Raises:
            QueryError: The catalog is closed, or as in `Rows`.
            QueryStoppedError: It reached a limit.
        """
        try:
            cursor = self.connection.cursor()
            for name, table in self.tables.items():
                cursor.register(name, table)
        except duckdb.Error as error:
            raise QueryError("query", problem=str(error), expected="an open catalog") from error
        return Rows(cursor, self.sql, self.parameters, self.limits)


class Answer:
    """The answer to a query; each method that returns its rows runs the query again.

    Duplicate column names are made unique: the second becomes "name_1". Libraries that support
    Arrow's capsules (`polars.DataFrame(answer)`, `pyarrow.table(answer)`) accept it directly.

    Args:
        query: The query; its memory limit also bounds all rows together.
    """

    def __init__(self, query: Query) -> None:
        self._query = query

    def stream(self) -> Rows:
        """Run the query and return its rows, to be read batch by batch.

        Raises:
            QueryError: The statement is wrong, writes, or reaches outside the catalog.
            QueryStoppedError: It reached a limit.
        """
        return self._query.begin()

    def arrow(self) -> pa.Table:
        """Return all rows as an Arrow table; errors as in `stream`."""
        return self._collect()[0]

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows as dictionaries; JSON columns are decoded. Errors as in `stream`."""
        table, types = self._collect()
        return records(table, types)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows as tuples, with values as in `rows`. Errors as in `stream`."""
        return [tuple(row.values()) for row in self.rows()]

    def df(self) -> pd.DataFrame:
        """Return all rows as a pandas data frame. Errors as in `stream`."""
        frame: pd.DataFrame = self.arrow().to_pandas()
        return frame

    def pl(self) -> pl.DataFrame:
        """Return all rows as a Polars data frame. Errors as in `stream`.

        Raises:
            ConfigurationError: Polars is not installed.
        """
        try:
            import polars as pl  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ConfigurationError(
                "polars",
                problem="not installed",
                remedy="install privacy-lineage[polars], or use .arrow() or .df()",
            ) from error
        return pl.DataFrame(self.arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.arrow().__arrow_c_stream__(requested_schema)

    def _collect(self) -> tuple[pa.Table, list[str]]:
        batches, size_bytes = [], 0
        allowed = self._query.limits.memory_bytes
        with self.stream() as rows:
            for batch in rows:
                batches.append(batch)
                size_bytes += batch.nbytes
                if allowed is not None and size_bytes > allowed:
                    raise too_much_memory()
            return pa.Table.from_batches(batches, rows.schema), rows.types


def records(table: pa.Table | pa.RecordBatch, types: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows as dictionaries; JSON columns are decoded, sums are integers.

    Args:
        table: The rows.
        types: DuckDB's type of each column.

    Raises:
        QueryError: A value has no equivalent in Python, such as the time 'infinity'.
    """
    rows: list[dict[str, Any]] = python_values(_in_microseconds(table))
    for name, kind in zip(table.schema.names, types, strict=True):
        if (decode := _DECODERS.get(kind)) is not None:
            for row in rows:
                row[name] = None if row[name] is None else decode(row[name])
    return rows


def python_values(values: pa.Table | pa.RecordBatch | pa.Array) -> list[Any]:
    """Return rows or values as Python objects.

    Raises:
        QueryError: A value has no equivalent in Python, such as the time 'infinity'.
    """
    try:
        converted: list[Any] = values.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise QueryError(
            "query",
            problem=f"a value has no equivalent in Python ({error})",
            remedy="cast it to varchar",
        ) from error
    return converted


def _check_reads(statements: Sequence[duckdb.Statement]) -> None:
    if len(statements) != 1:
        raise duckdb.InvalidInputException(f"{len(statements) or 'no'} statements")
    if statements[0].type not in _READING:
        kind = str(statements[0].type).rpartition(".")[2].lower()
        raise duckdb.InvalidInputException(f"Permission Error: {kind} statement")


def _distinct(names: Sequence[str]) -> list[str]:
    distinct: list[str] = []
    for name in names:
        candidates = (name, *(f"{name}_{i}" for i in range(1, len(names))))
        distinct.append(next(c for c in candidates if c not in distinct))
    return distinct


def _in_microseconds(table: pa.Table | pa.RecordBatch) -> pa.Table | pa.RecordBatch:
    """Drop time zones, which are all UTC, and nanoseconds: both would import pandas."""
    for index, field in enumerate(table.schema):
        if _needs_pandas(field.type):
            column = _plain_times(table.column(index))
            table = table.set_column(index, field.with_type(_MICROSECONDS), column)
    return table


def _plain_times(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    if column.type.unit != _MICROSECONDS.unit:
        return column.cast(_MICROSECONDS, safe=False)
    # The same numbers as another type: a cast imports a module that is slower than the query.
    if isinstance(column, pa.ChunkedArray):
        chunks = [chunk.view(_MICROSECONDS) for chunk in column.chunks]
        return pa.chunked_array(chunks, _MICROSECONDS)
    return column.view(_MICROSECONDS)


def _needs_pandas(kind: pa.DataType) -> bool:
    return pa.types.is_timestamp(kind) and (kind.tz is not None or kind.unit == "ns")
