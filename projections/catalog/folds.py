"""The SQL of all projections, and how it folds a range of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from lineage.kernel.digest import sha256_json
from lineage.kernel.packages.statements import sections
from projections.catalog.catalog import CONFIGURATION

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.ledger.event_rows import EventRow

_COMMENT: Final = re.compile(r"^comment on .*$", re.MULTILINE)
_STATEMENT_END: Final = re.compile(r";\s*$", re.MULTILINE)
_GLOB: Final = re.compile(r"[*?\[]")
_SESSION: Final = "set timezone = 'UTC'"
_SHOWS_PROGRESS: Final = "select current_setting('enable_progress_bar')"
_NEW_EVENTS: Final = """
create temp table new_events as
select unnest($1::bigint[]) as position, unnest($2::varchar[]) as stream,
  unnest($3::bigint[]) as version, unnest($4::varchar[]) as type,
  unnest($5::bigint[]) as schema_version,
  make_timestamp(unnest($6::bigint[]))::timestamptz as recorded_at,
  unnest($7::varchar[]) as actor, unnest($8::varchar[]) as run, unnest($9::varchar[]) as task,
  unnest($10::bigint[]) as causation, unnest($11::varchar[]) as payload
"""
_ONLY_READABLE: Final = "delete from new_events where payload is null"
_WORKERS: Final = 2
"""Statements that fold files at the same time; one takes a third of the work."""

_TYPES: Final = re.compile(r"\bwhere type (?:= |in \()((?:'[a-z_.]+'(?:,\s*)?)+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One statement that adds rows of `new_events` to a fact table.

    Attributes:
        statement: The SQL.
        types: The event types it folds, as named in its `where`; empty for any type.
    """

    statement: str
    types: frozenset[str]

    def concerns(self, types: frozenset[str]) -> bool:
        """Tell whether new events of these types can add rows."""
        return not self.types or not self.types.isdisjoint(types)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One SQL file.

    Attributes:
        name: Its file name without number and suffix.
        schema: Creates its fact tables.
        folds: Add rows from `new_events` to them.
        views: Creates the views over them.
        comments: Documents tables, views and columns.
    """

    name: str
    schema: str
    folds: tuple[Fold, ...]
    views: str
    comments: str


@cache
def projections() -> tuple[Projection, ...]:
    """Return all projections in the order of their file names."""
    folder = resources.files("projections").joinpath("sql")
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return tuple(_parse(entry.name, entry.read_text(encoding="utf-8")) for entry in files)


def version(event_versions: Mapping[str, int]) -> str:
    """Return the digest of all SQL; a catalog with another one is rebuilt.

    It covers the version of DuckDB, because `hash` may return other values in another version.

    Args:
        event_versions: Type word to schema version of the folded events, the first left out: a
            new version changes payloads that have already been folded.
    """
    return _version(tuple(event_versions.items()), duckdb.__version__)


@cache
def _version(event_versions: tuple[tuple[str, int], ...], duckdb_version: str) -> str:
    return sha256_json([*map(asdict, projections()), dict(event_versions), duckdb_version])


def connect(database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Open a database to fold into; the caller closes it.

    Args:
        database: Path of a DuckDB file, created if missing.
    """
    # A statement is as fast in one thread as in two; different ones run side by side.
    connection = duckdb.connect(database, config={**CONFIGURATION, "threads": 1})
    _begin_session(connection)
    return connection


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables and the views in a new database."""
    for projection in projections():
        connection.execute(projection.schema)
    for projection in projections():
        connection.execute(projection.views)


def document(connection: duckdb.DuckDBPyConnection) -> None:
    """Attach the documentation to tables, views and columns."""
    for projection in projections():
        connection.execute(projection.comments)


def create_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a new database with empty tables, documented, to fold into; the caller closes it.

    A process makes them once: half a thousand comments take ten times as long as a short history.
    """
    if _blanks:
        path.write_bytes(_blanks[0])
        return connect(str(path))
    connection = connect(str(path))
    connection.execute("begin")
    create(connection)
    document(connection)
    connection.execute("commit")
    connection.execute("checkpoint")
    _blanks.append(path.read_bytes())
    return connection


_blanks: Final[list[bytes]] = []
"""The file of `create_file`, once it was made."""


@contextmanager
def folding(connection: duckdb.DuckDBPyConnection) -> Iterator[Callable[[pa.Table], None]]:
    """Yield a function that folds a range of events into the tables.

    Args:
        connection: The database of `create`, without an open transaction.

    Yields:
        A function of a table with `lineage.ledger.arrow.ARROW_SCHEMA`.
    """
    from lineage.ledger.arrow import EMPTY  # noqa: PLC0415  # start-up time

    shown = _Shown(EMPTY)
    statements = _Statements(connection)

    def fold(new_events: pa.Table) -> None:
        shown.table = new_events
        for statement in _of_any_event():
            statements.execute(statement)
        payloads = new_events["payload"]
        readable = new_events.filter(payloads.is_valid()) if payloads.null_count else new_events
        shown.table = readable
        for statement in _concerning(frozenset(readable["type"].unique().to_pylist())):
            statements.execute(statement)

    connection.register("new_events", shown)
    try:
        yield fold
    finally:
        statements.forget()
        connection.unregister("new_events")


