"""A graph as a JSON document."""

from __future__ import annotations

from typing import Any

import networkx as nx


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
