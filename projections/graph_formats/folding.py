"""A graph of versions and steps, folded to fewer boxes: by file and task, by folder, or by tag."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, Literal, TypeAlias, get_args

import networkx as nx

from projections.graph_formats import rolled_up
from projections.graph_formats.boxes import short_id
from projections.graph_formats.since import earliest

Fold: TypeAlias = Literal["tasks", "folders", "tags", "runs"]
"""What is one box: a file or a task; a folder or a task; what has the same tags; a version or an
operation."""

FOLDS: Final[tuple[Fold, ...]] = get_args(Fold)

_MEMBER: Final = {"dataset": "file", "operation": "task", "run": "task"}


def boxes_of(
    graph: nx.DiGraph, fold: Fold = "tasks", opened: Collection[str] = ()
) -> dict[str, str]:
    """Return for each node the id of the box that it is in.

    Args:
        graph: A graph of `projections.dependency_graph`; a column is its own box. Nodes may have
            tags.
        fold: What is one box.
        opened: Names (`short_id`) of boxes that are replaced by what is in them: a group by its
            files and tasks, a file by its versions, a task by its operations.
    """
    return {node: _box_of(node, data, fold, opened) for node, data in graph.nodes(data=True)}


def _box_of(node: str, data: Mapping[str, Any], fold: Fold, opened: Collection[str]) -> str:
    if fold == "runs" or data["kind"] not in _MEMBER:
        return node
    group = _group_of(node, data, fold)
    if group is not None and short_id(group) not in opened:
        return group
    single = _single(node, data)
    return node if opened and short_id(single) in opened else single


def _single(node: str, data: Mapping[str, Any]) -> str:
    if data["kind"] == "dataset":
        return f"file:{data.get('uri') or node.rpartition('@')[0]}"
    return f"task:{data.get('task_id') or data.get('run_id') or node}"


def _group_of(node: str, data: Mapping[str, Any], fold: Fold) -> str | None:
    """Return the group of a node; None for one that stays by itself."""
    if fold == "folders" and data["kind"] == "dataset":
        uri = str(data.get("uri") or node.rpartition("@")[0])
        return f"folder:{PurePosixPath(uri).parent}"
    if fold == "tags" and data.get("tags"):
        return f"tag:{', '.join(data['tags'])}"
    return None


def folded(
    graph: nx.DiGraph,
    kept: Collection[str] = (),
    fold: Fold = "tasks",
    opened: Collection[str] = (),
) -> nx.DiGraph:
    """Return a graph with one node a box.

    A file that one task both wrote and used, and nobody else, is inside the box of the task. Where
    a task uses what the same run of it wrote, only the writing is drawn.

    Args:
        graph: A graph of `projections.dependency_graph`.
        kept: Boxes of files that are drawn in any case, besides those asked about.
        fold: As for `boxes_of`.
        opened: As for `boxes_of`.

    Returns:
        Nodes as `rolled_up.facts` has them, with members (the nodes inside). Edges have kind and
        is_assumed, as before, and count, the edges they stand for. `graph.graph` has the question,
        and stands_for: nodes and edges of the graph that was folded.
    """
    boxes = boxes_of(graph, fold, opened)
    members: dict[str, list[str]] = {}
    for node, box in boxes.items():
        members.setdefault(box, []).append(node)
    drawn = nx.DiGraph()
    for box, nodes in members.items():
        inside = {node: graph.nodes[node] for node in nodes}
        drawn.add_node(box, **rolled_up.facts(box, inside), members=nodes)
    _join(drawn, graph, boxes)
    asked = [*graph.graph.get("starts", []), *graph.graph.get("goals", [])]
    _put_inside(drawn, {*kept, *(boxes[node] for node in asked if node in boxes)})
    names = {key: _named(graph.graph.get(key, []), boxes) for key in ("starts", "goals")}
    drawn.graph.update(graph.graph, **{key: value for key, value in names.items() if value})
    drawn.graph["stands_for"] = {
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
    }
    return drawn


def _named(nodes: Iterable[str], boxes: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(boxes[node] for node in nodes if node in boxes))


def _join(drawn: nx.DiGraph, graph: nx.DiGraph, boxes: Mapping[str, str]) -> None:
    made = {
        (boxes[source], _single(target, graph.nodes[target]), graph.nodes[source].get("run_id"))
        for source, target, kind in graph.edges(data="kind")
        if kind == "generated"
    }
    for source, target, data in graph.edges(data=True):
        near, far = boxes[source], boxes[target]
        read = _single(source, graph.nodes[source])
        is_own = (far, read, graph.nodes[target].get("run_id")) in made
        if near == far or is_own:
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
        if edge.get("is_used_again") and drawn.nodes[task]["kind"] == "task":
            drawn.nodes[task]["files"] += data["versions"]
            drawn.nodes[task]["members"] = [*drawn.nodes[task]["members"], *data["members"]]
            drawn.remove_node(box)
