"""Keep queries that people type from columns that hold values, SQL, code or words of programs.

A statement is read by DuckDB itself. It may name tables by their plain names only, and use no
function that reads a table in another way. Each table with such columns is then replaced by a view
that lacks them, wherever it is named. What is executed is the statement as it was changed, and is
read and judged again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from lineage.kernel.errors import QueryError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)
_CLOSING: Final = re.compile(r"create temp view closed_(\w+) as select \* exclude \(([\w, ]+)\).*")
_CLOSED: Final = "closed_"
_READING: Final = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "EMPTY", "TABLE_FUNCTION", "SHOW_REF"}
)
"""How a statement may come by rows."""

_TABLE_FUNCTIONS: Final = frozenset(
    {
        *("unnest", "range", "generate_series", "json_each", "json_tree"),
        *("duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions"),
    }
)
"""Functions that return rows and read no table of the catalog."""

_PLANNING: Final = frozenset({"json_serialize_plan"})
"""Functions that read a table in a statement that is a text."""

_REMEDY: Final = "ask on a server that may write, which records the question, or `lineage query`"


@cache
def closed_columns() -> dict[str, tuple[str, ...]]:
    """Return table or view to its columns that are closed."""
    return {name: tuple(columns.split(", ")) for name, columns in _CLOSING.findall(_SQL["close"])}


def close(catalog: Catalog, sql: str) -> str:
    """Return a statement that does what another one does, without the closed columns.

    Args:
        catalog: The catalog that is asked; it gets the views that the statement names.
        sql: The statement.

    Raises:
        QueryError: It could reach them, or it cannot be told.
    """
    tree = _judged(_parsed(catalog, sql))
    used = set()
    for node in [*_nodes(tree["statements"])]:
        name = str(node.get("table_name", "")).lower()
        if node.get("type") == "BASE_TABLE" and name in closed_columns():
            used.add(name)
            node |= {"table_name": _CLOSED + name, "alias": node["alias"] or node["table_name"]}
    _require_other_names(tree, used)
    (row,) = catalog.sql(_SQL["written"], {"tree": json.dumps(tree)}).rows()
    written: str = row["text"]
    for node in _nodes(_judged(_parsed(catalog, written))["statements"]):
        name = str(node.get("table_name", "")).lower()
        if node.get("type") == "BASE_TABLE" and name in closed_columns():
            raise _refused(name)
    views = (one[0] for one in _CLOSING.finditer(_SQL["close"]) if one[1] in used)
    catalog.before_each_query("\n".join(views))
    return written


def explained(catalog: Catalog, sql: str, error: QueryError) -> QueryError:
    """Return why a statement failed: that it names a closed column, if it does."""
    tree = _parsed(catalog, sql)
    closed = {name for names in closed_columns().values() for name in names}
    named = {
        node["column_names"][-1]
        for node in _nodes(tree.get("statements", []))
        if node.get("type") == "COLUMN_REF" and node.get("column_names")
    }
    found = sorted(name for name in named if name.lower() in closed)
    if not found:
        return error
    return QueryError(
        "query",
        problem=f"{', '.join(found)} may hold values and is withheld by a server that only reads"
        if len(found) == 1
        else f"{', '.join(found)} may hold values and are withheld by a server that only reads",
        remedy=_REMEDY,
    )


def _judged(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a parsed statement.

    Raises:
        QueryError: It could reach closed columns, or it cannot be told.
    """
    if tree["error"]:
        raise QueryError(
            "query",
            problem=str(tree["error_message"]),
            expected="one SELECT; this server only reads, so others cannot be judged",
        )
    for node in _nodes(tree["statements"]):
        _check(node)
    return tree


def _require_other_names(tree: dict[str, Any], used: set[str]) -> None:
    """Refuse a statement that calls a part of itself as a table that it names."""
    for node in _nodes(tree["statements"]):
        parts = (node.get("cte_map") or {}).get("map", [])
        twice = sorted({str(part["key"]).lower() for part in parts} & used)
        if twice:
            raise QueryError(
                f"{twice[0]} of the query",
                problem="the catalog has a table of that name",
                remedy="call it something else",
            )


def _parsed(catalog: Catalog, sql: str) -> dict[str, Any]:
    (row,) = catalog.sql(_SQL["parse"], {"sql": sql}).rows()
    tree: dict[str, Any] = row["tree"]
    return tree


def _check(node: dict[str, Any]) -> None:
    if node.get("schema_name") or node.get("catalog_name"):
        place = ".".join(filter(None, (node.get("catalog_name"), node.get("schema_name"))))
        raise QueryError(
            f"{place}.{node.get('table_name', '')}",
            problem="this server only reads, and withholds columns that may hold values",
            expected="a table by its plain name",
            remedy=_REMEDY,
        )
    is_source = "sample" in node and "modifiers" not in node
    if is_source and node.get("type") not in _READING:
        raise _refused(str(node.get("type")).lower().replace("_", " "))
    function = str(node.get("function_name", "")).lower()
    if function in _PLANNING:
        raise _refused(f"{function}()")
    if node.get("type") == "TABLE_FUNCTION":
        called = node["function"]
        name = str(called.get("function_name", "")).lower()
        if (
            called.get("class") != "FUNCTION"
            or called.get("schema")
            or name not in _TABLE_FUNCTIONS
        ):
            raise _refused(f"{name}()")


def _refused(what: str) -> QueryError:
    return QueryError(
        what,
        problem="it could reach columns that are withheld by a server that only reads",
        remedy=_REMEDY,
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of a parsed statement."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
