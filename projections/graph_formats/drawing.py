"""What a page draws of a graph: boxes with their lines and columns, at their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import networkx as nx

from projections.graph_formats import labels, since
from projections.graph_formats.boxes import Box, Drawing, Row, Way
from projections.graph_formats.layout import layered
from projections.html_table import cell_text

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

Links = Callable[[str, Mapping[str, Any]], Mapping[str, str]]


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
        since=since.since(data),
        until=since.until(data),
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
        since=since.first(row.since for row in rows),
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
        since=since.since(data),
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
        since=since.since(data),
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


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
