"""Whatever is hidden in a picture of lineage, what is left says the same of what leads where."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.dependency_graph.picture.filters import filtered
from projections.graph_formats import rows
from projections.graph_formats.drawing import draw

MOST = 9


@dataclass(frozen=True)
class Asked:
    """A graph, which of its nodes match, and which were asked about."""

    graph: nx.DiGraph
    matching: frozenset[str]
    starts: frozenset[str]

    @property
    def kept(self) -> set[str]:
        """The nodes that are shown."""
        return {*self.matching, *self.starts}

    @property
    def hidden(self) -> set[str]:
        """The nodes that are not."""
        return {*self.graph} - self.kept


@st.composite
def questions(draw_one: st.DrawFn) -> Asked:
    """Any graph of some nodes, with cycles, and any choice of them."""
    names = [f"run-{number}" for number in range(draw_one(st.integers(1, MOST)))]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    graph = nx.DiGraph()
    graph.add_nodes_from(names, kind="run", status="success")
    edges = draw_one(st.sets(pairs, max_size=2 * MOST))
    graph.add_edges_from(
        sorted((s, t) for s, t in edges if s != t), kind="reused", is_assumed=False
    )
    some = st.frozensets(st.sampled_from(names))
    starts = draw_one(some)
    graph.graph["starts"] = sorted(starts)
    return Asked(graph=graph, matching=draw_one(some), starts=starts)


def through(asked: Asked, source: str, target: str) -> set[str]:
    """The hidden nodes on all ways between two nodes that lead through hidden ones only."""
    return beyond(asked.graph, asked, source) & beyond(asked.graph.reverse(), asked, target)


def beyond(graph: nx.DiGraph, asked: Asked, node: str) -> set[str]:
    """The hidden nodes that ways from a node lead to through hidden ones only."""
    return nx.descendants(graph.subgraph({*asked.hidden, node}), node)


def shown_of(asked: Asked) -> nx.DiGraph:
    """What is shown, without counts of what leads nowhere."""
    for node, data in asked.graph.nodes(data=True):
        data["is_wanted"] = node in asked.matching
    return filtered(asked.graph, lambda data: bool(data["is_wanted"]), str)


@settings(max_examples=150, deadline=None)
@given(questions())
def test_hidden_boxes_leave_counted_bridges(asked: Asked) -> None:
    """The table has each edge between what is shown, and each way through what is hidden."""
    found = shown_of(asked)
    boxes = {node for node, kind in found.nodes(data="kind") if kind != "stub"}
    table = [
        (row["from"], row["to"], row["how"])
        for row in rows.rows_of(draw(found), "edges")
        if row["how"] != "beyond"
    ]
    expected = {}
    for source in asked.kept:
        for target in asked.kept - {source}:
            ways = len(through(asked, source, target))
            if ways or asked.graph.has_edge(source, target):
                expected[source, target] = ways

    assert boxes == asked.kept
    assert found.graph["hidden"] == len(asked.hidden)
    assert {(source, target) for source, target, _ in table} == {*expected}
    assert len(table) == len(expected)
    for source, target, how in table:
        ways = expected[source, target]
        steps = f"{ways} step{'' if ways == 1 else 's'} hidden: "
        assert (steps in how) == bool(ways)
        assert how.startswith("reused") == asked.graph.has_edge(source, target)


@settings(max_examples=150, deadline=None)
@given(questions())
def test_filter_changes_nothing_of_what_leads_where(asked: Asked) -> None:
    """A box leads to another in the picture if it does in the whole; the rest is counted."""
    found = shown_of(asked)

    for node in asked.kept:
        reached = nx.descendants(asked.graph, node) & asked.kept
        assert nx.descendants(found, node) & asked.kept == reached
        for graph, direction in ((asked.graph, "downstream"), (asked.graph.reverse(), "upstream")):
            rest = beyond(graph, asked, node)
            for other in asked.kept:
                ends = (node, other) if direction == "downstream" else (other, node)
                rest -= through(asked, *ends)
            stub = found.nodes.get(f"hidden {direction} {node}", {"hidden": 0})
            assert stub["hidden"] == len(rest)
