"""Questions about datasets, operations and runs, each answered by a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Direction, Edges
from projections.dependency_graph.node_graph import NodeGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of a graph.

    Attributes:
        starts: Ids of the nodes to start from; empty for the whole graph.
        direction: The direction to search.
        depth: Maximum number of steps; None for no limit.
        limit: Maximum number of nodes, nearest to the starts first, or newest first in the whole
            graph; None for no limit.
    """

    starts: tuple[str, ...] = ()
    direction: Direction = "upstream"
    depth: int | None = None
    limit: int | None = None


def dependency_graph(catalog: Catalog, selection: Selection | None = None) -> nx.DiGraph:
    """Return the lineage graph, or the part of it that a selection reaches.

    Every node is visited once, however many paths lead to it.

    Returns:
        Nodes are dataset versions ("uri@sha256"; attributes kind="dataset", uri, sha256, format,
        rows, size_bytes, task_id, run_id), operations ("<run>#<n>"; kind="operation", name,
        status, run_id, task_id) and runs that used or wrote files outside of operations
        ("<run>"; kind="run", name, status, run_id, task_id). All edges between them point from
        source to result and have kind (used, generated, derived, reused) and is_assumed.
        `graph.graph` has the question and the size of the full answer: node_count, edge_count
        and is_truncated.
    """
    wanted = selection or Selection()
    edges = Edges.load(catalog, "edges")
    starts = ids.keys_of(catalog, wanted.starts)
    asked: dict[str, Any] = {"question": "all"}
    if starts:
        reached = edges.reach(ids.keys_in(starts), wanted.direction, wanted.depth)
        keys = edges.nearest(reached, wanted.limit)
        asked = {
            "question": wanted.direction,
            "starts": [*wanted.starts],
            "depth": wanted.depth,
        }
    else:
        reached = edges.everything()
        keys = reached.keys[: wanted.limit]
    drawn = NodeGraph(catalog, edges, keys, reached.rows, starts)
    return drawn.tell(asked, reached.keys.size, edges.count(reached.rows))


def between(
    catalog: Catalog, sources: Sequence[str], targets: Sequence[str], *, limit: int | None = None
) -> nx.DiGraph:
    """Return all nodes on any path from some nodes to others, and the edges between them.

    Args:
        catalog: The catalog to query.
        sources: Ids of the nodes where paths begin.
        targets: Ids of the nodes where they end.
        limit: Maximum number of nodes, nearest to the sources first; None for no limit.

    Returns:
        A graph as from `dependency_graph`, without nodes if there is no path; `graph.graph` has
        answer: "yes" or "no".
    """
    edges = Edges.load(catalog, "edges")
    starts, goals = ids.keys_of(catalog, sources), ids.keys_of(catalog, targets)
    reached = edges.between(ids.keys_in(starts), ids.keys_in(goals))
    keys = edges.nearest(reached, limit)
    drawn = NodeGraph(catalog, edges, keys, reached.rows, at_once(starts, goals))
    asked = {"question": "between", "starts": [*sources], "goals": [*targets]}
    asked["answer"] = "yes" if reached.keys.size else "no"
    return drawn.tell(asked, reached.keys.size, edges.count(reached.rows))


def shortest_path(catalog: Catalog, sources: Sequence[str], targets: Sequence[str]) -> nx.DiGraph:
    """Return a shortest path from some nodes to others; of several, the one recorded first.

    Returns:
        A graph as from `dependency_graph`, without nodes if there is no path; `graph.graph` has
        paths: "none", "one" or "several", and answer: "yes" or "no".
    """
    edges = Edges.load(catalog, "edges")
    starts, goals = ids.keys_of(catalog, sources), ids.keys_of(catalog, targets)
    rows = edges.shortest(ids.keys_in(starts), ids.keys_in(goals))
    asked: dict[str, Any] = {"question": "path", "starts": [*sources], "goals": [*targets]}
    if rows is None:
        drawn = NodeGraph(catalog, edges, ids.keys_in({}), np.empty(0, np.intp))
        return drawn.tell(asked | {"paths": "none", "answer": "no"}, 0, 0)
    ends = at_once(starts, goals)
    way = edges.way(rows) if rows.size else ids.keys_in(ends)[:1]
    drawn = NodeGraph(catalog, edges, way, rows, ends)
    asked["answer"] = "yes"
    edge_count = edges.count(edges.between(ids.keys_in(starts), ids.keys_in(goals)).rows)
    asked["paths"] = "one" if edge_count == rows.size else "several"
    return drawn.tell(asked, way.size, rows.size)


def at_once(starts: Mapping[int, str], goals: Mapping[int, str]) -> dict[int, str]:
    """Return the nodes that are both start and goal."""
    return {key: node for key, node in starts.items() if key in goals}
