"""What lies around something: a few steps each way, and how much lies beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any, Final

import networkx as nx

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import column_search, ids, search
from projections.dependency_graph.also import Also
from projections.dependency_graph.column_naming import ColumnGraph
from projections.dependency_graph.columns import columns_between
from projections.dependency_graph.exposure import Attained, Exposure
from projections.dependency_graph.named_graph import NamedGraph
from projections.dependency_graph.node_graph import NodeGraph
from projections.dependency_graph.picture.files import mark_tags
from projections.dependency_graph.questions import at_once
from projections.dependency_graph.search import Direction, Part
from projections.dependency_graph.undeclared import reply, undeclared, undeclared_files
from projections.graph_formats import folding
from projections.graph_formats.boxes import short_id
from projections.graph_formats.folding import Fold
from projections.graph_formats.since import earliest

DEPTH: Final = 2
"""Steps that are followed at first."""

MOST_AT_FIRST: Final = 30
"""Boxes that are shown at first."""

MOST: Final = 2_000
"""Boxes that are shown on request."""

_MOST_NODES: Final = 5_000
_NEWEST: Final = 5
_SQL: Final = statements(__name__)
_WAYS: Final[tuple[Direction, ...]] = ("upstream", "downstream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A question about what lies around something.

    Attributes:
        starts: Ids of the nodes or columns in the middle.
        upstream: Steps to its sources; None for all.
        downstream: Steps to its results; None for all.
        also: Boxes that are followed further.
        goals: Ids where ways end; then only what lies on a way from the starts to them.
        fold: What is one box.
        opened: Names of boxes that are shown by what is in them, see `folding.boxes_of`.
        is_closed: Whether nothing is said of what lies beyond.
        is_filtered: Whether some of the boxes will be hidden, so that more may be found.
    """

    starts: tuple[str, ...]
    upstream: int | None = DEPTH
    downstream: int | None = DEPTH
    also: tuple[Also, ...] = ()
    goals: tuple[str, ...] = ()
    fold: Fold = "tasks"
    opened: frozenset[str] = frozenset()
    is_closed: bool = False
    is_filtered: bool = False

    @property
    def most(self) -> int:
        """Boxes that are shown at most."""
        is_more = bool(self.also or self.goals or self.opened or self.is_filtered)
        is_first = not is_more and all(
            steps is not None and steps <= DEPTH for steps in (self.upstream, self.downstream)
        )
        return MOST_AT_FIRST if is_first else MOST


def newest(catalog: Catalog) -> tuple[str, tuple[str, ...]]:
    """Return what a question starts from if it names nothing, and the ids of it.

    Returns:
        "releases", "files", or "nothing" without any history of data; and the newest of them.
    """
    for word, sql in (("releases", _SQL["released"]), ("files", _SQL["newest"])):
        rows = catalog.rows(sql, {"limit": _NEWEST})
        if rows:
            return word, tuple(ids.dataset_id(row["uri"], row["sha256"]) for row in rows)
    return "nothing", ()


