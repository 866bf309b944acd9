"""Positions of the nodes of a picture: in layers from left to right, sources first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx

WIDTH: Final = 230
HEIGHT: Final = 44
COLUMN_GAP: Final = 90
ROW_GAP: Final = 16
MARGIN: Final = 24
HEADER: Final = 56
"""Height for title and summary at the top."""
LINE: Final = 16
"""Height of each further line there."""

_SWEEPS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Positions and size of a picture, in pixels.

    Attributes:
        places: Upper left corner of each node.
        width: Of the whole picture.
        height: Of the whole picture.
    """

    places: Mapping[str, tuple[float, float]]
    width: float
    height: float


def layered(
    graph: nx.DiGraph,
    header: int = HEADER,
    sizes: Mapping[str, tuple[float, float]] | None = None,
) -> Layout:
    """Arrange a graph, always the same for an order of nodes and edges.

    Every edge leads to the right, except those that close a cycle.

    Args:
        graph: The graph.
        header: Height that is left free at the top.
        sizes: Width and height of each node; `WIDTH` and `HEIGHT` when None.

    Source: the layers and sweeps of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding
    of Hierarchical System Structures" (1981), without dummy nodes.
    """
    size = sizes or dict.fromkeys(graph, (WIDTH, HEIGHT))
    acyclic = _acyclic(graph)
    layers = _ordered(acyclic, _layers(acyclic))
    heights = [sum(size[node][1] + ROW_GAP for node in layer) - ROW_GAP for layer in layers]
    body = max(heights, default=0)
    places: dict[str, tuple[float, float]] = {}
    left: float = MARGIN
    for layer, height in zip(layers, heights, strict=True):
        top = header + MARGIN + (body - height) / 2
        for node in layer:
            places[node] = (left, round(top, 1))
            top += size[node][1] + ROW_GAP
        left += max((size[node][0] for node in layer), default=0) + COLUMN_GAP
    wide = left - COLUMN_GAP - MARGIN if layers else 0
    return Layout(
        places=places,
        width=max(wide, 2 * WIDTH) + 2 * MARGIN,
        height=header + body + 2 * MARGIN,
    )


def _acyclic(graph: nx.DiGraph) -> nx.DiGraph:
    """Return the graph without the edges that lead back within a cycle."""
    numbers = {node: number for number, node in enumerate(graph)}
    circle: dict[str, int] = {}
    for number, nodes in enumerate(nx.strongly_connected_components(graph)):
        circle |= dict.fromkeys(nodes, number)
    acyclic = nx.DiGraph()
    acyclic.add_nodes_from(graph)
    acyclic.add_edges_from(
        (source, target)
        for source, target in graph.edges
        if circle[source] != circle[target] or numbers[source] < numbers[target]
    )
    return acyclic


def _layers(graph: nx.DiGraph) -> dict[str, int]:
    """Put each node to the right of its sources, and sources close to their results."""
    layers: dict[str, int] = {}
    for node in nx.topological_sort(graph):
        layers[node] = max((layers[source] + 1 for source in graph.predecessors(node)), default=0)
    for node in graph:
        if graph.in_degree(node) == 0 and graph.out_degree(node):
            layers[node] = min(layers[target] for target in graph.successors(node)) - 1
    return layers


def _ordered(graph: nx.DiGraph, layers: Mapping[str, int]) -> list[list[str]]:
    """Order each layer so that neighbours have similar heights."""
    rows: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node in graph:
        rows[layers[node]].append(node)
    heights: dict[str, float] = {}
    for row in rows:
        heights |= _heights(row)
    for sweep in range(_SWEEPS):
        goes_right = sweep % 2 == 0
        for row in rows if goes_right else reversed(rows):
            wanted = {}
            for node in row:
                near = graph.predecessors(node) if goes_right else graph.successors(node)
                places = [heights[other] for other in near]
                wanted[node] = sum(places) / len(places) if places else heights[node]
            row.sort(key=wanted.__getitem__)
            heights |= _heights(row)
    return rows


def _heights(row: Sequence[str]) -> dict[str, float]:
    """Return how far each node is below the middle."""
    return {node: place - (len(row) - 1) / 2 for place, node in enumerate(row)}
