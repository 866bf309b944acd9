"""Draw a lineage graph as a tree of text: each file above what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import networkx as nx

from lineage.cli.screen import console, layout
from projections.graph_formats import labels

_DOWN: Final = "downstream"


def print_tree(graph: nx.DiGraph) -> None:
    """Print a graph from its results to its sources; from the source, if that was the question.

    A node that occurs again is named again, with a reference instead of its branches. Steps that
    are assumed or indirect say so.
    """
    for prefix, text, style in _lines(graph, console.out().width):
        console.print_plain_line((prefix, "dim"), (text, style))


def _lines(graph: nx.DiGraph, width: int) -> Iterator[tuple[str, str, str]]:
    is_down = graph.graph.get("question") == _DOWN
    following = graph.successors if is_down else graph.predecessors
    degree = graph.in_degree if is_down else graph.out_degree
    asked = labels.asked_about(graph)
    drawn: set[str] = set()
    # nodes of a circle have no beginning: the first of them begins it
    for root in (*(n for n in graph if degree(n) == 0), *graph):
        if root in drawn:
            continue
        waiting: list[tuple[str, str, str, str]] = [(root, "", "", "")]
        while waiting:
            node, prefix, indent, mark = waiting.pop()
            again = node in drawn
            parts = list(following(node))
            drawn.add(node)
            stem = indent + ("\u2502  " if parts and not again else "   ")
            style = "bold" if node in asked else ""
            yield from _node_lines(graph, node, (prefix, stem, mark, again), (width, style))
            if again:
                continue
            for number, part in enumerate(reversed(parts)):
                step = graph.edges[(node, part) if is_down else (part, node)]
                branch, below = (
                    ("\u2514\u2500 ", "   ") if number == 0 else ("\u251c\u2500 ", "\u2502  ")
                )
                waiting.append((part, indent + branch, indent + below, _mark(step)))


def _mark(step: dict[str, object]) -> str:
    if step["kind"] == "hidden":
        return f"{step['hidden']} hidden between"
    if step["is_assumed"]:
        return "assumed"
    return "" if step.get("is_direct", True) else "indirect"


def _node_lines(
    graph: nx.DiGraph,
    node: str,
    place: tuple[str, str, str, bool],
    look: tuple[int, str],
) -> Iterator[tuple[str, str, str]]:
    """Yield the lines of a node: its name and, where there is room beside it, its facts."""
    prefix, stem, mark, again = place
    width, style = look
    heading, facts = map(labels.visible, labels.lines_of(node, graph.nodes[node]))
    facts = ", ".join(filter(None, ("drawn above" if again else facts, mark)))
    whole = f"{heading}  {facts}".rstrip()
    if layout.cells(prefix + whole) <= width:
        yield prefix, whole, style
        return
    yield prefix, heading, style
    for line in layout.wrap(facts, max(width - len(stem), 1)):
        yield stem, line, "dim"
