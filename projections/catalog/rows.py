"""Read the rows of one running query, batch by batch: as Python objects, or with Arrow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, TypeVar

import duckdb

from lineage.kernel.errors import QueryError
from lineage.ledger.envelope import from_microseconds
from projections.catalog.limits import Limits, TimedCalls
from projections.catalog.query_errors import query_error

if TYPE_CHECKING:
    import pyarrow as pa

Result = TypeVar("Result")
Parameters: TypeAlias = Sequence[object] | Mapping[str, object]
Batch: TypeAlias = "list[tuple[Any, ...]] | pa.RecordBatch"
"""Rows as DuckDB or Arrow gives them."""

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
TIME: Final = "TIMESTAMP WITH TIME ZONE"
_DECODERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "JSON": json.loads,
    "HUGEINT": int,
    "UHUGEINT": int,
}
_ALIKE: Final = frozenset(
    {
        *('"NULL"', "BOOLEAN", "VARCHAR", "VARCHAR[]", "JSON", "FLOAT", "DOUBLE"),
        *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    }
)
"""Types whose values DuckDB and Arrow turn into the same Python objects."""

_AS_NUMBER: Final = (
    "case when isfinite(#{0}) then epoch_us(#{0}) "
    "when #{0} is not null then 9223372036854775807 end"  # a time that Python does not have
)
"""DuckDB needs another package to make times with a zone."""


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
        names: The columns; duplicate names are made unique, see `Answer`.
        types: DuckDB's types, in the same order.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters, limits: Limits
    ) -> None:
        self._cursor = cursor
        self._sql = sql
        self._parameters = parameters
        self._calls = TimedCalls(cursor.interrupt, limits)
        self._before = 0
        try:
            self._relation = self._run(self._begin)
        except BaseException:
            self.close()
            raise
        self.names = _distinct(self._relation.columns)
        self.types = [str(kind) for kind in self._relation.types]

    @cached_property
    def schema(self) -> pa.Schema:
        """Arrow's names and types; errors as for the class."""
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        fields = zip(self._reader.schema, self.names, strict=True)
        return pa.schema([field.with_name(name) for field, name in fields])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches that have not been read; errors as for the class."""
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        reader = self._reader
        while (batch := self._run(lambda: next(reader, None))) is not None:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)

    def batches(self) -> Iterator[Batch]:
        """Yield the batches that have not been read for `records`; errors as for the class.

        Arrow is needed only for types that are rare.
        """
        text = self._text_of_values()
        if text is None:
            yield from self
            return
        self._run(lambda: self._cursor.execute(text, self._parameters or None))
        while found := self._run(lambda: self._cursor.fetchmany(BATCH_ROWS)):
            yield found

    def records(self, batch: Batch) -> list[dict[str, Any]]:
        """Return rows of `batches` as dictionaries; JSON columns are decoded, sums are integers.

        Raises:
            QueryError: A value has no equivalent in Python, such as the time 'infinity'.
        """
        if not isinstance(batch, list):
            from projections.catalog import arrow_rows  # noqa: PLC0415  # start-up time

            return arrow_rows.records(batch, self.types)
        rows = [dict(zip(self.names, row, strict=True)) for row in batch]
        return decoded(rows, dict(zip(self.names, self.types, strict=True)), from_microseconds)

    def close(self) -> None:
        """Stop the query if it has not ended."""
        self._calls.close()
        if not self._calls.is_abandoned:
            self.__dict__.pop("_reader", None)
            self._cursor.interrupt()  # closing would wait for rows that DuckDB makes ahead
            self._cursor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _reader(self) -> pa.RecordBatchReader:
        return self._run(lambda: self._relation.to_arrow_reader(BATCH_ROWS))

    def _begin(self) -> duckdb.DuckDBPyRelation:
        self._kind = _kind_that_reads(self._cursor.extract_statements(self._sql))
        self._cursor.execute("begin transaction read only")
        relation = self._cursor.sql(self._sql, params=self._parameters or None)
        if relation is None:
            raise duckdb.InvalidInputException("the statement returns no rows")
        return relation

    def _text_of_values(self) -> str | None:
        """Return the statement whose values need no Arrow; None if there is none."""
        is_alike = _ALIKE.issuperset(kind for kind in self.types if kind != TIME)
        if not is_alike or self._kind != duckdb.StatementType.SELECT:
            return None
        if TIME not in self.types:
            return self._sql
        query = _without_end(self._sql)
        columns = enumerate(self.types, start=1)
        values = (_AS_NUMBER.format(n) if kind == TIME else f"#{n}" for n, kind in columns)
        before = f"select {', '.join(values)} from ("  # noqa: S608  # numbers and constants
        self._before = len(before)
        return f"{before}{query}\n)"

    def _run(self, step: Callable[[], Result]) -> Result:
        try:
            return self._calls.run(step)
        except _errors() as error:
            raise query_error(
                error, self._sql, self._explain, self._names, before=self._before
            ) from error

    def _explain(self, sql: str) -> object:
        with self._cursor.cursor() as fresh:
            return fresh.execute(sql, self._parameters or None)

    def _names(self, kind: str) -> list[str]:
        if kind not in _NAMES:
            return []
        with self._cursor.cursor() as fresh:
            return [row[0] for row in fresh.execute(_NAMES[kind]).fetchall()]


def _without_end(sql: str) -> str:
    """Return one statement without the semicolon at its end, and what stands behind it."""
    text = sql.encode()
    ends = (
        place
        for place, kind in duckdb.tokenize(sql)
        if kind == duckdb.token_type.operator and text[place : place + 1] == b";"
    )
    return text[: next(ends, None)].decode()


def decoded(
    rows: list[dict[str, Any]], types: Mapping[str, str], to_time: Callable[[Any], object]
) -> list[dict[str, Any]]:
    """Decode the JSON, sums and times of rows in place, and return them.

    Args:
        rows: The rows.
        types: Name to DuckDB's type of each column.
        to_time: Makes a time with a zone from what is there.

    Raises:
        QueryError: A value has no equivalent in Python.
    """
    decoders = {**_DECODERS, TIME: to_time}
    for name, kind in types.items():
        if (decode := decoders.get(kind)) is not None:
            for row in rows:
                try:
                    row[name] = None if row[name] is None else decode(row[name])
                except OverflowError as error:
                    raise no_equivalent(error) from error
    return rows


def no_equivalent(error: Exception) -> QueryError:
    """Return the error of a value that Python does not have, such as the time 'infinity'."""
    return QueryError(
        "query",
        problem=f"a value has no equivalent in Python ({error})",
        remedy="cast it to varchar",
    )


def _errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    return (duckdb.Error, pa.ArrowException, ValueError, OverflowError, OSError, MemoryError)


def _kind_that_reads(statements: Sequence[duckdb.Statement]) -> duckdb.StatementType:
    if len(statements) != 1:
        raise duckdb.InvalidInputException(f"{len(statements) or 'no'} statements")
    if statements[0].type not in _READING:
        kind = str(statements[0].type).rpartition(".")[2].lower()
        raise duckdb.InvalidInputException(f"Permission Error: {kind} statement")
    return statements[0].type


def _distinct(names: Sequence[str]) -> list[str]:
    distinct: list[str] = []
    for name in names:
        candidates = (name, *(f"{name}_{i}" for i in range(1, len(names))))
        distinct.append(next(c for c in candidates if c not in distinct))
    return distinct
