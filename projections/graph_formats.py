"""A lineage graph as text: JSON, Mermaid, DOT."""

from __future__ import annotations

from typing import Any, Final, Literal

import networkx as nx

from lineage.kernel.values import JsonValue, document_text

GraphFormat = Literal["json", "mermaid", "dot"]

SHORT_DIGEST: Final = 8
_MERMAID_SHAPES: Final = {"dataset": '[("{}")]', "operation": '["{}"]', "run": '(["{}"])'}
_MERMAID_ESCAPES: Final = {
    **{ord(character): f"#{ord(character)};" for character in '#&<>"`'},
    **dict.fromkeys(map(ord, "\r\n\t\v\f\x85\u2028\u2029"), " "),
}
_DOT_SHAPES: Final = {"dataset": "cylinder", "operation": "box", "run": "oval"}


def render(graph: nx.DiGraph, text_format: GraphFormat) -> str:
    """Return a graph of `dependency_graph` as text, the same text for the same graph.

    Args:
        graph: The graph.
        text_format: "json": an object with nodes and edges; "mermaid": a flowchart; "dot": a
            Graphviz digraph. An edge that is only assumed is dashed.
    """
    match text_format:
        case "json":
            return document_text(to_json(graph))
        case "mermaid":
            return _mermaid(graph)
        case "dot":
            return _dot(graph)


def to_json(graph: nx.DiGraph) -> dict[str, JsonValue]:
    """Return a graph as an object with the keys nodes (each with id) and edges."""
    return {
        "nodes": [{"id": node, **data} for node, data in graph.nodes(data=True)],
        "edges": [
            {"source": source, "target": target, **data}
            for source, target, data in graph.edges(data=True)
        ],
    }


def _mermaid(graph: nx.DiGraph) -> str:
    numbers = {node: f"n{i}" for i, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for node, data in graph.nodes(data=True):
        shape = _MERMAID_SHAPES[data["kind"]]
        lines.append(f"  {numbers[node]}{shape.format(_mermaid_text(_label(node, data)))}")
    for source, target, data in graph.edges(data=True):
        arrow = "-.->" if data["is_assumed"] else "-->"
        lines.append(f"  {numbers[source]} {arrow}|{data['kind']}| {numbers[target]}")
    return "\n".join(lines) + "\n"


def _dot(graph: nx.DiGraph) -> str:
    lines = ["digraph lineage {", "  rankdir=LR;"]
    for node, data in graph.nodes(data=True):
        label = _dot_text("\n".join(_label(node, data)))
        lines.append(f"  {_dot_text(node)} [label={label}, shape={_DOT_SHAPES[data['kind']]}];")
    for source, target, data in graph.edges(data=True):
        style = ", style=dashed" if data["is_assumed"] else ""
        ends = f"{_dot_text(source)} -> {_dot_text(target)}"
        lines.append(f"  {ends} [label={_dot_text(data['kind'])}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: str, data: dict[str, Any]) -> tuple[str, ...]:
    if data["kind"] == "dataset":
        uri, _, digest = node.rpartition("@")
        return (uri, digest[:SHORT_DIGEST])
    name = data.get("name") or node
    return (f"{data.get('task_id') or '?'}: {name}", f"run {node[:SHORT_DIGEST]}")


def _mermaid_text(lines: tuple[str, ...]) -> str:
    return "<br/>".join(line.translate(_MERMAID_ESCAPES) for line in lines)


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
