"""What a page draws of a graph: boxes with their lines and columns, at their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import networkx as nx

from projections.graph_formats import labels
from projections.graph_formats.layout import Layout, layered
from projections.html_table import cell_text

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

ROWS: Final = 6
"""Columns that a card lists at first."""

_GOOD: Final = ("success", "succeeded", "completed")
_BAD: Final = ("failed", "error", "refused")
_ORDINARY: Final = ("used", "generated")
_KINDS: Final = {"dataset": "file", "operation": "step", "run": "step", "task": "step"}
_UNTOLD: Final = ("kind", "members", "columns", "direct", "indirect", "special_category")
"""Attributes that are no facts for a reader, or told otherwise."""

CLASSES: Final = {
    "direct_identifier": "direct",
    "quasi_identifier": "quasi",
    "sensitive": "sensitive",
    "non_sensitive": "plain",
}
"""Role of a column to the word of it in a picture."""

_SHOWING: Final = ("exposed", "transformed", "noised")
"""Exposures that protect nobody."""

_DIGEST: Final = re.compile(r"@([0-9a-f]{64}|unknown)(?=:)")
"""What a column of one version has and the name of the column has not."""

Links = Callable[[str, Mapping[str, Any]], Mapping[str, str]]


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
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A file, a step, or what lies beyond.

    Attributes:
        node: Its id in the graph.
        kind: "file", "step" or "stub".
        title: Its name.
        lines: What is known of it: each a text and how it is shown ("", "good", "bad", "warn").
        rows: Its columns that are listed.
        more: Columns that are not.
        is_unknown: Whether its content or columns are not known, or it is gone.
        is_asked: Whether it was asked about.
        facts: Everything known, as texts.
        links: Words to addresses.
    """

    node: str
    kind: str
    title: str
    lines: Sequence[tuple[str, str]] = ()
    rows: Sequence[Row] = ()
    more: int = 0
    is_unknown: bool = False
    is_asked: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

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
        basis: "declared", "observed" or "assumed"; "" for what only says that there is more.
        is_certain: Whether it was declared or observed, and values passed.
        stops: Whether it hides values.
        count: Edges it stands for.
    """

    source: str
    target: str
    words: str
    label: str = ""
    basis: str = "declared"
    is_certain: bool = True
    stops: bool = False
    count: int = 1


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


def draw(graph: nx.DiGraph, links: Links | None = None) -> Drawing:
    """Return the picture of a graph, always the same for a graph.

    Args:
        graph: A graph of `projections.dependency_graph`, folded or not. A file may have `columns`
            (each with column, role, special_category, exposure and verdict); a node of kind "stub"
            says with `name` what lies beyond its neighbour.
        links: Gives the addresses that a node leads to, by its id and attributes; None for none.
    """
    asked = labels.asked_about(graph)
    address = links or _nowhere
    boxes: dict[str, Box] = {}
    cards: dict[str, list[Row]] = {}
    home: dict[str, str] = {}
    for node, data in graph.nodes(data=True):
        if data["kind"] == "column":
            card = f"card:{data['uri']}"
            if "versions" not in data:
                card += f"@{data.get('sha256') or 'unknown'}"
            home[node] = card
            row = _column(node, data, address(node, data), is_asked=node in asked)
            cards.setdefault(card, []).append(row)
            boxes[card] = _card(card, data, cards[card])
        else:
            home[node] = node
            boxes[node] = _box(node, data, address, is_asked=node in asked)
    ways = [_way(source, target, data) for source, target, data in graph.edges(data=True)]
    between = nx.DiGraph()
    between.add_nodes_from(boxes)
    pairs = ((home[way.source], home[way.target]) for way in ways)
    between.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
    sizes = {node: box.size for node, box in boxes.items()}
    return Drawing(
        boxes=boxes,
        ways=ways,
        layout=layered(between, 0, sizes),
        summary=_summary(graph, boxes),
    )


def to_document(drawing: Drawing) -> dict[str, Any]:
    """Return a picture as what the script of the page reads; names in it are safe texts."""
    numbers = {node: f"b{number}" for number, node in enumerate(drawing.boxes)}
    boxes = []
    for node, box in drawing.boxes.items():
        width, height = box.size
        rows = []
        for place, row in enumerate(box.rows):
            ident = f"{numbers[node]}r{place}"
            if row.node:
                numbers[row.node] = ident
            rows.append(_row_document(ident, row))
        boxes.append(
            {
                "id": numbers[node],
                "kind": box.kind,
                "place": drawing.layout.places[node],
                "size": (width, height),
                "title": _short(box.title, TITLE_LETTERS),
                "lines": [(_short(text, LINE_LETTERS), look) for text, look in box.lines],
                "rows": rows,
                "more": f"and {box.more:,} more" if box.more else "",
                "unknown": box.is_unknown,
                "asked": box.is_asked,
                "name": labels.visible(box.title),
                "facts": {key: labels.visible(value) for key, value in box.facts.items()},
                "links": dict(box.links),
            }
        )
    ways = [
        {
            "source": numbers[way.source],
            "target": numbers[way.target],
            "words": way.words,
            "label": way.label,
            "certain": way.is_certain,
            "stops": way.stops,
        }
        for way in drawing.ways
    ]
    return {
        "boxes": boxes,
        "ways": ways,
        "width": drawing.layout.width,
        "height": drawing.layout.height,
    }


def name_of(drawing: Drawing, node: str) -> str:
    """Return what a table calls an end of a way: the file, the step, or file and column."""
    box = drawing.boxes.get(node)
    if box is not None:
        return box.facts.get("uri") or box.title
    return _DIGEST.sub("", node)


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


def _nowhere(_node: str, _data: Mapping[str, Any]) -> Mapping[str, str]:
    return {}


def _box(node: str, data: Mapping[str, Any], address: Links, *, is_asked: bool) -> Box:
    kind = _KINDS.get(data["kind"], data["kind"])
    columns = [_known_column(data["uri"], one, address) for one in data.get("columns") or ()]
    is_unread = kind == "file" and node.endswith("@unknown")
    heading = data["name"] if kind == "stub" else _heading(node, data)
    return Box(
        node=node,
        kind=kind,
        title=str(heading),
        lines=[*_lines(node, data)],
        rows=columns[:ROWS],
        more=len(columns[ROWS:]),
        is_unknown=is_unread or _is_gone(data) or data.get("is_undeclared") is True,
        is_asked=is_asked,
        facts=_facts(node, data),
        links=address(node, data),
    )


def _facts(node: str, data: Mapping[str, Any]) -> dict[str, str]:
    told = {key: value for key, value in data.items() if value and key not in _UNTOLD}
    return labels.facts_of(node, told)


def _heading(node: str, data: Mapping[str, Any]) -> str:
    if data["kind"] == "task":
        return str(data["task_id"])
    if data["kind"] == "file":
        return labels.short_lines_of(node, {**data, "kind": "dataset"})[0]
    return labels.short_lines_of(node, data)[0]


def _is_gone(data: Mapping[str, Any]) -> bool:
    return bool(data.get("is_missing") or data.get("is_erased"))


def _lines(node: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match data["kind"]:
        case "task":
            yield from _task_lines(data)
        case "file" if data["versions"] > 1:
            yield f"{data['versions']:,} versions", ""
        case "dataset" | "file":
            digest = data.get("sha256")
            words = [digest[: labels.SHORT_DIGEST] if digest else "digest unknown"]
            if data.get("rows") is not None:
                words.append(f"{data['rows']:,} rows")
            yield ", ".join(words), ""
        case "operation" | "run":
            run = str(data.get("run_id") or node)[: labels.SHORT_DIGEST]
            yield f"{data.get('task_id') or 'task unknown'}, run {run}", ""
            yield from _status_line(data.get("liveness") or data.get("status"))
    gone = [
        word
        for key, word in (
            ("is_erased", "erased"),
            ("is_missing", "not on disk"),
            ("is_undeclared", "columns undeclared"),
        )
        if data.get(key)
    ]
    if gone:
        yield ", ".join(gone), "warn"


def _task_lines(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    operations = data["operations"]
    words = [_counted(data["runs"], "run")]
    if data["failed"] and data["runs"] > 1:
        words.append(f"{data['failed']:,} failed")
    if len(operations) == 1:
        yield operations[0], ""
    elif operations:
        words.append(_counted(len(operations), "operation"))
    if data["files"]:
        words.append(_counted(data["files"], "file") + " inside")
    yield ", ".join(words), ""
    time = data.get("started_at")
    latest = "" if time is None else cell_text(datetime.fromisoformat(time))
    before = "latest " if data["runs"] > 1 else ""
    status = str(data.get("status") or "status unknown")
    yield f"{before}{latest} {status}".strip(), _look_of(status)


def _status_line(status: str | None) -> Iterator[tuple[str, str]]:
    if status:
        yield str(status), _look_of(str(status))


def _look_of(status: str) -> str:
    if status in _GOOD:
        return "good"
    return "bad" if status in _BAD else "warn"


def _card(card: str, data: Mapping[str, Any], rows: Sequence[Row]) -> Box:
    digest, versions = data.get("sha256"), data.get("versions", 1)
    line = digest[: labels.SHORT_DIGEST] if digest else "digest unknown"
    uri = data["uri"]
    return Box(
        node=card,
        kind="file",
        title=uri.rstrip("/").rpartition("/")[2] or uri,
        lines=[(line if versions == 1 else f"{versions:,} versions", "")],
        rows=rows,
        is_unknown=digest is None and versions == 1,
        is_asked=any(row.is_asked for row in rows),
        facts={"uri": uri} | ({"sha256": digest or "unknown"} if versions == 1 else {}),
    )


def _column(node: str, data: Mapping[str, Any], links: Mapping[str, str], *, is_asked: bool) -> Row:
    exposure = data.get("exposure")
    indirect = data.get("indirect_exposure")
    words = [CLASSES[data["role"]]] if data.get("role") in CLASSES else []
    words += ["asked"] if is_asked else [exposure] if exposure else []
    words += [f"indirectly {indirect}"] if indirect and not exposure else []
    if data.get("origin") in ("undeclared", "generated"):
        words.append(str(data["origin"]))
    return Row(
        node=node,
        name=str(data.get("column") or "columns not recorded"),
        words=", ".join(words),
        look=_look(data),
        is_stopped=bool(exposure or indirect) and exposure not in _SHOWING,
        is_unknown=data.get("origin") == "undeclared" or not data.get("column"),
        is_asked=is_asked,
        facts=_facts(node, data),
        links=links,
    )


def _known_column(uri: str, data: Mapping[str, Any], address: Links) -> Row:
    node = f"{uri}:{data['column']}"
    role, verdict = data.get("role"), data["verdict"]
    words = [CLASSES.get(role or "", "not classified")]
    if verdict == "unknown":
        words.append("unknown")
    elif data.get("exposure") and verdict == "protected":
        words.append(str(data["exposure"]))
    return Row(
        node="",
        name=str(data["column"]),
        words=", ".join(words),
        look=_look(data),
        is_stopped=verdict == "protected",
        is_unknown=verdict == "unknown",
        facts={
            "column": str(data["column"]),
            "class": words[0],
            "verdict": verdict,
            "exposure": str(data.get("exposure") or "none"),
        },
        links=address(node, {"kind": "column", "uri": uri, "column": data["column"]}),
    )


def _look(data: Mapping[str, Any]) -> str:
    if data.get("special_category"):
        return "special"
    return CLASSES.get(data.get("role") or "", "")


def _way(source: str, target: str, data: Mapping[str, Any]) -> Way:
    count = data.get("count", 1)
    words = labels.edge_words(data)
    effects = data.get("effects") or []
    is_column = bool(effects)
    kind = str(data["kind"])
    remark = "assumed" if data["is_assumed"] else "observed" if data.get("is_observed") else ""
    label = ", ".join(filter(None, [kind if kind not in {*_ORDINARY, "identity"} else "", remark]))
    if kind == "beyond":
        return Way(source=source, target=target, words=kind, basis="")
    return Way(
        source=source,
        target=target,
        words=f"{words} (stands for {count:,} edges)" if count > 1 else words,
        label=label,
        basis=remark or "declared",
        is_certain=bool(data.get("is_direct", True)) and not data["is_assumed"],
        stops=is_column and kind not in {"identity", "transformation", "noise"},
        count=count,
    )


def _summary(graph: nx.DiGraph, boxes: Mapping[str, Box]) -> str:
    shown = sum(box.kind != "stub" for box in boxes.values())
    stands = graph.graph.get("stands_for")
    if stands is None:
        return labels.summary_of(graph)
    whole = graph.graph.get("node_count", stands["nodes"])
    noun = "box stands" if shown == 1 else "boxes stand"
    text = f"{shown:,} {noun} for {_counted(stands['nodes'], 'node')}"
    left = whole - stands["nodes"]
    return f"{text}; {left:,} of {whole:,} nodes are left out" if left > 0 else text


def _short(text: str, letters: int) -> str:
    return labels.shortened(labels.visible(text), letters)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
