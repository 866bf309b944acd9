"""Run one SELECT over frames, and remember where the columns of its answer came from."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

import duckdb
import pyarrow as pa

from lineage.kernel.errors import QueryError, QueryStoppedError
from lineage.kernel.packages.statements import statements
from ops.columns.confinement import CONFINED
from ops.columns.held_frame import Frame, as_table
from ops.columns.memory import ColumnMemory
from ops.columns.origin import ColumnOrigin
from ops.columns.sql_lineage import query_sources
from ops.columns.sql_sources import NOTHING, Source, Sources, through, whole
from ops.result import DatasetRead

_SQL: Final = statements(__name__)
_HUGE: Final = pa.decimal128(38, 0)
"""What the widest integers of DuckDB are in Arrow."""
_SEEDS: Final = 2**32
_OF_THE_TEXT: Final = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.PermissionException,
    duckdb.SyntaxException,
)
"""Errors that DuckDB finds before it looks at a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a query may use, and what its chance begins with.

    Attributes:
        threads: How many threads; None for one a core. With one, rows that no ORDER BY puts in
            order and the last digits of sums are the same each time.
        seconds: Time after which it is stopped; None for no limit.
        seed: What `random()` begins with; None for chance.
    """

    threads: int | None = None
    seconds: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a query gave.

    Attributes:
        table: The answer.
        sources: The sources of each of its columns, the frames by their names; None if they are
            not known for sure.
    """

    table: pa.Table
    sources: Sequence[Sources] | None


def ask(sql: str, tables: Mapping[str, pa.Table], limits: Limits | None = None) -> Answer:
    """Return the answer to one SELECT over tables, with the sources of its columns.

    DuckDB sees the tables and nothing else: no file, no network, no variable.

    Args:
        sql: One SELECT in the SQL of DuckDB.
        tables: What it may ask, by the names it uses.
        limits: What it may use.

    Returns:
        The answer. Whole numbers that DuckDB made wider than 64 bits, as it does for sums, are
        64 bits wide again if they fit.

    Raises:
        QueryError: It is not one SELECT, or it has an error; values are not quoted.
        QueryStoppedError: It took too long, or too much memory.
    """
    limits = limits or Limits()
    with duckdb.connect(config=CONFINED) as connection:
        for name, table in tables.items():
            _register(connection, name, table)
        if limits.threads is not None:
            connection.execute(_SQL["threads"].format(threads=limits.threads))
        if limits.seed is not None:
            connection.execute(_SQL["seed"], [(limits.seed % _SEEDS) / _SEEDS])
        connection.execute(_SQL["lock"])
        with _stopped_after(limits.seconds, connection):
            answer = _answer(connection, sql, limits.seconds)
    names = {name: table.column_names for name, table in tables.items()}
    sources = query_sources(sql, names, _aggregates(), answer.column_names)
    return Answer(table=answer, sources=sources)


def run_query(sql: str, frames: Mapping[str, Frame], memory: ColumnMemory) -> pa.Table:
    """Return the answer to one SELECT over frames.

    DuckDB sees the frames and nothing else: no file, no network, no variable. The sources of the
    answer's columns are derived from the query, for `memory.explain`; they are unknown if the
    query has a part whose lineage is not known, or asks a column that is itself unknown.

    Args:
        sql: One SELECT in the SQL of DuckDB.
        frames: What it may ask, by the names it uses.
        memory: What the run knows of the columns of these frames; it takes the answer's.

    Returns:
        The answer. Whole numbers that DuckDB made wider than 64 bits, as it does for sums, are
        64 bits wide again if they fit.

    Raises:
        QueryError: It is not one SELECT, or it has an error; values are not quoted.
        DataReadError: A frame has a column that Arrow cannot hold.
    """
    tables = {name: as_table(frame, f"frame {name!r}") for name, frame in frames.items()}
    answer = ask(sql, tables)
    if answer.sources is not None:
        origins = _origins(answer.table, answer.sources, frames, memory)
        memory.remember_query(answer.table, origins)
    return answer.table