def neighbourhood(catalog: Catalog, around: Around) -> nx.DiGraph:
    """Return what lies around some nodes, folded to files and tasks unless asked otherwise.

    Args:
        catalog: The catalog to query.
        around: The question.

    Returns:
        A graph as from `projections.graph_formats.folding`, or from `dependency_graph` if the
        fold is "runs"; of columns as from `column_graph`, with versions (how many of the file are
        folded into one). Files and steps have tags, if there are any. A node of kind "stub" with
        `name`, direction and box stands for what lies beyond another; the edge between them has
        the kind "beyond". A file has is_erased and is_undeclared (no operation declared where its
        columns came from). `graph.graph` has the question, node_count (of the whole history) and
        stands_for.
    """
    if around.starts and ids.is_column(around.starts[0]):
        return _columns_on_ways(catalog, around) if around.goals else _columns(catalog, around)
    drawn = _between(catalog, around) if around.goals else _nodes(catalog, around)
    whole = int(catalog.value(_SQL["size"]))
    drawn.tell(_question(around, is_found=bool(drawn.graph)), whole, whole)
    boxes = folding.boxes_of(drawn.graph, around.fold, around.opened)
    kept = dict.fromkeys([*dict.fromkeys(boxes.values())][: around.most])
    drawn.graph.remove_nodes_from([node for node, box in boxes.items() if box not in kept])
    values = {
        "keys": [drawn.keys[node] for node in drawn.graph],
        "boxes": [boxes[node] for node in drawn.graph],
    }
    beyond = [] if around.is_closed else catalog.rows(_SQL["beyond"], values)
    shown = drawn.graph
    if around.fold != "runs":
        border = {row["box"] for row in beyond}
        shown = folding.folded(drawn.graph, border, around.fold, around.opened)
    shown.graph["stands_for"] = {"nodes": len(drawn.graph), "edges": drawn.graph.size()}
    _mark(catalog, shown)
    for row in beyond:
        words = [("files", "file"), ("runs", "run")]
        _add_stub(shown, row["box"], row["direction"], _counts(row, words))
    return shown


