"""What a page draws of a graph: boxes with their lines and columns, at their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import networkx as nx

from lineage.kernel.plain import listed
from projections.graph_formats import labels, since
from projections.graph_formats.boxes import Box, Colour, Drawing, Row, Way
from projections.graph_formats.layout import layered
from projections.graph_formats.told import (
    box_facts,
    box_lines,
    class_lines,
    group_title,
    look_of,
)

ROWS: Final = 6
"""Columns that a card lists at first."""

_ORDINARY: Final = ("used", "generated")
_KINDS: Final = {"dataset": "file", "operation": "step", "run": "step", "task": "step"}

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


def draw(graph: nx.DiGraph, links: Links | None = None, colour: Colour = "kind") -> Drawing:
    """Return the picture of a graph, always the same for a graph.

    Args:
        graph: A graph of `projections.dependency_graph`, folded or not. A file may have `columns`
            (each with column, role, special_category, exposure and verdict); a node of kind "stub"
            says with `name` what lies beyond its neighbour.
        links: Gives the addresses that a node leads to, by its id and attributes, and of what
            stated an edge (kind "statement"); None for none.
        colour: What the colour of boxes says.
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
            box = _box(node, data, address, is_asked=node in asked)
            boxes[node] = _coloured(box, data, colour)
    ways = [_way(source, target, data, address) for source, target, data in graph.edges(data=True)]
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


def _coloured(box: Box, data: Mapping[str, Any], colour: Colour) -> Box:
    """Return a box in the colour of what is asked, which it also says in words."""
    is_said = colour in {"kind", "status"} or data["kind"] == "group"
    lines = () if is_said else ((line, "") for line in class_lines(data))
    return replace(box, look=look_of(data, colour), lines=[*box.lines, *lines])


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
        lines=[*box_lines(node, data)],
        rows=columns[:ROWS],
        rest=columns[ROWS:],
        is_unknown=is_unread or _is_gone(data) or data.get("is_undeclared") is True,
        is_asked=is_asked,
        since=since.since(data),
        until=since.until(data),
        facts=box_facts(node, data),
        links=address(node, data),
    )


def _heading(node: str, data: Mapping[str, Any]) -> str:
    if data["kind"] in {"task", "group"}:
        return str(data.get("task_id") if data["kind"] == "task" else group_title(data))
    if data["kind"] == "file":
        return labels.short_lines_of(node, {**data, "kind": "dataset"})[0]
    return labels.short_lines_of(node, data)[0]


def _is_gone(data: Mapping[str, Any]) -> bool:
    return bool(data.get("is_missing") or data.get("is_erased"))


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
        facts=box_facts(node, data),
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


def _way(source: str, target: str, data: Mapping[str, Any], address: Links) -> Way:
    count = data.get("count", 1)
    effects = data.get("effects") or []
    kind = str(data["kind"])
    if kind == "beyond":
        return Way(source=source, target=target, words=kind, basis="")
    if kind == "hidden":
        label = f"{data['hidden']:,} hidden"
        return Way(source=source, target=target, words=_hidden(data), label=label, basis="hidden")
    remark = "assumed" if data["is_assumed"] else "observed" if data.get("is_observed") else ""
    stopped = data.get("stopped") or {}
    said = [kind if kind not in {*_ORDINARY, "identity"} else "", remark]
    said += [*dict.fromkeys(stopped.values())]
    said += [f"{data['hidden']:,} hidden beside"] if data.get("hidden") else []
    stated = data.get("stated")
    return Way(
        source=source,
        target=target,
        words=_words(data, count),
        label=", ".join(filter(None, said)),
        basis=remark or "declared",
        is_certain=bool(data.get("is_direct", True)) and not data["is_assumed"],
        stops=bool(stopped) or (bool(effects) and kind not in _PASSING),
        look="carries" if data.get("carried") else "",
        count=count,
        since=since.since(data),
        stated=stated,
        links={} if stated is None else address("", {"kind": "statement", **stated}),
    )


_PASSING: Final = {"identity", "transformation", "noise"}
_NAMED: Final = 5


def _words(data: Mapping[str, Any], count: int) -> str:
    words = labels.edge_words(data)
    parts = [f"{words} (stands for {count:,} edges)" if count > 1 else words]
    if carried := data.get("carried"):
        parts.append(f"carries {listed(carried, _NAMED)}")
    if stopped := data.get("stopped"):
        effects = ", ".join(f"{column} by {effect}" for column, effect in stopped.items())
        parts.append(f"stops {effects}")
    if data.get("hidden"):
        parts.append(_hidden(data))
    return "; ".join(parts)


def _hidden(data: Mapping[str, Any]) -> str:
    """Return what is hidden between two boxes."""
    steps = _counted(data["hidden"], "step")
    return f"{steps} hidden: {listed(data['through'], len(data['through']))}" + (
        " and more" if data["hidden"] > len(data["through"]) else ""
    )


def _summary(graph: nx.DiGraph, boxes: Mapping[str, Box]) -> str:
    shown = sum(box.kind != "stub" for box in boxes.values())
    stands = graph.graph.get("stands_for")
    if stands is None:
        return labels.summary_of(graph)
    whole = graph.graph.get("node_count", stands["nodes"])
    noun = "box stands" if shown == 1 else "boxes stand"
    text = f"{shown:,} {noun} for {_counted(stands['nodes'], 'node')}"
    hidden = graph.graph.get("hidden", 0)
    more = "box" if hidden == 1 else "boxes"
    text += f"; {hidden:,} more {more} hidden by the filter" if hidden else ""
    left = whole - stands["nodes"]
    return f"{text}; {left:,} of {whole:,} nodes are left out" if left > 0 else text


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
