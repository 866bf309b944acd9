"""Export formats of a lineage graph: text, pictures, and a web page.

One module per format; pictures share `labels` (texts) and `layout` (positions). The same graph
always gives the same bytes. Nothing here queries a catalog.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

from lineage.kernel.values import document_text

if TYPE_CHECKING:
    import networkx as nx

TextFormat = Literal["json", "mermaid", "dot", "svg", "html", "graphml"]
GraphFormat = Literal[TextFormat, "png"]

PICTURED_NODES: Final = 200
"""Default number of nodes that is still readable."""

PAGE_NODES: Final = 2_000
"""Default number of nodes that a browser draws without delay."""


def render(graph: nx.DiGraph, text_format: TextFormat) -> str:
    """Return a graph of `projections.dependency_graph` as text, always the same for a graph.

    Args:
        graph: The graph.
        text_format: "json": an object with nodes and edges; "mermaid": a flowchart; "dot": a
            Graphviz digraph; "svg": a picture; "html": a self-contained page;
            "graphml": for graph software. Assumed edges are dashed.
    """
    if text_format == "json":
        return document_text(to_json(graph))
    return str(_render(graph, text_format))


def encode(graph: nx.DiGraph, graph_format: GraphFormat) -> bytes:
    """Return a graph as the content of a file."""
    if graph_format == "png":
        return bytes(_render(graph, graph_format))
    return render(graph, graph_format).encode()


def default_limit(graph_format: GraphFormat) -> int | None:
    """Return the default maximum number of nodes of a format; None for all."""
    match graph_format:
        case "json" | "dot" | "graphml":
            return None
        case "html":
            return PAGE_NODES
    return PICTURED_NODES


def to_json(graph: nx.DiGraph) -> dict[str, Any]:
    """Return a graph as an object: question, size of the answer, nodes (with id) and edges."""
    return {
        **graph.graph,
        "nodes": [{"id": node, **data} for node, data in graph.nodes(data=True)],
        "edges": [
            {"source": source, "target": target, **data}
            for source, target, data in graph.edges(data=True)
        ],
    }


def _render(graph: nx.DiGraph, graph_format: GraphFormat) -> Any:
    # Only the module of this format is imported, since a server starts before it draws.
    return import_module(f"{__name__}.{graph_format}").render(graph)


__all__ = [
    "GraphFormat",
    "TextFormat",
    "default_limit",
    "encode",
    "render",
    "to_json",
]
