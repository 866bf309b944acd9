"""Texts of nodes and edges, safe for terminals, pages and pictures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

import networkx as nx

from lineage.kernel.plain import visible as visible  # noqa: PLC0414  # handed on to the formats

SHORT_DIGEST: Final = 8
MOST_FILES: Final = 3
"""Files that a warning names."""
_DIGEST: Final = re.compile(r"@[0-9a-f]{64}(?=$|:)")


def lines_of(node: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two lines of a node: its name, and its distinguishing facts."""
    match data["kind"]:
        case "dataset":
            return str(data.get("uri") or node.rpartition("@")[0]), ", ".join(
                _file_facts(node, data)
            )
        case "file" | "task" | "group" | "stub":
            return str(data.get("uri") or data.get("task_id") or data.get("name") or node), ""
        case "column":
            name = data["column"] or "columns not recorded"
            return name, ", ".join([data["uri"], *_column_facts(data)])
    run = str(data.get("run_id") or node)[:SHORT_DIGEST]
    facts = (
        data.get("task_id") or "task unknown",
        f"run {run}",
        data.get("liveness") or data.get("status"),
    )
    return data.get("name") or node, ", ".join(filter(None, facts))


def short_lines_of(node: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the same lines, with a file name instead of a path."""
    heading, facts = lines_of(node, data)
    if data["kind"] == "column":
        return heading, ", ".join([file_name(data["uri"]), *_column_facts(data)])
    return (file_name(heading) if data["kind"] == "dataset" else heading), facts


def namer(graph: nx.DiGraph) -> Callable[[str], str]:
    """Return what gives the short name of a node of a graph."""
    return lambda node: short_lines_of(node, graph.nodes[node])[0]


def facts_of(node: str, data: Mapping[str, Any]) -> dict[str, str]:
    """Return everything known about a node, as texts."""
    facts = {"id": node}
    for key, value in data.items():
        if value is None or value == [] or value is False:
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        facts[key.replace("_", " ")] = "yes" if value is True else text
    return facts


def edge_words(data: Mapping[str, Any]) -> str:
    """Return the meaning of an edge."""
    if data.get("effects"):
        return ", ".join(data["effects"])
    return f"{data['kind']}, assumed" if data["is_assumed"] else str(data["kind"])


def title_of(graph: nx.DiGraph) -> str:
    """Return what a graph shows."""
    asked = graph.graph
    starts = [visible(_short_id(start)) for start in asked.get("starts", [])]
    goals = [visible(_short_id(goal)) for goal in asked.get("goals", [])]
    match asked.get("question"):
        case "upstream" | "downstream" as direction:
            return f"Lineage {direction} of {_some(starts)}"
        case "around":
            return f"Lineage around {_some(starts)}"
        case "path" | "between" as question:
            return f"Lineage, {question} {_some(starts)} and {_some(goals)}"
    return "Lineage"


def asked_about(graph: nx.DiGraph) -> set[str]:
    """Return the nodes of a graph that its question names."""
    return {*graph.graph.get("starts", []), *graph.graph.get("goals", [])} & {*graph}


def summary_of(graph: nx.DiGraph) -> str:
    """Return the size of a graph, and of the whole answer if it is truncated."""
    shown, edges = graph.number_of_nodes(), graph.number_of_edges()
    if graph.graph.get("is_truncated"):
        of_nodes, of_edges = graph.graph["node_count"], graph.graph["edge_count"]
        return f"Truncated: {shown:,} of {of_nodes:,} nodes, {edges:,} of {of_edges:,} edges"
    return ", ".join(
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((shown, "node"), (edges, "edge"))
    )


def warnings_of(graph: nx.DiGraph) -> list[str]:
    """Return in lines what a graph cannot know: where columns came from that nobody declared."""
    files = [visible(_short_id(file)) for file in graph.graph.get("undeclared", [])]
    lines = []
    if files:
        more = len(files) - MOST_FILES
        known = "Unknown" if graph.graph.get("answer") == "unknown" else "Incomplete"
        lines = [
            f"{known}: no operation declared where the columns of these files came from:",
            *files[:MOST_FILES],
            *([f"and {more:,} more"] if more > 0 else []),
        ]
    if graph.graph.get("is_assumed"):
        lines.append("Assumed: columns of the same name and type were taken for unchanged")
    return lines


def shortened(text: str, cells: int) -> str:
    """Return text at most `cells` letters wide, shortened in the middle if necessary."""
    if width_of(text) <= cells:
        return text
    head, tail = "", ""
    room = cells - 1
    while text and width_of(head + tail) < room:
        head, text = head + text[0], text[1:]
        if text and width_of(head + tail) < room:
            tail, text = text[-1] + tail, text[:-1]
    while width_of(head + tail) > room:
        head = head[:-1]
    return f"{head}…{tail}"


def width_of(text: str) -> int:
    """Return the width of a text in letters; East Asian letters count twice."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def file_name(uri: str) -> str:
    """Return the last part of a path."""
    return uri.rstrip("/").rpartition("/")[2] or uri


def _file_facts(node: str, data: Mapping[str, Any]) -> list[str]:
    digest = node.rpartition("@")[2]
    facts = ["digest unknown" if digest == "unknown" else digest[:SHORT_DIGEST]]
    if data.get("rows") is not None:
        facts.append(f"{data['rows']:,} rows")
    if data.get("is_missing"):
        facts.append("not on disk")
    return facts


def _column_facts(data: Mapping[str, Any]) -> list[str]:
    facts = []
    if data.get("exposure"):
        facts.append(data["exposure"])
    if data.get("indirect_exposure"):
        facts.append(f"indirectly {data['indirect_exposure']}")
    if data.get("origin") in ("undeclared", "generated"):
        facts.append(f"origin {data['origin']}")
    return facts


def _short_id(node: str) -> str:
    """Return an id with a short digest and without the folders of a file."""
    return file_name(_DIGEST.sub(lambda found: found[0][: 1 + SHORT_DIGEST], node))


def _some(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1:,} more" if len(names) > 1 else "")
