"""A graph as a self-contained page: no network, no library, no server."""

from __future__ import annotations

import base64
import json
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Final

import networkx as nx

from lineage.kernel.digest import sha256_bytes
from lineage.kernel.values import to_json
from projections.graph_formats import labels, svg
from projections.graph_formats.layout import HEIGHT, WIDTH, Layout, layered

_UNSAFE: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""Characters that could end a script element, or begin a comment in it."""


def render(graph: nx.DiGraph) -> str:
    """Return a page to pan, zoom and search, which highlights the lineage of a clicked node.

    Its content security policy allows only its own script and style.
    """
    layout = layered(graph)
    script, style = _resource("page.js"), _resource("page.css")
    return Template(_resource("page.html")).substitute(
        title=svg.text(labels.title_of(graph)),
        summary=svg.text(labels.summary_of(graph)),
        summary_class="truncated" if graph.graph.get("is_truncated") else "whole",
        warning=svg.text(" ".join(labels.warnings_of(graph))),
        description=svg.text(svg.description_of(graph)),
        note=svg.text(svg.NOTE),
        width=f"{layout.width:g}",
        height=f"{layout.height:g}",
        elements="\n".join(svg.elements(graph, layout)),
        data=json.dumps(_data(graph, layout), ensure_ascii=False).translate(_UNSAFE),
        script=script,
        script_hash=policy_hash(script),
        style=style,
        style_hash=policy_hash(style),
    )


def policy_hash(text: str) -> str:
    """Return what a content security policy calls a script or style that it allows."""
    digest = bytes.fromhex(sha256_bytes(text.encode()))
    return f"sha256-{base64.b64encode(digest).decode()}"


def _data(graph: nx.DiGraph, layout: Layout) -> dict[str, Any]:
    """Return what the script needs; nodes and edges are numbered in the order of the graph."""
    numbers = {node: number for number, node in enumerate(graph)}
    nodes = []
    for node, data in graph.nodes(data=True):
        facts = {key: labels.visible(value) for key, value in labels.facts_of(node, data).items()}
        words = " ".join(facts.values()).lower()
        nodes.append({"place": layout.places[node], "facts": facts, "words": words})
    edges = [(numbers[source], numbers[target]) for source, target in graph.edges]
    document = {
        "nodes": nodes,
        "edges": edges,
        "width": layout.width,
        "height": layout.height,
        "box": (WIDTH, HEIGHT),
    }
    return {key: to_json(value) for key, value in document.items()}


@cache
def _resource(name: str) -> str:
    return resources.files("projections.graph_formats").joinpath(name).read_text("utf-8")
