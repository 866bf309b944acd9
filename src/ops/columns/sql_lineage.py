"""The sources of the columns of a query, found in its text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from ops.columns.sql_reader import Reader, Scope
from ops.columns.sql_sources import Relation, Source, Sources, UnknownLineageError, whole

_DIALECT: Final = "duckdb"


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
