"""A graph as a picture in SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import networkx as nx

from projections.graph_formats import labels
from projections.graph_formats.layout import HEADER, HEIGHT, LINE, MARGIN, WIDTH, Layout, layered

NOTE: Final = (
    "dashed line: assumed or indirect; dashed box: not on disk, or of unknown content; "
    "thick box: what was asked about"
)

LETTERS: Final = 32
"""Maximum letters in a node's first line; a letter is about 6.5 pixels wide."""

SMALL_LETTERS: Final = 40

LONG: Final = 80
"""Maximum letters in a line above the picture."""

WARNING: Final = "#A13A00"
"""Colour of warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """How nodes of a kind look: colours of Okabe and Ito, distinguishable by the colour-blind.

    Attributes:
        line: Colour of the frame.
        fill: Colour of the box.
        corner: Radius of its corners.
    """

    line: str
    fill: str
    corner: int


PAINTS: Final[Mapping[str, Paint]] = {
    "dataset": Paint(line="#0072B2", fill="#E5F1F8", corner=14),
    "operation": Paint(line="#B35900", fill="#FDF1E0", corner=0),
    "run": Paint(line="#006B4F", fill="#E2F4EE", corner=22),
    "column": Paint(line="#5B3A8C", fill="#F0EBF7", corner=6),
    "stub": Paint(line="#57606A", fill="#FFFFFF", corner=14),
}


def render(graph: nx.DiGraph) -> str:
    """Return a complete SVG file."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + picture(graph)


def picture(graph: nx.DiGraph, *, ids: str = "") -> str:
    """Return an SVG element, for a page.

    Args:
        graph: The graph.
        ids: What the ids of this picture begin with, if the page has other pictures.
    """
    layout = layered(graph, HEADER + len(labels.warnings_of(graph)) * LINE)
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="{ids}title {ids}desc" '
        'font-family="sans-serif">'
    )
    lines = [
        opening,
        f'<title id="{ids}title">{text(labels.title_of(graph))}</title>',
        f'<desc id="{ids}desc">{text(description_of(graph))}</desc>',
        '<rect width="100%" height="100%" fill="#FFFFFF"/>',
        *_headings(graph),
        *elements(graph, layout),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def description_of(graph: nx.DiGraph) -> str:
    """Return a description for readers who cannot see the picture."""
    about = f"{labels.summary_of(graph)}. Sources are left of their results; {NOTE}."
    return " ".join([about, *labels.warnings_of(graph)])


def elements(graph: nx.DiGraph, layout: Layout) -> Iterator[str]:
    """Yield arrow head, edges and nodes, each numbered in the order of the graph."""
    yield (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555555"/></marker></defs>'
    )
    for number, (source, target, data) in enumerate(graph.edges(data=True)):
        yield _edge(number, curve(layout, source, target), data)
    asked = labels.asked_about(graph)
    for number, (node, data) in enumerate(graph.nodes(data=True)):
        yield from _node(number, node, data, layout.places[node], is_asked=node in asked)


def curve(layout: Layout, source: str, target: str) -> tuple[float, ...]:
    """Return start, two control points and end of an edge, x and y in turn."""
    left, top = layout.places[source]
    right, bottom = layout.places[target]
    x0, y0, x1, y1 = left + WIDTH, top + HEIGHT / 2, right, bottom + HEIGHT / 2
    bend = max(abs(x1 - x0) / 2, 40)
    return x0, y0, x0 + bend, y0, x1 - bend, y1, x1, y1


def is_dashed(node: str, data: Mapping[str, Any]) -> bool:
    """Tell whether facts about a node are unknown."""
    is_unread = data["kind"] == "dataset" and node.endswith("@unknown")
    return is_unread or bool(data.get("is_missing")) or data.get("origin") == "undeclared"


def is_certain(data: Mapping[str, Any]) -> bool:
    """Tell whether values certainly passed along an edge."""
    return bool(data.get("is_direct", True)) and not data["is_assumed"]


def text(value: str) -> str:
    """Return text escaped for XML, between tags or in quotes."""
    return escape(labels.visible(value))


def _headings(graph: nx.DiGraph) -> Iterator[str]:
    title = text(labels.shortened(labels.title_of(graph), LONG))
    yield f'<text x="{MARGIN}" y="28" font-size="16" fill="#111111">{title}</text>'
    note = text(f"{labels.summary_of(graph)}; {NOTE}")
    yield f'<text x="{MARGIN}" y="50" font-size="11" fill="#444444">{note}</text>'
    for line, warning in enumerate(labels.warnings_of(graph), 1):
        shown = text(labels.shortened(warning, LONG))
        height = HEADER + line * LINE
        yield f'<text x="{MARGIN}" y="{height}" font-size="11" fill="{WARNING}">{shown}</text>'


def _edge(number: int, points: tuple[float, ...], data: Mapping[str, Any]) -> str:
    x0, y0, x1, y1, x2, y2, x3, y3 = (f"{point:g}" for point in points)
    dashes = "" if is_certain(data) else ' stroke-dasharray="5 4"'
    return (
        f'<path class="edge" data-i="{number}" d="M{x0} {y0}C{x1} {y1} {x2} {y2} {x3} {y3}" '
        f'fill="none" stroke="#555555" stroke-width="1.2"{dashes} marker-end="url(#arrow)">'
        f"<title>{text(labels.edge_words(data))}</title></path>"
    )


def _node(
    number: int,
    node: str,
    data: Mapping[str, Any],
    place: tuple[float, float],
    *,
    is_asked: bool,
) -> Iterator[str]:
    paint = PAINTS[data["kind"]]
    heading, facts = labels.short_lines_of(node, data)
    dashes = ' stroke-dasharray="6 4"' if is_dashed(node, data) else ""
    yield (
        f'<g class="node" data-i="{number}" transform="translate({place[0]:g} {place[1]:g})">'
        f"<title>{text(data['kind'])} {text(node)}</title>"
    )
    yield (
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="{paint.corner}" fill="{paint.fill}" '
        f'stroke="{paint.line}" stroke-width="{3.5 if is_asked else 1.5}"{dashes}/>'
    )
    for height, size, colour, line in (
        (18, 12, "#111111", labels.shortened(labels.visible(heading), LETTERS)),
        (34, 10, "#333333", labels.shortened(labels.visible(facts), SMALL_LETTERS)),
    ):
        yield (
            f'<text x="12" y="{height}" font-size="{size}" fill="{colour}" '
            f'unicode-bidi="isolate">{text(line)}</text>'
        )
    yield "</g>"
