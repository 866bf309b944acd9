"""Export formats of a lineage graph: text, pictures, and a web page.

One module per format; pictures share `labels` (texts) and `layout` (positions). The same graph
always gives the same bytes. Nothing here queries a catalog.
"""

from __future__ import annotations

from typing import Final, Literal

import networkx as nx

from lineage.kernel.values import document_text
from projections.graph_formats import dot, graphml, html, mermaid, png, svg
from projections.graph_formats.document import to_json

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
    match text_format:
        case "json":
            return document_text(to_json(graph))
        case "mermaid":
            return mermaid.render(graph)
        case "dot":
            return dot.render(graph)
        case "svg":
            return svg.render(graph)
        case "html":
            return html.render(graph)
        case "graphml":
            return graphml.render(graph)


def encode(graph: nx.DiGraph, graph_format: GraphFormat) -> bytes:
    """Return a graph as the content of a file."""
    return png.render(graph) if graph_format == "png" else render(graph, graph_format).encode()


def default_limit(graph_format: GraphFormat) -> int | None:
    """Return the default maximum number of nodes of a format; None for all."""
    match graph_format:
        case "json" | "dot" | "graphml":
            return None
        case "html":
            return PAGE_NODES
    return PICTURED_NODES


__all__ = [
    "GraphFormat",
    "TextFormat",
    "default_limit",
    "encode",
    "render",
    "to_json",
]
