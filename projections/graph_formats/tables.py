"""The tables below a picture: its edges, boxes and columns, as markup, as data, and as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from projections.graph_formats import boxes, labels, rows
from projections.graph_formats.boxes import Box, Drawing, Way
from projections.html_table import cell_text, html_table

_UNSAFE: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""Characters that could end a script element, or begin a comment in it."""

_OPEN: Final = 200
"""Edges up to which the tables are open at first."""

_AT_ONCE: Final = 400
"""Rows up to which the tables are markup; beyond, the script makes them once it has drawn."""

_EDGES: Final = ("from", "to", "how", "known by")
_STATED: Final = ("event", "run", "recorded by", "recorded at")
"""Headings of who stated an edge."""

_BOXES: Final = ("name", "kind", "what is known", "columns")
_COLUMNS: Final = ("column", "file", "what is known")
_ENDINGS: Final = {"csv": "CSV", "parquet": "Parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Where the tables are files.

    Attributes:
        addresses: Of each table (see `rows.WHATS`) and ending.
        pictures: Of the picture, by the words for it.
    """

    addresses: Mapping[tuple[rows.What, str], str]
    pictures: Mapping[str, str]


def tables(shown: Drawing, exports: Exports | None) -> Iterator[str]:
    """Yield the markup of the tables of a picture, with what leads to their files.

    Args:
        shown: The picture.
        exports: Where the tables are files; None if the script of the page makes them.
    """
    yield from _files(shown, exports)
    opened = " open" if len(shown.ways) <= _OPEN else ""
    yield f'<details class="graph-tables"{opened}>'
    yield f"<summary>The same answer as tables: {_size(shown)}</summary>"
    yield from _edges_and_boxes(shown)
    yield "</details>"
    columns = [*_column_rows(shown)]
    if columns:
        yield f'<details class="graph-columns"><summary>All columns: {len(columns):,}</summary>'
        yield html_table(_COLUMNS, columns, caption="Columns")
        yield "</details>"


def data(document: object) -> str:
    """Return a document as an element that the script of the page reads."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/json">{text.translate(_UNSAFE)}</script>'


def text_of(value: Any) -> str:
    """Return a text that is safe as markup, and shows what could be hidden in it."""
    return escape(labels.visible(str(value)))


def _edges_and_boxes(shown: Drawing) -> Iterator[str]:
    """Yield the tables, or what they are made of once the picture is there."""
    is_stated = any(way.stated for way in shown.ways)
    found = {
        "Edges": ((*_EDGES, *(_STATED if is_stated else ())), [*_way_rows(shown, is_stated)]),
        "Boxes": (_BOXES, [*_box_rows(shown)]),
    }
    markup = [html_table(*table, caption=caption) for caption, table in found.items()]
    if sum(len(lines) for _, lines in found.values()) <= _AT_ONCE:
        yield from markup
        return
    yield data(
        [
            {
                "caption": caption,
                "headings": headings,
                "rows": [[*map(_cell, row)] for row in lines],
            }
            for caption, (headings, lines) in found.items()
            if lines
        ]
    )
    yield "<noscript>"
    yield from markup
    yield "</noscript>"


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
    links += [
        f'<a href="{escape(address)}" download>{words}</a>'
        for words, address in exports.pictures.items()
    ]
    yield f'<p class="graph-files">Save {", ".join(links)}</p>'


def _size(shown: Drawing) -> str:
    stubs = sum(box.kind == "stub" for box in shown.boxes.values())
    noun = "count" if stubs == 1 else "counts"
    beyond = f"; {stubs:,} {noun} of what is not shown" if stubs else ""
    return f"{len(shown.ways) - stubs:,} edges, {len(shown.boxes) - stubs:,} boxes{beyond}"


def _way_rows(shown: Drawing, is_stated: bool) -> Iterator[tuple[object, ...]]:  # noqa: FBT001  # of the table
    for way in shown.ways:
        yield (
            _Name(boxes.name_of(shown, way.source), _link(shown, way.source)),
            _Name(boxes.name_of(shown, way.target), _link(shown, way.target)),
            way.words,
            way.basis or "not shown",
            *(_stated(way) if is_stated else ()),
        )


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


def _column_rows(shown: Drawing) -> Iterator[tuple[object, ...]]:
    for node, box in shown.boxes.items():
        for row in (*box.rows, *box.rest):
            name = _Name(row.name, next(iter(row.links.values()), ""))
            yield name, boxes.name_of(shown, node), row.words


def _link(shown: Drawing, node: str) -> str:
    box: Box | None = shown.boxes.get(node)
    return "" if box is None else next(iter(box.links.values()), "")


def _cell(value: object) -> object:
    """Return a cell of a table for the script: a text, or a text and an address."""
    if isinstance(value, _Name):
        return [labels.visible(value.text), value.href]
    return cell_text(value)


class _Name:
    """The name of a box, which leads to its page if it has one.

    Args:
        text: The name.
        href: An address; "" for none.
    """

    def __init__(self, text: str, href: str) -> None:
        self.text, self.href = text, href

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        name = f"<bdi>{text_of(self.text)}</bdi>"
        return f'<a href="{escape(self.href)}">{name}</a>' if self.href else name


class _Time:
    """A time in UTC, which a page may show as a local one.

    Args:
        iso: The time as ISO 8601 with its offset.
    """

    def __init__(self, iso: str) -> None:
        self._iso = iso

    def __str__(self) -> str:
        return cell_text(datetime.fromisoformat(self._iso))

    def __html__(self) -> str:
        return f'<time datetime="{escape(self._iso)}">{escape(str(self))}</time>'