def fold_rows(connection: duckdb.DuckDBPyConnection, rows: Sequence[EventRow]) -> None:
    """Fold few events into the tables, for which Arrow need not be loaded.

    Args:
        connection: The database of `create`.
        rows: At least one event.
    """
    connection.execute(_NEW_EVENTS, list(map(list, zip(*rows, strict=True))))
    for statement in _of_any_event():
        connection.execute(statement)
    readable = frozenset(row.type for row in rows if row.payload is not None)
    connection.execute(_ONLY_READABLE)
    for statement in _concerning(readable):
        connection.execute(statement)
    connection.execute("drop table new_events")


def fold_files(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], *, after: int) -> None:
    """Fold events in Parquet files into the tables, a transaction a statement.

    Args:
        connection: The database of `create`, without an open transaction.
        files: Files with the columns of `lineage.ledger.arrow.ARROW_SCHEMA`.
        after: Only events of later positions.
    """
    names = ", ".join(f"'{_literal(file)}'" for file in files)
    source = f"read_parquet([{names}]) where position > {after:d}"
    connection.execute(f"create view new_events as select * from {source}")  # noqa: S608  # ours
    found = connection.execute("select distinct type from new_events").fetchall()
    types = frozenset(topic for (topic,) in found)
    waiting = iter([*_of_any_event(), *_concerning(types)])
    cursors = [connection.cursor() for _ in range(_WORKERS)]

    def work(cursor: duckdb.DuckDBPyConnection) -> None:
        _begin_session(cursor)
        for statement in waiting:
            cursor.execute(statement)

    pool = ThreadPoolExecutor(_WORKERS)
    try:
        list(pool.map(work, cursors))
    except BaseException:
        for cursor in cursors:
            cursor.interrupt()
        raise
    finally:
        pool.shutdown()
        for cursor in cursors:
            cursor.close()
    connection.execute("drop view new_events")


class _Statements:
    """Executes the same statements repeatedly, and plans each only twice.

    The first time a statement is executed without preparing, which is enough for a few events.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._names: dict[str, str | None] = {}

    def execute(self, statement: str) -> None:
        if statement not in self._names:
            self._names[statement] = None
            self._connection.execute(statement)
            return
        name = self._names[statement]
        if name is None:
            name = self._names[statement] = f"fold_{list(self._names).index(statement)}"
            self._connection.execute(f"prepare {name} as {statement}")
        self._connection.execute(f"execute {name}")

    def forget(self) -> None:
        """Deallocate the prepared statements."""
        for name in filter(None, self._names.values()):
            with suppress(duckdb.Error):  # nothing to deallocate after a failure
                self._connection.execute(f"deallocate {name}")
        self._names = {}


@dataclass(slots=True)
class _Shown:
    """Shows one Arrow table after another under the same name.

    DuckDB keeps registered objects until the transaction ends, so registering each table would
    keep all rows in memory.
    """

    table: pa.Table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def _literal(file: Path) -> str:
    """Return a path as DuckDB takes it in quotes: not as a pattern."""
    return _GLOB.sub(r"[\g<0>]", str(file)).replace("'", "''")


def _of_any_event() -> list[str]:
    """Return the statements that fold events whose payload cannot be read, too."""
    return [fold.statement for fold in projections()[0].folds]


def _concerning(types: frozenset[str]) -> list[str]:
    return [
        fold.statement
        for projection in projections()[1:]
        for fold in projection.folds
        if fold.concerns(types)
    ]


def _parse(file_name: str, script: str) -> Projection:
    named = sections(script)
    return Projection(
        name=file_name.removesuffix(".sql").split("_", 1)[1],
        schema=_COMMENT.sub("", named.get("schema", "")).strip(),
        folds=tuple(_folds(named.get("fold", ""))),
        views=_COMMENT.sub("", named.get("views", "")).strip(),
        comments="\n".join(_COMMENT.findall(script)),
    )


def _folds(script: str) -> list[Fold]:
    statements = (part.strip() for part in _STATEMENT_END.split(script))
    return [Fold(statement=text, types=_types(text)) for text in statements if text]


def _types(statement: str) -> frozenset[str]:
    named = _TYPES.findall(statement)
    return frozenset(re.findall(r"'([a-z_.]+)'", " ".join(named)))


def _begin_session(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_SESSION)
    # in a notebook without widgets there is no bar, and DuckDB refuses to turn it off
    if connection.execute(_SHOWS_PROGRESS).fetchall() == [(True,)]:
        connection.execute("set enable_progress_bar = false")
