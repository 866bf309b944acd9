"""A graph as GraphML, with typed attributes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import networkx as nx

from lineage.kernel.values import canonical_text
from projections.graph_formats import labels


def render(graph: nx.DiGraph) -> str:
    """Return a GraphML document.

    Unknown values are left out, lists are JSON text, and characters that XML forbids are escaped.
    """
    plain = nx.DiGraph(**_plain(graph.graph))
    plain.add_nodes_from(
        (labels.visible(node), _plain(data)) for node, data in graph.nodes(data=True)
    )
    plain.add_edges_from(
        (labels.visible(source), labels.visible(target), _plain(data))
        for source, target, data in graph.edges(data=True)
    )
    buffer = io.BytesIO()
    nx.write_graphml_xml(plain, buffer)
    return buffer.getvalue().decode()


def _plain(data: Mapping[str, Any]) -> dict[str, str | bool | int | float]:
    return {key: _value(value) for key, value in data.items() if value is not None}


def _value(value: Any) -> str | bool | int | float:
    if isinstance(value, bool | int | float):
        return value
    return labels.visible(value if isinstance(value, str) else canonical_text(value))
