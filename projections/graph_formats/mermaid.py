"""A graph as a Mermaid flowchart."""

from __future__ import annotations

from typing import Final

import networkx as nx

from projections.graph_formats import labels

_SHAPES: Final = {
    "dataset": '[("{}")]',
    "operation": '["{}"]',
    "run": '(["{}"])',
    "column": '("{}")',
    "stub": '{{{{"{}"}}}}',
}
_ESCAPES: Final = {
    **{ord(character): f"#{ord(character)};" for character in '#&<>"`'},
    **dict.fromkeys(map(ord, "\r\n\t\v\f\x85\u2028\u2029"), " "),
}


def render(graph: nx.DiGraph) -> str:
    """Return a flowchart: assumed or indirect edges are dashed, the nodes asked about bold."""
    numbers = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    if graph.graph.get("is_truncated"):
        lines.append(f'  note>"{_text(labels.summary_of(graph))}"]')
    warnings = labels.warnings_of(graph)
    if warnings:
        lines.append(f'  warning>"{"<br/>".join(map(_text, warnings))}"]')
    for node, data in graph.nodes(data=True):
        text = "<br/>".join(map(_text, labels.lines_of(node, data)))
        lines.append(f"  {numbers[node]}{_SHAPES[data['kind']].format(text)}")
    for source, target, data in graph.edges(data=True):
        is_certain = data.get("is_direct", True) and not data["is_assumed"]
        arrow = "-->" if is_certain else "-.->"
        words = _text(", ".join(data.get("effects") or [data["kind"]]))
        label = words if words.isalpha() else f'"{words}"'
        lines.append(f"  {numbers[source]} {arrow}|{label}| {numbers[target]}")
    asked = labels.asked_about(graph)
    if asked:
        bold = ",".join(numbers[node] for node in graph if node in asked)
        lines += ["  classDef asked stroke-width:4px", f"  class {bold} asked"]
    return "\n".join(lines) + "\n"


def _text(line: str) -> str:
    return labels.visible(line.translate(_ESCAPES))
