"""The picture of a graph in a page: what a browser draws, and the same answer as tables.

A page that a file holds and a page that is served have the same component. Its script, its style
and the library that draws are in `assets`; a page that has them shows what `component` returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from importlib import resources
from typing import Any, Final

from projections.graph_formats import boxes, labels, rows
from projections.graph_formats.boxes import Box, Drawing, Way
from projections.graph_formats.drawing import Colour
from projections.html_table import cell_text, html_table

LIBRARY: Final = "vendor/cytoscape-3.35.0.min.js"
SCRIPT: Final = "graph.js"
STYLE: Final = "graph.css"

_UNSAFE: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""Characters that could end a script element, or begin a comment in it."""

_OPEN: Final = 200
"""Edges up to which the tables are open at first."""

_HEADINGS: Final = ("from", "to", "how", "known by")
_STATED: Final = ("event", "run", "recorded by", "recorded at")
"""Headings of who stated an edge."""
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
    ("group", "group of files or steps"),
    ("stub", "how much lies beyond, or is hidden"),
    ("asked", "asked about"),
    ("unknown", "hatched: not known, undeclared, erased or not on disk"),
    ("direct", "direct identifier"),
    ("quasi", "quasi-identifier"),
    ("sensitive", "sensitive"),
    ("special", "special category"),
    ("stopped", "outlined: an operation hid the values"),
    ("dashed", "dashed: assumed, or it only chose rows or values"),
    ("stops", "double line: this step hides values"),
    ("carries", "thick: carries the columns that are followed"),
)
_COLOURS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "status": (
        ("fine", "green: succeeded, released"),
        ("open", "yellow: running, interrupted, stale, erased or not on disk"),
        ("wrong", "red: failed, release refused"),
        ("plain", "grey: no status"),
    ),
    "exposure": (
        ("wrong", "red: such columns still show"),
        ("open", "yellow: not known"),
        ("fine", "green: protected"),
        ("plain", "grey: no columns of people on record"),
    ),
    "class": (
        ("open", "yellow: nobody classified the columns"),
        ("plain", "grey: no columns of people on record"),
    ),
}
"""What colours of boxes say, beside the words on the boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Where the tables are files.

    Attributes:
        addresses: Of each table (see `rows.WHATS`) and ending.
    """

    addresses: Mapping[tuple[rows.What, str], str]


