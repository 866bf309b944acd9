"""The picture of a graph in a page: what a browser draws, and the same answer as tables.

A page that a file holds and a page that is served have the same component. Its script, its style
and the library that draws are in `assets`; a page that has them shows what `component` returns.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any, Final

from lineage.kernel.digest import sha256_bytes
from projections.graph_formats import boxes, labels
from projections.graph_formats.boxes import Box, Drawing
from projections.html_table import html_table

LIBRARY: Final = "vendor/cytoscape-3.35.0.min.js"
SCRIPT: Final = "graph.js"
STYLE: Final = "graph.css"

_UNSAFE: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""Characters that could end a script element, or begin a comment in it."""

_OPEN: Final = 200
"""Edges up to which the tables are open at first."""

_HEADINGS: Final = ("from", "to", "how", "known by")
_TOOLS: Final = (
    ("closer", "+", "Zoom in"),
    ("farther", "-", "Zoom out"),
    ("natural", "1:1", "Natural size"),
    ("fit", "Fit", "Show all of it"),
    ("clear", "Clear", "Choose nothing"),
)
_LEGEND: Final = (
    ("file", "file"),
    ("step", "step: a task, a run or an operation"),
    ("stub", "how much lies beyond"),
    ("asked", "asked about"),
    ("unknown", "hatched: not known, undeclared, erased or not on disk"),
    ("direct", "direct identifier"),
    ("quasi", "quasi-identifier"),
    ("sensitive", "sensitive"),
    ("special", "special category"),
    ("stopped", "outlined: an operation hid the values"),
    ("dashed", "dashed: assumed, or it only chose rows or values"),
    ("stops", "double line: this step hides values"),
)


def component(drawings: Mapping[str, Drawing], *, title: str) -> str:
    """Return the component as markup whose texts are escaped.

    Args:
        drawings: Views of one answer by their names; the first is shown at first.
        title: What it shows, for those who do not see it.
    """
    views = [*drawings]
    about = _text(f"{title}. The tables below have the same answer.")
    return "\n".join(
        [
            f'<div class="graph" data-views="{len(views)}">',
            *_toolbar(views),
            '<div class="graph-stage">',
            '<div class="graph-picture" tabindex="0" role="application"',
            f'aria-label="{about}"></div>',
            '<svg class="graph-map" aria-hidden="true" width="180" height="120"></svg>',
            '<div class="graph-facts" aria-live="polite" hidden></div>',
            "</div>",
            "<noscript><p>The picture needs scripts; the tables do not.</p></noscript>",
            '<details class="graph-legend"><summary>What the picture means</summary><ul>',
            *(f'<li><span class="key {look}"></span> {text}</li>' for look, text in _LEGEND),
            "</ul></details>",
            *(_view(name, number, drawings[name]) for number, name in enumerate(views)),
            "</div>",
        ]
    )


@cache
def asset(name: str) -> str:
    """Return a file that the component needs: `LIBRARY`, `SCRIPT` or `STYLE`."""
    folder = resources.files("projections.graph_formats").joinpath("assets")
    return folder.joinpath(name).read_text("utf-8")


def policy_hash(text: str) -> str:
    """Return what a content security policy calls a script or style that it allows."""
    digest = bytes.fromhex(sha256_bytes(text.encode()))
    return f"sha256-{base64.b64encode(digest).decode()}"


def _toolbar(views: Sequence[str]) -> Iterator[str]:
    yield '<div class="graph-tools" role="toolbar" aria-label="Picture">'
    if len(views) > 1:
        for number, name in enumerate(views):
            pressed = "true" if number == 0 else "false"
            yield (
                f'<button type="button" data-view="{number}" aria-pressed="{pressed}">'
                f"{_text(name)}</button>"
            )
    for name, text, words in _TOOLS:
        yield (
            f'<button type="button" data-tool="{name}" title="{words}" aria-label="{words}">'
            f"{text}</button>"
        )
    yield (
        '<label>Find <input type="search" class="graph-find" autocomplete="off" '
        'spellcheck="false" maxlength="200"></label>'
    )
    yield '<span class="graph-found" aria-live="polite"></span></div>'


def _view(name: str, number: int, shown: Drawing) -> str:
    hidden = " hidden" if number else ""
    document = json.dumps(boxes.to_document(shown), ensure_ascii=False)
    title = _text(name)
    opened = " open" if len(shown.ways) <= _OPEN else ""
    return "\n".join(
        [
            f'<section class="graph-view" data-view="{number}" aria-label="{title}"{hidden}>',
            f'<p class="graph-summary">{_text(shown.summary)}</p>',
            f'<script type="application/json">{document.translate(_UNSAFE)}</script>',
            '<p><button type="button" class="graph-csv">Save the edges as CSV</button></p>',
            f'<details class="graph-tables"{opened}>',
            f"<summary>The same answer as tables: {_size(shown)}</summary>",
            html_table(_HEADINGS, _way_rows(shown), caption="Edges"),
            html_table(
                ("name", "kind", "what is known", "columns"),
                [*_box_rows(shown)],
                caption="Boxes",
            ),
            "</details></section>",
        ]
    )


def _size(shown: Drawing) -> str:
    stubs = sum(box.kind == "stub" for box in shown.boxes.values())
    beyond = f"; {stubs:,} counts of what lies beyond" if stubs else ""
    return f"{len(shown.ways) - stubs:,} edges, {len(shown.boxes) - stubs:,} boxes{beyond}"


def _way_rows(shown: Drawing) -> list[tuple[object, ...]]:
    return [
        (
            _Name(boxes.name_of(shown, way.source), _link(shown, way.source)),
            _Name(boxes.name_of(shown, way.target), _link(shown, way.target)),
            way.words,
            way.basis or "not shown",
        )
        for way in shown.ways
    ]


def _box_rows(shown: Drawing) -> Iterator[tuple[object, ...]]:
    for node, box in shown.boxes.items():
        columns = [f"{row.name} ({row.words})" if row.words else row.name for row in box.rows]
        more = [f"and {box.more:,} more"] if box.more else []
        name = _Name(boxes.name_of(shown, node), _link(shown, node))
        yield name, box.kind, "; ".join(text for text, _ in box.lines), ", ".join(columns + more)


def _link(shown: Drawing, node: str) -> str:
    box: Box | None = shown.boxes.get(node)
    return "" if box is None else next(iter(box.links.values()), "")


class _Name:
    """The name of a box, which leads to its page if it has one.

    Args:
        text: The name.
        href: An address; "" for none.
    """

    def __init__(self, text: str, href: str) -> None:
        self._text, self._href = text, href

    def __str__(self) -> str:
        return self._text

    def __html__(self) -> str:
        name = f"<bdi>{_text(self._text)}</bdi>"
        return f'<a href="{escape(self._href)}">{name}</a>' if self._href else name


def _text(value: Any) -> str:
    return escape(labels.visible(str(value)))
