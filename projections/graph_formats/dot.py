"""A graph in Graphviz's DOT language."""

from __future__ import annotations

from typing import Final

import networkx as nx

from projections.graph_formats import labels

_SHAPES: Final = {
    "dataset": "cylinder",
    "operation": "box",
    "run": "oval",
    "column": "box, style=rounded",
    "stub": "box, style=dotted",
}


def render(graph: nx.DiGraph) -> str:
    """Return a digraph: assumed or indirect edges are dashed, the nodes asked about bold."""
    lines = ["digraph lineage {", "  rankdir=LR;"]
    heading = labels.warnings_of(graph)
    if graph.graph.get("is_truncated"):
        heading.insert(0, labels.summary_of(graph))
    if heading:
        lines.append("  label=" + _text("\n".join(heading)) + ";")
    asked = labels.asked_about(graph)
    for node, data in graph.nodes(data=True):
        label = _text("\n".join(labels.lines_of(node, data)))
        bold = ", penwidth=3" if node in asked else ""
        lines.append(f"  {_text(node)} [label={label}, shape={_SHAPES[data['kind']]}{bold}];")
    for source, target, data in graph.edges(data=True):
        is_certain = data.get("is_direct", True) and not data["is_assumed"]
        style = "" if is_certain else ", style=dashed"
        words = _text(", ".join(data.get("effects") or [data["kind"]]))
        lines.append(f"  {_text(source)} -> {_text(target)} [label={words}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{labels.visible(escaped)}"'
