"""Searching edges of integers."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from projections.dependency_graph.edges import Direction, Edges, Keys, distinct, is_among

Pairs = list[tuple[int, int]]
NODES = range(12)
graphs = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=40)
starts = st.lists(st.sampled_from(NODES), max_size=3)
directions = st.sampled_from(["upstream", "downstream"])


def keys(nodes: list[int]) -> Keys:
    """Nodes as keys: far apart, and at both ends of what 64 bits hold."""
    return np.array([(node * 0x9E3779B97F4A7C15) % 2**64 for node in nodes], np.uint64)


NAMES = dict(zip(keys(list(NODES)).tolist(), NODES, strict=True))


def edges_of(pairs: Pairs) -> Edges:
    """Edges, each recorded one position after the other."""
    return Edges(
        keys([source for source, _ in pairs]),
        keys([target for _, target in pairs]),
        np.arange(len(pairs)),
    )


def named(found: Keys) -> list[int]:
    """The nodes of keys."""
    return [NAMES[key] for key in found.tolist()]


@given(pairs=graphs, begin=starts, direction=directions, depth=st.none() | st.integers(0, 5))
@example(pairs=[(1, 2), (2, 1)], begin=[1], direction="downstream", depth=None)
@example(pairs=[(1, 1)], begin=[1], direction="upstream", depth=1)
def test_search_finds_what_networkx_finds(
    pairs: Pairs, begin: list[int], direction: Direction, depth: int | None
) -> None:
    """Nodes, their distances, and the number of edges among them, in any graph with cycles."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from(begin)
    edges = edges_of(pairs)

    reached = edges.reach(keys(begin), direction, depth)

    walked = graph if direction == "downstream" else graph.reverse()
    distances = (
        dict(nx.multi_source_dijkstra_path_length(walked, set(begin), cutoff=depth))
        if (begin)
        else {}
    )
    assert dict(zip(named(reached.keys), reached.distances, strict=True)) == distances
    assert list(reached.distances) == sorted(reached.distances)
    assert edges.count(reached.rows) == graph.subgraph(distances).number_of_edges()


@given(pairs=graphs, begin=starts, end=starts)
def test_way_is_a_shortest_one(pairs: Pairs, begin: list[int], end: list[int]) -> None:
    """Each edge of it begins where the one before ends, and no way is shorter."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from([*begin, *end])
    lengths = [
        nx.shortest_path_length(graph, a, b) for a in begin for b in end if nx.has_path(graph, a, b)
    ]
    edges = edges_of(pairs)

    rows = edges.shortest(keys(begin), keys(end))

    assert (rows is None) == (not lengths)
    if rows is not None:
        way = [pairs[row] for row in rows]
        assert len(way) == min(lengths)
        assert [target for _, target in way[:-1]] == [source for source, _ in way[1:]]
        assert not way or (way[0][0] in begin and way[-1][1] in end)


@given(pairs=graphs, begin=starts, end=starts)
def test_between_is_what_lies_below_one_and_above_the_other(
    pairs: Pairs, begin: list[int], end: list[int]
) -> None:
    """All nodes on any path, and all edges among them."""
    graph = nx.DiGraph(pairs)
    graph.add_nodes_from([*begin, *end])
    below = {node for start in begin for node in nx.descendants(graph, start) | {start}}
    above = {node for goal in end for node in nx.ancestors(graph, goal) | {goal}}
    edges = edges_of(pairs)

    reached = edges.between(keys(begin), keys(end))

    assert set(named(reached.keys)) == below & above
    assert edges.count(reached.rows) == graph.subgraph(below & above).number_of_edges()


@given(pairs=graphs, begin=starts, limit=st.integers(1, 6))
@example(pairs=[(0, 1), (0, 2), (1, 0)], begin=[0], limit=2)
def test_cut_answer_keeps_the_nearest_and_of_these_the_newest(
    pairs: Pairs, begin: list[int], limit: int
) -> None:
    """No node that is left out is nearer, or as near and in a later edge, than one that is kept."""
    edges = edges_of(pairs)
    reached = edges.reach(keys(begin), "downstream")
    distances = dict(zip(named(reached.keys), reached.distances, strict=True))
    inside = [(row, edge) for row, edge in enumerate(pairs) if {*edge} <= distances.keys()]

    def rank(node: int) -> tuple[int, int]:
        return distances[node], -max((row for row, edge in inside if node in edge), default=0)

    kept = named(edges.nearest(reached, limit))

    assert len(kept) == min(limit, len(distances))
    left_out = distances.keys() - set(kept)
    assert not left_out or max(map(rank, kept)) <= min(map(rank, left_out))


@given(pairs=graphs, limit=st.integers(1, 15))
def test_newest_are_the_nodes_of_the_latest_edges(pairs: Pairs, limit: int) -> None:
    """Going back from the last edge, each node counts once."""
    back = list(dict.fromkeys(node for edge in reversed(pairs) for node in edge))
    edges = edges_of(pairs)

    assert named(edges.newest(limit)) == back[:limit]
    assert edges.count() == len(set(pairs))


def test_chain_of_many_steps_is_walked_to_its_end() -> None:
    """A file that was written again ten thousand times has all its versions in its history."""
    chain = np.arange(10_001, dtype=np.uint64)
    reached = Edges(chain[:-1], chain[1:], np.arange(10_000)).reach(chain[:1], "downstream")

    assert reached.keys.size == 10_001
    assert reached.distances[-1] == 10_000


@given(values=st.lists(st.integers(0, 2**64 - 1)), others=st.lists(st.integers(0, 2**64 - 1)))
def test_sets_of_keys_are_sets(values: list[int], others: list[int]) -> None:
    """Each value once and in order, and membership, for numbers of any size."""
    given_values, given_others = np.array(values, np.uint64), np.array(sorted(others), np.uint64)

    assert distinct(given_values).tolist() == sorted(set(values))
    assert is_among(given_values, given_others).tolist() == [value in others for value in values]
