"""The picture of a page as SVG: the same boxes, columns and ways at the same places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from projections.graph_formats import boxes, component
from projections.graph_formats.boxes import LINE, ROW, TITLE, Drawing
from projections.graph_formats.svg import text

_HEADER: Final = 56
_NOTE: Final = (
    "hatched: not known, undeclared, erased or not on disk; dashed: assumed, or it only chose rows "
    "or values; dotted: what lies beyond; thick: asked about; outlined column: an operation hid "
    "the values"
)


def render(drawing: Drawing, *, title: str) -> str:
    """Return a complete SVG file, in the colours of the light page.

    Args:
        drawing: The picture.
        title: What it shows.
    """
    document = boxes.to_document(drawing)
    width, height = document["width"], document["height"] + _HEADER
    ends: dict[str, tuple[float, float, float]] = {}
    shown = [line for box in document["boxes"] for line in _box(box, ends)]  # notes the ends
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="title desc" '
        'font-family="system-ui, sans-serif">'
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        opening,
        f'<title id="title">{text(title)}</title>',
        f'<desc id="desc">{text(f"{drawing.summary}. Sources are left; {_NOTE}.")}</desc>',
        *_definitions(),
        f'<rect width="100%" height="100%" fill="{_colour("back")}"/>',
        _text(24, 28, title, size=16, weight=600),
        _text(24, 48, drawing.summary, colour="faint"),
        f'<g transform="translate(0 {_HEADER})">',
        *(_way(way, ends) for way in document["ways"]),
        *shown,
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


@cache
def _colours() -> Mapping[str, str]:
    light = component.asset(component.STYLE).partition("@media")[0]
    return dict(re.findall(r"--g-([a-z-]+):(#[0-9a-f]+)", light))


def _colour(name: str) -> str:
    return _colours()[name]


def _definitions() -> Iterator[str]:
    yield (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{_colour("edge")}"/></marker>'
    )
    yield (
        '<marker id="stop" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M5 0V8" stroke="{_colour("stop")}" stroke-width="3"/></marker>'
    )
    yield (
        '<pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<path d="M-2 10L10 -2M-2 2L2 -2M6 10L10 6" stroke="{_colour("hatch")}" '
        'stroke-width="1" stroke-opacity="0.5"/></pattern></defs>'
    )


def _box(box: Mapping[str, Any], ends: dict[str, tuple[float, float, float]]) -> Iterator[str]:
    """Yield a box with its lines and columns, and note where ways to them end."""
    (left, top), (width, height) = box["place"], box["size"]
    ends[box["id"]] = (left, top + height / 2, width)
    is_stub = box["kind"] == "stub"
    look = box["look"] or ("step" if box["kind"] == "step" else "file")
    corner = 14 if box["kind"] in {"step", "stub"} else 0
    line = _colour("faint" if is_stub else f"{look}-line")
    fill = _colour("back" if is_stub else look)
    yield f"<g><title>{text(box['name'])}</title>"
    is_asked = box["asked"] and not any(row["asked"] for row in box["rows"])
    yield from _rectangle(
        (left, top, width, height),
        fill=fill,
        line=_colour("link") if is_asked else line,
        wide=4 if is_asked else 1.5,
        dashes="2 3" if is_stub else "6 4" if box["unknown"] else "",
        corner=corner,
        is_hatched=box["unknown"],
    )
    if is_stub:
        yield _text(left + 12, top + 18, box["title"], colour="faint")
    else:
        yield _text(left + 12, top + 19, box["title"], size=13, weight=600)
    y = top + TITLE
    for words, look in box["lines"]:
        yield _text(left + 12, y + 12, words, colour=look or "text")
        y += LINE
    for row in box["rows"]:
        yield from _row(row, left, y, width)
        ends[row["id"]] = (left + 8, y + ROW / 2, width - 16)
        y += ROW
    if box["more"]:
        yield _text(left + 12, y + 14, box["more"], colour="faint", size=11)
    yield "</g>"


def _row(row: Mapping[str, Any], left: float, top: float, width: float) -> Iterator[str]:
    look = row["look"]
    yield from _rectangle(
        (left + 8, top + 1, width - 16, 20),
        fill=_colour(look) if look and not row["stopped"] else _colour("back"),
        line=_colour("link") if row["asked"] else _colour(f"{look}-line" if look else "line"),
        wide=4 if row["asked"] else 2 if row["stopped"] else 1,
        dashes="4 3" if row["unknown"] else "",
        is_hatched=row["unknown"],
    )
    yield _text(left + 14, top + 15, row["name"])
    yield _text(left + width - 14, top + 15, row["words"], size=11, anchor="end")


def _rectangle(
    place: tuple[float, float, float, float],
    *,
    fill: str,
    line: str,
    wide: float,
    dashes: str,
    corner: int = 0,
    is_hatched: bool = False,
) -> Iterator[str]:
    x, y, width, height = place
    where = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{corner}"'
    if is_hatched:
        yield f'<rect {where} fill="{fill}"/>'
        fill = "url(#hatch)"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    yield f'<rect {where} fill="{fill}" stroke="{line}" stroke-width="{wide:g}"{dashed}/>'


def _way(way: Mapping[str, Any], ends: Mapping[str, tuple[float, float, float]]) -> str:
    left, y0, width = ends[way["source"]]
    x0 = left + width
    x1, y1, _ = ends[way["target"]]
    bend = max(abs(x1 - x0) / 2, 40)
    path = f"M{x0:g} {y0:g}C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
    colour = _colour("stop" if way["stops"] else "direct-line" if way["look"] else "edge")
    wide = 2.5 if way["stops"] else 4 if way["look"] else 1.2
    dashes = "2 3" if way["beyond"] else "" if way["certain"] else "5 4"
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    head = "" if way["beyond"] else f' marker-end="url(#{"stop" if way["stops"] else "arrow"})"'
    drawn = f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{wide}"{dashed}{head}/>'
    if not way["label"]:
        return drawn
    middle = ((x0 + x1) / 2, (y0 + y1) / 2 - 4)
    return drawn + _text(*middle, way["label"], size=11, anchor="middle", is_over=True)


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = 12,
    weight: int = 400,
    colour: str = "text",
    anchor: str = "start",
    is_over: bool = False,
) -> str:
    """Return a line of text; over ways it has a rim."""
    rim = f' stroke="{_colour("back")}" stroke-width="4" paint-order="stroke"' if is_over else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{_colour(colour)}" unicode-bidi="isolate"{rim}>'
        f"{text(words)}</text>"
    )