@cache
def _aggregates() -> frozenset[str]:
    """Return the functions that aggregate: asking for them takes as long as many a query."""
    with duckdb.connect(config=CONFINED) as connection:
        return frozenset(name for (name,) in connection.execute(_SQL["aggregates"]).fetchall())


def _register(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    with suppress(duckdb.Error):
        connection.register(name, table)
        return
    raise QueryError(
        f"frame {name!r}",
        problem="it has a column of a type that DuckDB does not know",
        remedy="convert the column, or leave it out",
    )


@contextmanager
def _stopped_after(seconds: float | None, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it must not interrupt what is closed


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, seconds: float | None) -> pa.Table:
    try:
        found = connection.extract_statements(sql)
        if [each.type for each in found] == [duckdb.StatementType.SELECT]:
            return _narrow(connection.sql(sql).to_arrow_table())
        fault = QueryError("query", problem=_kinds(found), expected="one SELECT")
    except duckdb.Error as error:
        fault = _translated(error, seconds)
    # Raised outside the handler: DuckDB's message may quote a value.
    raise fault


def _kinds(found: Sequence[duckdb.Statement]) -> str:
    return ", ".join(each.type.name for each in found) or "no statement"


def _narrow(answer: pa.Table) -> pa.Table:
    """Return an answer whose whole numbers are of 64 bits if they fit."""
    for at, field in enumerate(answer.schema):
        if field.type == _HUGE:
            with suppress(pa.ArrowInvalid):  # they do not fit
                answer = answer.set_column(at, field.name, answer.column(at).cast(pa.int64()))
    return answer


def _translated(error: duckdb.Error, seconds: float | None) -> QueryError:
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, duckdb.InterruptException):
        return QueryStoppedError("query", problem=f"stopped after {seconds} s")
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryStoppedError("query", problem="it needs more memory than there is")
    if isinstance(error, _OF_THE_TEXT):
        return QueryError("query", problem=text, expected="one SELECT over the given frames")
    kind = text.partition(":")[0]
    return QueryError(
        "query",
        problem=f"{kind} (message hidden, it may quote values)",
        remedy="check casts, dates and divisions; try_cast gives null where a value does not fit",
    )


def _origins(
    answer: pa.Table,
    sources: Sequence[Sources],
    frames: Mapping[str, Frame],
    memory: ColumnMemory,
) -> Iterator[ColumnOrigin]:
    """Yield the origins of the columns that are known through and through."""
    asked = {source.place[0] for of_column in sources for source in of_column if source.place}
    known: dict[str | DatasetRead, dict[str, Sources]] = {
        name: _known(memory.explain(frame)) for name, frame in frames.items() if name in asked
    }
    for column, of_column in zip(answer.column_names, sources, strict=True):
        behind = [_behind(source, known) for source in of_column]
        if all(behind):
            for place, effect, is_direct in sorted(whole(NOTHING.union(*behind)), key=_order):
                dataset, source_column = place or (None, None)
                assert not isinstance(dataset, str)  # noqa: S101  # frames have been looked through
                yield ColumnOrigin(
                    column=column,
                    dataset=dataset,
                    source_column=source_column,
                    effect=effect,
                    is_direct=is_direct,
                    basis="query",
                )


def _known(origins: Iterable[ColumnOrigin]) -> dict[str, Sources]:
    """Return the sources of the columns of a frame."""
    found: dict[str, Sources] = {}
    for origin in origins:
        source = Source(origin.place, origin.effect, origin.is_direct)
        found[origin.column] = found.get(origin.column, NOTHING) | {source}
    return found


def _behind(source: Source, known: Mapping[str | DatasetRead, Mapping[str, Sources]]) -> Sources:
    """Return what is behind a source in a frame; nothing if that is unknown."""
    if source.place is None:
        return frozenset({source})
    frame, column = source.place
    return through(known[frame].get(column, NOTHING), source.effect, is_direct=source.is_direct)


def _order(source: Source) -> tuple[bool, str, str]:
    dataset, column = source.place or ("", "")
    return not source.is_direct, str(dataset), column + source.effect
