"""The sources of the columns of a query, found in its text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from ops.columns.sql_reader import Reader, Scope
from ops.columns.sql_sources import Relation, Source, Sources, UnknownLineageError, whole

_DIALECT: Final = "duckdb"
_QUOTED: Final = (TokenType.STRING, TokenType.IDENTIFIER)
_TIMES: Final = frozenset({"current_date", "current_time", "current_timestamp"}) | frozenset(
    {"localtime", "localtimestamp"}
)
"""Words that stand for the time of the query."""
_TIME_FUNCTIONS: Final = frozenset(
    {"get_current_time", "get_current_timestamp", "now", "today", "transaction_timestamp", "age"}
)


def query_sources(
    sql: str,
    frames: Mapping[str, Sequence[str]],
    aggregates: Collection[str],
    answer: Sequence[str],
) -> list[Sources] | None:
    """Return the sources of each column of a query.

    Args:
        sql: One query in the SQL of DuckDB.
        frames: The columns of each frame that it may ask.
        aggregates: Names of functions that aggregate, beyond those known everywhere.
        answer: The names of its columns, as DuckDB calls them.

    Returns:
        For each column of the answer at least one source; None if they are not known for sure.
    """
    named = {name.lower(): Relation(_columns_of(name, names)) for name, names in frames.items()}
    schema: dict[str, object] = {
        name: {column: "unknown" for column, _ in relation.columns}
        for name, relation in named.items()
    }
    try:
        parsed = sqlglot.parse_one(sql, dialect=_DIALECT)
        if not isinstance(parsed, exp.Query):
            return None
        query = qualify(parsed, schema=schema, dialect=_DIALECT)
        found = Reader(frozenset(aggregates)).relation(query, Scope(tables=named))
    except (SqlglotError, UnknownLineageError, RecursionError, KeyError, ValueError, TypeError):
        return None  # sqlglot raises all of these for what it does not understand
    return [whole(sources) for _, sources in found.columns] if _fits(query, found, answer) else None


def frames_of(sql: str) -> list[str] | None:
    """Return the frames that a query names, once each; None if it cannot be read.

    Args:
        sql: One query in the SQL of DuckDB.
    """
    try:
        parsed = sqlglot.parse_one(sql, dialect=_DIALECT)
    except (SqlglotError, RecursionError):
        return None
    inner = {cte.alias.lower() for cte in parsed.find_all(exp.CTE)}
    named = [table.name for table in parsed.find_all(exp.Table) if not table.args.get("db")]
    return list(dict.fromkeys(name for name in named if name and name.lower() not in inner))


def is_ordered(sql: str) -> bool:
    """Tell whether a query puts the rows of its answer in some order."""
    try:
        return sqlglot.parse_one(sql, dialect=_DIALECT).args.get("order") is not None
    except (SqlglotError, RecursionError):
        return False


def asks_the_time(sql: str) -> bool:
    """Tell whether a query seems to ask what time it is, so that its answer changes with it."""
    try:
        tokens = sqlglot.tokenize(sql, dialect=_DIALECT)
    except SqlglotError:
        return False
    words = [token.text.lower() for token in tokens if token.token_type not in _QUOTED]
    calls = {word for word, after in pairwise(words) if after == "("}
    return not _TIMES.isdisjoint(words) or not _TIME_FUNCTIONS.isdisjoint(calls)


def _columns_of(frame: str, names: Iterable[str]) -> list[tuple[str, Sources]]:
    return [
        (name.lower(), frozenset({Source((frame, name), "identity", is_direct=True)}))
        for name in names
    ]


def _fits(query: exp.Query, found: Relation, answer: Sequence[str]) -> bool:
    """Tell whether the columns found are those of the answer, as far as names say it."""
    if len(found.columns) != len(answer):
        return False
    named = zip(query.selects, found.columns, answer, strict=False)
    return all(
        name == column.lower()
        for select, (name, _), column in named
        if isinstance(select.unalias(), exp.Column)
    )
