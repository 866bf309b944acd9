"""A graph of versions and steps, folded to one box a file and one a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import networkx as nx

from projections.graph_formats.since import earliest

_MEMBER: Final = {"dataset": "file", "operation": "task", "run": "task"}


def box_of(node: str, data: Mapping[str, Any]) -> str:
    """Return the id of the box that a node is folded into.

    Args:
        node: A node of `projections.dependency_graph`; a column is its own box.
        data: Its attributes.
    """
    kind = _MEMBER.get(data["kind"])
    if kind is None:
        return node
    name = (data.get("uri") or node.rpartition("@")[0]) if kind == "file" else data.get("task_id")
    return f"{kind}:{name or data.get('run_id') or node}"


def folded(graph: nx.DiGraph, kept: Collection[str] = ()) -> nx.DiGraph:
    """Return a graph with one node a file and one a task.

    A file that one task both wrote and used, and nobody else, is inside the box of the task. Where
    a task uses what the same run of it wrote, only the writing is drawn.

    Args:
        graph: A graph of `projections.dependency_graph`.
        kept: Boxes of files that are drawn in any case, besides those asked about.

    Returns:
        Nodes have kind ("file": uri, versions, and all facts of the version if there is one;
        "task": task_id, runs, operations, files (inside), failed, status and started_at of the
        latest run) and members (the nodes inside). Edges have kind and is_assumed, as before,
        and count, the edges they stand for. `graph.graph` has the question, and stands_for:
        nodes and edges of the graph that was folded.
    """
    boxes = {node: box_of(node, data) for node, data in graph.nodes(data=True)}
    members: dict[str, list[str]] = {}
    for node, box in boxes.items():
        members.setdefault(box, []).append(node)
    drawn = nx.DiGraph()
    for box, nodes in members.items():
        drawn.add_node(box, **_facts(box, nodes, graph), members=nodes)
    _join(drawn, graph, boxes)
    asked = [*graph.graph.get("starts", []), *graph.graph.get("goals", [])]
    always = {*kept, *(boxes[node] for node in asked if node in boxes)}
    _put_inside(drawn, always)
    names = {key: _boxes(graph.graph.get(key, []), boxes) for key in ("starts", "goals")}
    drawn.graph.update(graph.graph, **{key: value for key, value in names.items() if value})
    drawn.graph["stands_for"] = {
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
    }
    return drawn


def _boxes(nodes: Iterable[str], boxes: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(boxes[node] for node in nodes if node in boxes))


def _facts(box: str, nodes: Sequence[str], graph: nx.DiGraph) -> dict[str, Any]:
    data = [graph.nodes[node] for node in nodes]
    if box.startswith("file:"):
        only = {key: value for key, value in data[0].items() if key != "kind"}
        shared = {"is_missing": any(one.get("is_missing") for one in data)}
        several = {"uri": box.removeprefix("file:"), **shared, **earliest(data)}
        facts = only if len(nodes) == 1 else several
        return {"uri": box.removeprefix("file:"), **facts, "kind": "file", "versions": len(nodes)}
    if not box.startswith("task:"):
        return dict(data[0])
    latest = max(data, key=lambda one: one.get("started_at") or "")
    statuses: dict[str, list[Mapping[str, Any]]] = {}
    for node, one in zip(nodes, data, strict=True):
        statuses.setdefault(one.get("run_id") or node, []).append(one)
    words = [_status(steps) for steps in statuses.values()]
    last = statuses[latest.get("run_id") or nodes[data.index(latest)]]
    operations = Counter(one.get("name") for one in data if one["kind"] == "operation")
    return {
        "kind": "task",
        "task_id": box.removeprefix("task:"),
        "run_id": latest.get("run_id"),
        "runs": len(statuses),
        "failed": sum(word in _BAD for word in words),
        "operations": sorted(filter(None, operations)),
        "status": _status(last),
        "started_at": latest.get("started_at"),
        "files": 0,
        **earliest(data),
    }


_BAD: Final = ("failed", "error", "interrupted")


def _status(steps: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the status of the steps of a run that are drawn: the worst."""
    words = [str(one.get("liveness") or one.get("status") or "") for one in steps]
    bad = next((word for word in _BAD if word in words), None)
    return bad or next((word for word in words if word not in {"", "success"}), words[0]) or None


def _join(drawn: nx.DiGraph, graph: nx.DiGraph, boxes: Mapping[str, str]) -> None:
    made = {
        (boxes[source], boxes[target], graph.nodes[source].get("run_id"))
        for source, target, kind in graph.edges(data="kind")
        if kind == "generated"
    }
    for source, target, data in graph.edges(data=True):
        near, far = boxes[source], boxes[target]
        own = (far, near, graph.nodes[target].get("run_id")) in made
        if near == far or own:
            if near != far and drawn.has_edge(far, near):
                drawn.edges[far, near]["is_used_again"] = True
            continue
        known = drawn.get_edge_data(near, far)
        if known is None:
            drawn.add_edge(near, far, **data, count=1)
        else:
            known.update(earliest([known, data]), count=known["count"] + 1)
            known["is_assumed"] = known["is_assumed"] and data["is_assumed"]


def _put_inside(drawn: nx.DiGraph, always: Collection[str]) -> None:
    for box, data in list(drawn.nodes(data=True)):
        ways = [*drawn.in_edges(box, data=True)]
        if data["kind"] != "file" or box in always or drawn.out_degree(box) or len(ways) != 1:
            continue
        (task, _, edge) = ways[0]
        if edge.get("is_used_again"):
            drawn.nodes[task]["files"] += data["versions"]
            drawn.nodes[task]["members"] = [*drawn.nodes[task]["members"], *data["members"]]
            drawn.remove_node(box)