def component(
    drawings: Mapping[str, Drawing],
    *,
    title: str,
    colour: Colour = "kind",
    exports: Exports | None = None,
) -> str:
    """Return the component as markup whose texts are escaped.

    Args:
        drawings: Views of one answer by their names; the first is shown at first.
        title: What it shows, for those who do not see it.
        colour: What colours of boxes say.
        exports: Where the tables are files; None if the script of the page makes them.
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
            *(_key(look, text) for look, text in (*_LEGEND, *_COLOURS.get(colour, ()))),
            "</ul></details>",
            *(_view(name, number, drawings[name], exports) for number, name in enumerate(views)),
            "</div>",
        ]
    )


@cache
def asset(name: str) -> str:
    """Return a file that the component needs: `LIBRARY`, `SCRIPT` or `STYLE`."""
    folder = resources.files("projections.graph_formats").joinpath("assets")
    return folder.joinpath(name).read_text("utf-8")


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


def _key(look: str, text: str) -> str:
    return f'<li><span class="key {look}"></span> {text}</li>'


def _view(name: str, number: int, shown: Drawing, exports: Exports | None) -> str:
    hidden = " hidden" if number else ""
    document = json.dumps(boxes.to_document(shown), ensure_ascii=False)
    title = _text(name)
    opened = " open" if len(shown.ways) <= _OPEN else ""
    return "\n".join(
        [
            f'<section class="graph-view" data-view="{number}" aria-label="{title}"{hidden}>',
            f'<p class="graph-summary">{_text(shown.summary)}</p>',
            f'<script type="application/json">{document.translate(_UNSAFE)}</script>',
            *_files(shown, exports),
            f'<details class="graph-tables"{opened}>',
            f"<summary>The same answer as tables: {_size(shown)}</summary>",
            html_table(_headings(shown), _way_rows(shown), caption="Edges"),
            html_table(
                ("name", "kind", "what is known", "columns"),
                [*_box_rows(shown)],
                caption="Boxes",
            ),
            "</details>",
            *_column_table(shown),
            "</section>",
        ]
    )


def _size(shown: Drawing) -> str:
    stubs = sum(box.kind == "stub" for box in shown.boxes.values())
    noun = "count" if stubs == 1 else "counts"
    beyond = f"; {stubs:,} {noun} of what is not shown" if stubs else ""
    return f"{len(shown.ways) - stubs:,} edges, {len(shown.boxes) - stubs:,} boxes{beyond}"


def _files(shown: Drawing, exports: Exports | None) -> Iterator[str]:
    """Yield what leads to the tables as files, with how many rows each has."""
    if exports is None:
        yield '<p><button type="button" class="graph-csv">Save the edges as CSV</button></p>'
        return
    counts = {what: len(rows.rows_of(shown, what)) for what in rows.WHATS}
    links = [
        f'<a href="{escape(address)}" download>{what} as {_ENDINGS[ending]} '
        f"({counts[what]:,} row{'' if counts[what] == 1 else 's'})</a>"
        for (what, ending), address in exports.addresses.items()
    ]
    yield f'<p class="graph-files">Save {", ".join(links)}</p>'


_ENDINGS: Final = {"csv": "CSV", "parquet": "Parquet"}
_COLUMNS: Final = ("column", "file", "what is known")


def _headings(shown: Drawing) -> tuple[str, ...]:
    return (*_HEADINGS, *_STATED) if _is_stated(shown) else _HEADINGS


def _is_stated(shown: Drawing) -> bool:
    return any(way.stated for way in shown.ways)


def _way_rows(shown: Drawing) -> list[tuple[object, ...]]:
    return [
        (
            _Name(boxes.name_of(shown, way.source), _link(shown, way.source)),
            _Name(boxes.name_of(shown, way.target), _link(shown, way.target)),
            way.words,
            way.basis or "not shown",
            *(_stated(way) if _is_stated(shown) else ()),
        )
        for way in shown.ways
    ]


def _stated(way: Way) -> tuple[object, ...]:
    """Return which event stated an edge last, in which run, who recorded it, and when."""
    stated = way.stated
    if stated is None:
        return None, None, None, None
    more = f", the latest of {stated['events']:,}" if stated["events"] > 1 else ""
    event = f"{stated['type']} {stated['position']:,}{more}"
    run = stated["run_id"] or ""
    short = f"{stated['task_id']}, {run[: labels.SHORT_DIGEST]}" if run else "no run"
    actor = f"{stated['actor']}, imported" if stated["is_imported"] else stated["actor"]
    return (
        _Name(event, way.links.get("event", "")),
        _Name(short, way.links.get("run", "")),
        actor,
        _Time(stated["recorded_at"]),
    )


def _box_rows(shown: Drawing) -> Iterator[tuple[object, ...]]:
    for node, box in shown.boxes.items():
        columns = [f"{row.name} ({row.words})" if row.words else row.name for row in box.rows]
        more = [f"and {box.more:,} more"] if box.more else []
        name = _Name(boxes.name_of(shown, node), _link(shown, node))
        yield name, box.kind, "; ".join(text for text, _ in box.lines), ", ".join(columns + more)


def _column_table(shown: Drawing) -> Iterator[str]:
    table = html_table(_COLUMNS, _column_rows(shown), caption="Columns")
    if table:
        count = sum(len(box.rows) + len(box.rest) for box in shown.boxes.values())
        yield f'<details class="graph-tables"><summary>All columns: {count:,}</summary>'
        yield f"{table}</details>"


def _column_rows(shown: Drawing) -> Iterator[tuple[object, ...]]:
    for node, box in shown.boxes.items():
        for row in (*box.rows, *box.rest):
            name = _Name(row.name, next(iter(row.links.values()), ""))
            yield name, boxes.name_of(shown, node), row.words


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


class _Time:
    """A time in UTC, which a page may show as a local one.

    Args:
        iso: The time as ISO 8601 with its offset.
    """

    def __init__(self, iso: str) -> None:
        self._iso = iso

    def __html__(self) -> str:
        text = cell_text(datetime.fromisoformat(self._iso))
        return f'<time datetime="{escape(self._iso)}">{escape(text)}</time>'


def _text(value: Any) -> str:
    return escape(labels.visible(str(value)))
