"""Searches for nodes: what lies up- or downstream, between others, or on a shortest path.

Nodes are the 64-bit keys of the catalog. DuckDB searches, so that the cost follows the nodes
reached, and only what is shown becomes Python objects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final, Literal

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog

Direction = Literal["upstream", "downstream"]
View = Literal["edges", "column_steps"]
Keys = Collection[int]

SQL: Final = statements(__name__)
ENDS: Final[Mapping[Direction, Mapping[str, str]]] = {
    "upstream": {"near": "target_key", "far": "source_key"},
    "downstream": {"near": "source_key", "far": "target_key"},
}
"""The end at which a search arrives at a step, and the end it goes on to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of a graph that answers a question.

    Attributes:
        keys: The nodes to show, nearest to the starts first.
        edges: The steps between them: source, target and position.
        node_count: Number of all nodes of the answer.
        edge_count: Number of all edges between these.
    """

    keys: list[int]
    edges: list[dict[str, Any]]
    node_count: int
    edge_count: int


def reach(
    catalog: Catalog,
    starts: Keys,
    direction: Direction,
    *,
    view: View = "edges",
    depth: int | None = None,
    limit: int | None = None,
) -> Part:
    """Find all nodes in a direction, including the starts.

    Args:
        catalog: The catalog to query.
        starts: Where to begin.
        direction: "upstream" against the edges, "downstream" along them.
        view: Which graph.
        depth: Maximum distance; None for no limit.
        limit: Maximum number of nodes to show, nearest first, then newest; None for no limit.
    """
    sql = statement("steps", "reached", "up_to_depth", "kept", "nodes")
    values = {"starts": [*starts], "depth": depth, "limit": limit}
    return _answer(catalog, sql.format(view=view, **ENDS[direction]), values)


def between(catalog: Catalog, starts: Keys, goals: Keys, *, limit: int | None = None) -> Part:
    """Find all nodes on any path downstream from some nodes to others; limit as for `reach`."""
    sql = statement("steps", "reached", "between", "kept", "nodes")
    values = {"starts": [*starts], "goals": [*goals], "depth": None, "limit": limit}
    return _answer(catalog, sql.format(view="edges", **ENDS["downstream"]), values)


def shortest(catalog: Catalog, starts: Keys, goals: Keys) -> Part:
    """Find a shortest path downstream from some nodes to others.

    Returns:
        Its edges in order, and their targets; of several paths the one recorded first. The counts
        are those of `between`: no nodes means no path.
    """
    sql = statement("steps", "reached", "between", "path")
    values = {"starts": [*starts], "goals": [*goals], "depth": None}
    part = _answer(catalog, sql.format(view="edges", **ENDS["downstream"]), values)
    return replace(part, edges=sorted(part.edges, key=lambda edge: part.keys.index(edge["target"])))


def everything(catalog: Catalog, *, limit: int | None = None) -> Part:
    """Return all nodes, those of the latest edges first."""
    sql = statement("steps", "all", "kept", "nodes")
    return _answer(catalog, sql.format(view="edges"), {"limit": limit})


def rows_by_part(
    catalog: Catalog, sql: str, parameters: Mapping[str, object]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a statement by what they are."""
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in catalog.rows(sql, parameters):
        parts[row["part"]].append(row)
    return parts


def common(parts: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the fields of a `Part` from the rows of a statement."""
    (size,) = parts["size"]
    return {
        "keys": [row["source"] for row in sorted(parts["node"], key=itemgetter("position"))],
        "edges": parts["edge"],
        "node_count": size["source"],
        "edge_count": size["target"],
    }


def statement(*parts: str, columns: Mapping[str, str] | None = None) -> str:
    """Return a statement of parts by name, from `columns` or else from `search.sql`."""
    return "\n".join({**SQL, **(columns or {})}[part] for part in parts)


def _answer(catalog: Catalog, sql: str, parameters: Mapping[str, object]) -> Part:
    return Part(**common(rows_by_part(catalog, sql, parameters)))
