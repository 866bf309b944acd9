"""Questions about datasets, operations and runs, each answered by a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any

import networkx as nx

from projections.catalog import Catalog
from projections.dependency_graph import ids, search
from projections.dependency_graph.node_graph import NodeGraph
from projections.dependency_graph.search import Direction, Part


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
        status, run_id, task_id, started_at) and runs that used or wrote files outside of operations
        ("<run>"; kind="run", with the same attributes). All edges between them point from
        source to result and have kind (used, generated, derived, reused) and is_assumed.
        `graph.graph` has the question and the size of the full answer: node_count, edge_count
        and is_truncated.
    """
    wanted = selection or Selection()
    if not wanted.starts:
        part = search.everything(catalog, limit=wanted.limit)
        return _told(NodeGraph(catalog, part), part, {"question": "all"})
    starts = ids.keys_of(catalog, wanted.starts)
    part = search.reach(catalog, starts, wanted.direction, depth=wanted.depth, limit=wanted.limit)
    asked = {"question": wanted.direction, "starts": [*wanted.starts], "depth": wanted.depth}
    return _told(NodeGraph(catalog, part, starts), part, asked)


def around(
    catalog: Catalog,
    starts: Sequence[str],
    *,
    depth: int | None = None,
    limit: int | None = None,
) -> nx.DiGraph:
    """Return what lies upstream and downstream of some nodes.

    Args:
        catalog: The catalog to query.
        starts: Ids of the nodes in the middle.
        depth: Maximum number of steps each way; None for no limit.
        limit: Maximum number of nodes, nearest first, each way in turn; None for no limit.

    Returns:
        A graph as from `dependency_graph`. If it is truncated, node_count and edge_count are those
        of both ways together, where what lies on both counts twice.
    """
    keys = ids.keys_of(catalog, starts)
    ways: tuple[Direction, ...] = ("upstream", "downstream")
    parts = [search.reach(catalog, keys, way, depth=depth, limit=limit) for way in ways]
    mixed = chain.from_iterable(zip_longest(*(part.keys for part in parts)))
    every = [*dict.fromkeys(key for key in mixed if key is not None)]
    shown = every[:limit]
    edges = [
        edge
        for part in parts
        for edge in part.edges
        if {edge["source"], edge["target"]} <= {*shown}
    ]
    is_whole = shown == every and all(part.node_count == len(part.keys) for part in parts)
    count = sum(part.node_count for part in parts) - len(keys)
    whole = Part(
        keys=shown,
        edges=edges,
        node_count=len(shown) if is_whole else max(count, len(shown) + 1),
        edge_count=sum(part.edge_count for part in parts),
    )
    drawn = NodeGraph(catalog, whole, keys)
    if is_whole:
        whole = replace(whole, edge_count=drawn.graph.number_of_edges())
    return _told(drawn, whole, {"question": "around", "starts": [*starts], "depth": depth})


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
    starts, goals = ids.keys_of(catalog, sources), ids.keys_of(catalog, targets)
    part = search.between(catalog, starts, goals, limit=limit)
    asked = {"question": "between", "starts": [*sources], "goals": [*targets]}
    asked["answer"] = "yes" if part.keys else "no"
    return _told(NodeGraph(catalog, part, at_once(starts, goals)), part, asked)


def shortest_path(catalog: Catalog, sources: Sequence[str], targets: Sequence[str]) -> nx.DiGraph:
    """Return a shortest path from some nodes to others; of several, the one recorded first.

    Returns:
        A graph as from `dependency_graph`, without nodes if there is no path; `graph.graph` has
        paths: "none", "one" or "several", and answer: "yes" or "no".
    """
    starts, goals = ids.keys_of(catalog, sources), ids.keys_of(catalog, targets)
    part = search.shortest(catalog, starts, goals)
    ends = at_once(starts, goals)
    keys = [part.edges[0]["source"], *part.keys] if part.edges else [*ends][:1]
    way = replace(part, keys=keys, node_count=len(keys), edge_count=len(part.edges))
    asked = {
        "question": "path",
        "starts": [*sources],
        "goals": [*targets],
        "answer": "yes" if keys else "no",
        "paths": paths(part, len(part.edges)),
    }
    return _told(NodeGraph(catalog, way, ends), way, asked)


def at_once(starts: Mapping[int, str], goals: Mapping[int, str]) -> dict[int, str]:
    """Return the nodes that are both start and goal."""
    return {key: node for key, node in starts.items() if key in goals}


def paths(part: Part, steps: int) -> str:
    """Return how many paths there are from starts to goals: none, one or several.

    Args:
        part: All that lies between them.
        steps: Length of a shortest path.
    """
    if not part.node_count:
        return "none"
    return "one" if part.edge_count == steps else "several"


def _told(drawn: NodeGraph, part: Part, asked: dict[str, Any]) -> nx.DiGraph:
    return drawn.tell(asked, part.node_count, part.edge_count)
