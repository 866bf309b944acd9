"""The parts of a picture of a graph: boxes, the columns in them, and the ways between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from lineage.kernel.digest import sha256_bytes
from projections.graph_formats import labels, since
from projections.graph_formats.since import Moment

if TYPE_CHECKING:
    from projections.graph_formats.layout import Layout

WIDTH: Final = 290
TITLE: Final = 28
LINE: Final = 17
ROW: Final = 22
PADDING: Final = 6
STUB: Final = (160.0, 28.0)
"""Width and height of a stub."""

TITLE_LETTERS: Final = 35
LINE_LETTERS: Final = 41
NAME_LETTERS: Final = 18
ROW_LETTERS: Final = 44
"""Letters of the name and the words of a column together."""

_SHORT: Final = 8
_DIGEST: Final = re.compile(r"@([0-9a-f]{64}|unknown)(?=:)")
"""What a column of one version has and the name of the column has not."""


Colour: TypeAlias = Literal["kind", "status", "exposure", "class"]
"""What the colour of a box says."""

COLOURS: Final[tuple[Colour, ...]] = get_args(Colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A column of a file.

    Attributes:
        node: Its id in the graph; "" if the graph is one of files.
        name: Its name.
        words: What is known of it: its class, what is left of it, how that is known.
        look: "direct", "quasi", "sensitive", "special" or "plain"; "" if nobody classified it.
        is_stopped: Whether an operation hid its values.
        is_unknown: Whether nobody declared where it came from.
        is_asked: Whether it was asked about.
        since: When it came to be; None if it always was, or is as old as its file.
        facts: Everything else, as texts.
        links: Words to addresses.
    """

    node: str
    name: str
    words: str
    look: str
    is_stopped: bool = False
    is_unknown: bool = False
    is_asked: bool = False
    since: Moment | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A file, a step, or what lies beyond.

    Attributes:
        node: Its id in the graph.
        kind: "file", "step", "group" or "stub".
        title: Its name.
        lines: What is known of it: each a text and how it is shown ("", "good", "bad", "warn").
        rows: Its columns that are listed.
        rest: Its columns that are not.
        look: How it is coloured, see `Colour`; "" for its kind.
        is_unknown: Whether its content or columns are not known, or it is gone.
        is_asked: Whether it was asked about.
        since: When it came to be; None if it always was.
        until: When it was erased; None if it was not.
        facts: Everything known, as texts.
        links: Words to addresses.
    """

    node: str
    kind: str
    title: str
    lines: Sequence[tuple[str, str]] = ()
    rows: Sequence[Row] = ()
    rest: Sequence[Row] = ()
    look: str = ""
    is_unknown: bool = False
    is_asked: bool = False
    since: Moment | None = None
    until: Moment | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def more(self) -> int:
        """Columns that are not listed."""
        return len(self.rest)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        if self.kind == "stub":
            return STUB
        rows = len(self.rows) + bool(self.more)
        height = TITLE + len(self.lines) * LINE + rows * ROW + PADDING
        return WIDTH, height


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An edge of the picture.

    Attributes:
        source: Id of its source in the graph.
        target: Id of its target.
        words: What it means.
        label: What the picture says beside it; "" for what is ordinary.
        basis: "declared", "observed" or "assumed"; "hidden" for a way through hidden
            boxes; "" for what only says that there is more.
        is_certain: Whether it was declared or observed, and values passed.
        stops: Whether it hides values.
        count: Edges it stands for.
        look: "carries" if it leads columns of the class that is followed; else "".
        stated: Who stated it, see `picture.statements`; None if nobody did, or it is not asked.
        links: Words to addresses.
        since: When it came to be; None if it always was.
    """

    source: str
    target: str
    words: str
    label: str = ""
    basis: str = "declared"
    is_certain: bool = True
    stops: bool = False
    count: int = 1
    look: str = ""
    stated: Mapping[str, Any] | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    since: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture.

    Attributes:
        boxes: What is drawn, by id; a column is in the box of its file.
        ways: The edges.
        layout: Where the boxes are.
        summary: How much it shows, and what it leaves out.
    """

    boxes: Mapping[str, Box]
    ways: Sequence[Way]
    layout: Layout
    summary: str


def short_id(node: str) -> str:
    """Return the name of a box in an address."""
    return sha256_bytes(node.encode())[:_SHORT]


def to_document(drawing: Drawing) -> dict[str, Any]:
    """Return a picture as what the script of the page reads; names in it are safe texts."""
    numbers = {node: f"b{number}" for number, node in enumerate(drawing.boxes)}
    moments, places = since.to_document(_moments(drawing))
    boxes = []
    for node, box in drawing.boxes.items():
        width, height = box.size
        rows = []
        for place, row in enumerate(box.rows):
            ident = f"{numbers[node]}r{place}"
            if row.node:
                numbers[row.node] = ident
            rows.append(_row_document(ident, row) | {"since": places[row.since]})
        boxes.append(
            {
                "id": numbers[node],
                "key": short_id(next((row.node for row in box.rows if row.node), node)),
                "kind": box.kind,
                "place": drawing.layout.places[node],
                "size": (width, height),
                "title": _short(box.title, TITLE_LETTERS),
                "lines": [(_short(text, LINE_LETTERS), look) for text, look in box.lines],
                "rows": rows,
                "more": f"and {box.more:,} more" if box.more else "",
                "look": box.look,
                "unknown": box.is_unknown,
                "asked": box.is_asked,
                "since": places[box.since],
                "until": places[box.until],
                "name": labels.visible(box.title),
                "facts": {key: labels.visible(value) for key, value in box.facts.items()},
                "links": dict(box.links),
            }
        )
    ways = [
        {
            "source": numbers[way.source],
            "target": numbers[way.target],
            "beyond": way.words == "beyond",
            "label": way.label,
            "certain": way.is_certain,
            "stops": way.stops,
            "look": way.look,
            "since": places[way.since],
        }
        for way in drawing.ways
    ]
    return {
        "boxes": boxes,
        "ways": ways,
        "moments": moments,
        "width": drawing.layout.width,
        "height": drawing.layout.height,
    }


def name_of(drawing: Drawing, node: str) -> str:
    """Return what a table calls an end of a way: the file, the step, or file and column."""
    box = drawing.boxes.get(node)
    if box is not None:
        return box.facts.get("uri") or box.title
    return _DIGEST.sub("", node)


def _moments(drawing: Drawing) -> Iterator[Moment | None]:
    for box in drawing.boxes.values():
        yield from (box.since, box.until, *(row.since for row in box.rows))
    yield from (way.since for way in drawing.ways)


def _row_document(ident: str, row: Row) -> dict[str, Any]:
    name = _short(row.name, NAME_LETTERS)
    return {
        "id": ident,
        "name": name,
        "words": _short(row.words, ROW_LETTERS - labels.width_of(name)),
        "look": row.look,
        "stopped": row.is_stopped,
        "unknown": row.is_unknown,
        "asked": row.is_asked,
        "whole": labels.visible(row.name),
        "facts": {key: labels.visible(value) for key, value in row.facts.items()},
        "links": dict(row.links),
    }


def _short(text: str, letters: int) -> str:
    return labels.shortened(labels.visible(text), letters)