def _question(around: Around, *, is_found: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {"question": "around", "starts": [*around.starts]}
    if around.goals:
        asked |= {"question": "between", "goals": [*around.goals]}
        asked["answer"] = "yes" if is_found else "no"
    return asked


def _between(catalog: Catalog, around: Around) -> NodeGraph:
    """Return the nodes on any way from the starts to the goals, and all edges between them."""
    starts, goals = (ids.keys_of(catalog, nodes) for nodes in (around.starts, around.goals))
    part = search.between(catalog, starts, goals, limit=_MOST_NODES)
    drawn = NodeGraph(catalog, part, at_once(starts, goals))
    mark_tags(catalog, drawn)
    return drawn


def _nodes(catalog: Catalog, around: Around) -> NodeGraph:
    """Return the nodes around the starts, nearest first, and all edges between them."""
    starts = ids.keys_of(catalog, around.starts)
    values = {"starts": [*starts], "limit": _MOST_NODES}
    depths = {way: _depth(around, way) for way in _WAYS}
    parts = search.rows_by_part(catalog, _SQL["around"], values | depths)
    keys = [row["source"] for row in sorted(parts["node"], key=itemgetter("position"))]
    drawn = _drawn(catalog, keys, parts["edge"], starts)
    waiting = [*dict.fromkeys(around.also)]
    while waiting:
        boxes = folding.boxes_of(drawn.graph, around.fold, around.opened)
        members: dict[str, list[int]] = {}
        for node, box in boxes.items():
            members.setdefault(short_id(box), []).append(drawn.keys[node])
        found = [one for one in waiting if one.box in members]
        if not found:
            break
        more = [
            search.reach(
                catalog, members[one.box], one.direction, depth=one.steps, limit=_MOST_NODES
            ).keys
            for one in found
        ]
        waiting = [one for one in waiting if one not in found]
        keys = [*dict.fromkeys(chain(keys, *more))]
        drawn = _drawn(catalog, keys, catalog.rows(_SQL["edges"], {"keys": keys}), starts)
    return drawn


def _drawn(
    catalog: Catalog, keys: list[int], edges: list[dict[str, Any]], starts: Mapping[int, str]
) -> NodeGraph:
    part = Part(keys=keys, edges=edges, node_count=len(keys), edge_count=len(edges))
    drawn = _Nearest(catalog, part, starts)
    mark_tags(catalog, drawn)
    return drawn


class _Nearest(NodeGraph):
    """The same with its nodes in the order of the answer, nearest first."""

    def join(self, edges: Iterable[Mapping[str, Any]]) -> None:
        """Add edges after all nodes."""
        self.add([key for key in self._wanted if self.knows(key)])
        super().join(edges)

    def __init__(self, catalog: Catalog, part: Part, starts: Mapping[int, str]) -> None:
        self._wanted = part.keys
        super().__init__(catalog, part, starts)


def _both(found: Iterable[Sequence[int]]) -> list[int]:
    """Return keys found each way in turn, so that both ways have a share."""
    mixed = chain.from_iterable(zip_longest(*found))
    return [*dict.fromkeys(key for key in mixed if key is not None)]


def _depth(around: Around, way: Direction) -> int | None:
    return around.upstream if way == "upstream" else around.downstream


def _counts(row: Mapping[str, Any], words: Sequence[tuple[str, str]]) -> str:
    parts = [
        f"{row[key]:,} {noun}{'' if row[key] == 1 else 's'}" for key, noun in words if row[key]
    ]
    return "+ " + ", ".join(parts)


def _add_stub(graph: nx.DiGraph, box: str, direction: Direction, name: str) -> None:
    if box not in graph:
        return
    stub = f"beyond {direction} {box}"
    graph.add_node(stub, kind="stub", name=name, direction=direction, box=box)
    ends = (stub, box) if direction == "upstream" else (box, stub)
    graph.add_edge(*ends, kind="beyond", is_assumed=False)


def _mark(catalog: Catalog, graph: nx.DiGraph) -> None:
    """Say which files were erased, and of which nobody declared the columns."""
    files = {node: data for node, data in graph.nodes(data=True) if "uri" in data}
    members = {
        node: [one for one in data.get("members") or [node] if ids.kind_of(one) == "dataset"]
        for node, data in files.items()
    }
    uris = sorted({data["uri"] for data in files.values()})
    erased = {(row["uri"], row["sha256"]): row for row in catalog.rows(_SQL["erased"], [uris])}
    silent = {*undeclared_files(catalog, {*chain.from_iterable(members.values())})}
    for node, data in files.items():
        versions = [ids.parse_dataset(member) for member in members[node]]
        data["is_erased"] = bool(versions) and all(version in erased for version in versions)
        if data["is_erased"]:
            last = max((erased[version] for version in versions), key=itemgetter("position"))
            data["erased_at"] = last["erased_at"].isoformat()
            data["erased_position"] = last["position"]
        data["is_undeclared"] = any(member in silent for member in members[node])


def _columns_on_ways(catalog: Catalog, around: Around) -> nx.DiGraph:
    found = columns_between(catalog, around.starts, around.goals, limit=_MOST_NODES)
    return found if around.fold == "runs" else _folded_columns(found)


def _columns(catalog: Catalog, around: Around) -> nx.DiGraph:
    starts = ids.column_keys_of(catalog, around.starts)
    parts = {
        way: column_search.reach(catalog, starts, way, depth=_depth(around, way), limit=_MOST_NODES)
        for way in _WAYS
    }
    part = replace(
        parts["upstream"],
        keys=_both(part.keys for part in parts.values()),
        edges=[edge for part in parts.values() for edge in part.edges],
    )
    drawn = ColumnGraph(catalog, part, starts)
    waiting = [*dict.fromkeys(around.also)]
    while waiting:
        members: dict[str, list[int]] = {}
        for node, box in _column_boxes(drawn.graph, is_unfolded=around.fold == "runs").items():
            members.setdefault(short_id(box), []).append(drawn.keys[node])
        found = [one for one in waiting if one.box in members]
        if not found:
            break
        waiting = [one for one in waiting if one not in found]
        more = [
            column_search.reach(catalog, members[one.box], one.direction, depth=one.steps)
            for one in found
        ]
        part = replace(
            part,
            keys=[*dict.fromkeys(chain(part.keys, *(one.keys for one in more)))],
            edges=[*part.edges, *chain.from_iterable(one.edges for one in more)],
        )
        drawn = ColumnGraph(catalog, part, starts)
    attained = {key: found for one in parts.values() for key, found in one.exposures().items()}
    drawn.show({key: attained.get(key, Attained()) for key in drawn.keys.values()})
    files = [
        file for way, one in parts.items() for file in undeclared(catalog, starts, one.reached, way)
    ]
    asked = {
        "question": "around",
        "starts": [*around.starts],
        "answer": reply(is_found=len(part.keys) > len(starts), files=files),
        "undeclared": [*dict.fromkeys(files)],
        "is_assumed": any(one.is_assumed for one in parts.values()),
    }
    whole = {*part.keys, *chain.from_iterable(one.reached for one in parts.values())}
    drawn.tell(asked, len(whole), len(part.edges))
    return _with_columns_beyond(catalog, drawn, around)


def _with_columns_beyond(catalog: Catalog, drawn: NamedGraph, around: Around) -> nx.DiGraph:
    """Return the graph, folded or not, with how many columns lie beyond those of each file."""
    is_unfolded = around.fold == "runs"
    graph = drawn.graph if is_unfolded else _folded_columns(drawn.graph)
    boxes = _column_boxes(drawn.graph, is_unfolded=is_unfolded)
    values = {"keys": [drawn.keys[node] for node in boxes], "boxes": [*boxes.values()]}
    beyond = [] if around.is_closed else catalog.rows(_SQL["columns_beyond"], values)
    for row in beyond:
        words = _counts(row, [("columns", "column")])
        _add_stub(graph, row["box"], row["direction"], words)
    return graph


def _column_boxes(graph: nx.DiGraph, *, is_unfolded: bool) -> dict[str, str]:
    """Return for each column the node beside which a stub of its file is drawn: the first."""
    first: dict[str, str] = {}
    boxes = {}
    for node, data in graph.nodes(data=True):
        file = ids.dataset_id(data["uri"], data["sha256"]) if is_unfolded else data["uri"]
        boxes[node] = first.setdefault(file, node if is_unfolded else _folded_name(data))
    return boxes


def _folded_name(data: Mapping[str, Any]) -> str:
    return f"{data['uri']}:{data['column']}"


def _folded_columns(graph: nx.DiGraph) -> nx.DiGraph:
    """Return the graph with one node a column of a file."""
    home = {node: _folded_name(data) for node, data in graph.nodes(data=True)}
    members: dict[str, list[str]] = {}
    for node, box in home.items():
        members.setdefault(box, []).append(node)
    versions: dict[str, set[str | None]] = {}
    for _, data in graph.nodes(data=True):
        versions.setdefault(data["uri"], set()).add(data["sha256"])
    drawn = nx.DiGraph()
    for box, nodes in members.items():
        data = [graph.nodes[node] for node in nodes]
        drawn.add_node(
            box,
            **{**data[0], **_joined(data), **earliest(data)},
            versions=len(versions[data[0]["uri"]]),
            members=nodes,
        )
    for source, target, data in graph.edges(data=True):
        if home[source] == home[target]:
            continue
        known = drawn.get_edge_data(home[source], home[target])
        if known is None:
            drawn.add_edge(home[source], home[target], **data, count=1)
        else:
            known.update(earliest([known, data]), count=known["count"] + 1)
            known["effects"] = [*dict.fromkeys([*known["effects"], *data["effects"]])]
            known["is_assumed"] = known["is_assumed"] and data["is_assumed"]
            known["is_direct"] = known["is_direct"] or data["is_direct"]
    drawn.graph.update(graph.graph)
    for ends in ("starts", "goals"):
        named = (home[one] for one in graph.graph.get(ends, []) if one in home)
        drawn.graph[ends] = [*dict.fromkeys(named)]
    drawn.graph["stands_for"] = {"nodes": len(graph), "edges": graph.size()}
    return drawn


def _joined(data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the versions of a column expose together: the highest level counts."""
    joined = Attained(
        direct=_levels(one["direct"] for one in data),
        indirect=_levels(one["indirect"] for one in data),
    )
    exposure, indirect = joined.exposure, joined.indirect_exposure
    return {
        "exposure": None if exposure is None else exposure.word,
        "indirect_exposure": None if indirect is None else indirect.word,
    }


def _levels(words: Iterable[Sequence[str]]) -> tuple[Exposure, ...]:
    found: Iterator[str] = chain.from_iterable(words)
    return tuple(sorted({Exposure[word.upper()] for word in found}, reverse=True))
