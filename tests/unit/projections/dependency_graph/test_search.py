"""Searching the edges of a graph."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import networkx as nx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from projections import Catalog
from projections.dependency_graph import search
from projections.dependency_graph.search import Direction, Part

Pairs = list[tuple[int, int]]
NODES = range(12)
graphs = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=40)
starts = st.lists(st.sampled_from(NODES), max_size=3)
directions = st.sampled_from(["upstream", "downstream"])
CONNECTION = duckdb.connect(config={"threads": 1})


def keys(nodes: Sequence[int]) -> list[int]:
    """Nodes as keys: far apart, and at both ends of what 64 bits hold."""
    return [(node * 0x9E3779B97F4A7C15) % 2**64 for node in nodes]


NAMES = dict(zip(keys(NODES), NODES, strict=True))


def catalog_of(pairs: Pairs) -> Catalog:
    """A catalog with edges only, each recorded one position after the other."""
    CONNECTION.execute(
        """
        create or replace table edges as
        select unnest($1::ubigint[]) as source_key, unnest($2::ubigint[]) as target_key,
          unnest(range($3)) as position
        """,
        [keys([pair[0] for pair in pairs]), keys([pair[1] for pair in pairs]), len(pairs)],
    )
    return Catalog(CONNECTION, 0, is_confined=True)


def named(found: Part) -> list[int]:
    """The nodes of an answer."""
    return [NAMES[key] for key in found.keys]


def edges_of(found: Part) -> list[tuple[int, int]]:
    """The edges of an answer."""
    return [(NAMES[edge["source"]], NAMES[edge["target"]]) for edge in found.edges]


@given(pairs=graphs, begin=starts, direction=directions, depth=st.none() | st.integers(0, 5))
@example(pairs=[(1, 2), (2, 1)], begin=[1], direction="downstream", depth=None)
@example(pairs=[(1, 1)], begin=[1], direction="upstream", depth=1)
def test_search_finds_what_networkx_finds(
    pairs: Pairs, begin: list[int], direction: Direction, depth: int | None
) -> None:
    """Nodes, nearest first, and the edges among them, in any graph with cycles."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from(begin)

    reached = search.reach(catalog_of(pairs), keys(begin), direction, depth=depth)

    walked = graph if direction == "downstream" else graph.reverse()
    distances = (
        dict(nx.multi_source_dijkstra_path_length(walked, set(begin), cutoff=depth))
        if (begin)
        else {}
    )
    assert {*named(reached)} == distances.keys()
    assert reached.node_count == len(reached.keys) == len(distances)
    order = [distances[node] for node in named(reached)]
    assert order == sorted(order)
    assert {*edges_of(reached)} == {*graph.subgraph(distances).edges}
    assert reached.edge_count == graph.subgraph(distances).number_of_edges()


@given(pairs=graphs, begin=starts, end=starts)
def test_way_is_a_shortest_one(pairs: Pairs, begin: list[int], end: list[int]) -> None:
    """Each edge of it begins where the one before ends, and no way is shorter."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from([*begin, *end])
    lengths = [
        nx.shortest_path_length(graph, a, b) for a in begin for b in end if nx.has_path(graph, a, b)
    ]

    found = search.shortest(catalog_of(pairs), keys(begin), keys(end))

    assert (found.node_count == 0) == (not lengths)
    way = edges_of(found)
    assert {*way} <= {*pairs}
    assert [target for _, target in way] == named(found)
    assert len(way) == min(lengths, default=0)
    assert [target for _, target in way[:-1]] == [source for source, _ in way[1:]]
    assert not way or (way[0][0] in begin and way[-1][1] in end)


def test_way_of_several_is_the_one_recorded_first() -> None:
    """Going back from the goal, the earliest edge that keeps the way short is taken."""
    found = search.shortest(catalog_of([(0, 1), (0, 2), (2, 3), (1, 3)]), keys([0]), keys([3]))

    assert edges_of(found) == [(0, 2), (2, 3)]
    assert (found.node_count, found.edge_count) == (4, 4)


@given(pairs=graphs, begin=starts, end=starts)
def test_between_is_what_lies_below_one_and_above_the_other(
    pairs: Pairs, begin: list[int], end: list[int]
) -> None:
    """All nodes on any path, and all edges among them."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from([*begin, *end])
    below = {node for start in begin for node in nx.descendants(graph, start) | {start}}
    above = {node for goal in end for node in nx.ancestors(graph, goal) | {goal}}

    reached = search.between(catalog_of(pairs), keys(begin), keys(end))

    assert {*named(reached)} == below & above
    assert {*edges_of(reached)} == {*graph.subgraph(below & above).edges}
    assert reached.edge_count == graph.subgraph(below & above).number_of_edges()


@given(pairs=graphs, begin=starts, limit=st.integers(1, 6))
@example(pairs=[(0, 1), (0, 2), (1, 0)], begin=[0], limit=2)
def test_cut_answer_keeps_the_nearest_and_of_these_the_newest(
    pairs: Pairs, begin: list[int], limit: int
) -> None:
    """No node that is left out is nearer, or as near and in a later edge, than one that is kept."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from(begin)
    distances = dict(nx.multi_source_dijkstra_path_length(graph, set(begin))) if begin else {}
    inside = [(row, edge) for row, edge in enumerate(pairs) if {*edge} <= distances.keys()]

    def rank(node: int) -> tuple[int, int]:
        return distances[node], -max((row for row, edge in inside if node in edge), default=0)

    reached = search.reach(catalog_of(pairs), keys(begin), "downstream", limit=limit)
    kept = named(reached)

    assert len(kept) == min(limit, len(distances))
    left_out = distances.keys() - set(kept)
    assert not left_out or max(map(rank, kept)) <= min(map(rank, left_out))
    assert {*edges_of(reached)} == {*graph.subgraph(kept).edges}
    assert reached.node_count == len(distances)
    assert reached.edge_count == graph.subgraph(distances).number_of_edges()


@given(pairs=graphs, limit=st.integers(1, 15))
def test_newest_are_the_nodes_of_the_latest_edges(pairs: Pairs, limit: int) -> None:
    """Going back from the last edge, each node counts once."""
    back = list(dict.fromkeys(node for edge in reversed(pairs) for node in edge))

    found = search.everything(catalog_of(pairs), limit=limit)

    assert named(found) == back[:limit]
    assert (found.node_count, found.edge_count) == (len(back), len(set(pairs)))


@pytest.mark.parametrize("limit", [None, 5000])
def test_chain_of_many_steps_is_walked_to_its_end(limit: int | None) -> None:
    """A file that was written again ten thousand times has all its versions in its history."""
    chain = range(10_001)
    catalog = catalog_of([(node, node + 1) for node in chain[:-1]])
    reached = search.reach(catalog, keys([0]), "downstream", limit=limit)

    assert reached.node_count == 10_001
    assert reached.keys == keys(chain)[:limit]
