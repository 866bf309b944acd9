"""The graph of dataset versions, operations and runs."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import (
    Given,
    Step,
    digest,
    done,
    folded,
    of_run,
    operation,
    read,
    started,
    untimed,
    version_of,
    wrote,
)

from lineage.events import OperationSkipped
from projections.dependency_graph import (
    Selection,
    between,
    dependency_graph,
    shortest_path,
)

RAW = version_of("raw.csv", "raw")
EDITED = version_of("raw.csv", "edited")


def step(run: str, source: tuple[str, str], target: tuple[str, str]) -> Step:
    """A run of one operation that makes one file from another."""
    return of_run(
        started(), operation(), read(*source), wrote(*target), done(), run=run, task=f"t_{run}"
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A file that was read, edited, and read again; each time a chain was made from it."""
    with folded(
        step("a", ("raw.csv", "raw"), ("mid.csv", "m1")),
        step("b", ("mid.csv", "m1"), ("end.csv", "e1")),
        step("c", ("raw.csv", "edited"), ("mid.csv", "m2")),
    ) as given_history:
        yield given_history


def closure(history: Given, start: str, direction: str) -> set[str]:
    """All nodes that lie in a direction from a node, the node included."""
    selection = Selection(starts=(start,), direction=direction)  # type: ignore[arg-type]  # one of the two
    return set(dependency_graph(history.catalog, selection).nodes)


def test_whole_graph_holds_every_step(history: Given) -> None:
    """Without a selection the graph has all versions and operations."""
    graph = dependency_graph(history.catalog)

    assert graph.number_of_nodes() == 8
    assert nx.has_path(graph, RAW, version_of("end.csv", "e1"))


def test_edited_file_is_two_versions_with_their_own_downstream(history: Given) -> None:
    """What was made from the old content does not depend on the new one."""
    old = closure(history, RAW, "downstream")
    new = closure(history, EDITED, "downstream")

    assert old == {RAW, "a#1", version_of("mid.csv", "m1"), "b#1", version_of("end.csv", "e1")}
    assert new == {EDITED, "c#1", version_of("mid.csv", "m2")}


def test_upstream_ends_at_what_came_from_outside(history: Given) -> None:
    """Upstream of the last file lies all that it was made from."""
    assert closure(history, version_of("end.csv", "e1"), "upstream") == closure(
        history, RAW, "downstream"
    )


def test_nodes_tell_what_they_are(history: Given) -> None:
    """A dataset node has its file and producer, an operation node its run, task and status."""
    graph = dependency_graph(history.catalog)

    assert untimed(graph.nodes[version_of("mid.csv", "m1")]) == {
        "kind": "dataset",
        "uri": "mid.csv",
        "sha256": digest("m1"),
        "format": "csv",
        "rows": 10,
        "size_bytes": 2,
        "task_id": "t_a",
        "run_id": "a",
    }
    assert untimed(graph.nodes["a#1"]) == {
        "kind": "operation",
        "name": "load",
        "status": "success",
        "run_id": "a",
        "task_id": "t_a",
        "started_at": "2026-01-01T00:00:01+00:00",
    }


def test_edges_tell_kind_and_certainty(history: Given) -> None:
    """An edge says whether a file was used or generated, and whether that is assumed."""
    graph = dependency_graph(history.catalog)

    assert untimed(graph.edges[RAW, "a#1"]) == {"kind": "used", "is_assumed": False}
    assert graph.edges["a#1", version_of("mid.csv", "m1")]["kind"] == "generated"


def test_file_that_nobody_used_is_a_graph_of_one_node(history: Given) -> None:
    """The start of a selection is in the graph even if nothing leads further."""
    graph = dependency_graph(history.catalog, Selection(starts=(RAW,), direction="upstream"))

    assert list(graph.nodes) == [RAW]


def test_run_without_operations_is_a_node_of_its_own() -> None:
    """A run that read and wrote outside of operations stands between its files."""
    events = (started(), read("in.csv", by=None), wrote("out.csv", by=None))
    with folded(of_run(*events)) as given_history:
        graph = dependency_graph(given_history.catalog)

    assert untimed(graph.nodes["r1"]) == {
        "kind": "run",
        "name": "t_1",
        "status": "running",
        "run_id": "r1",
        "task_id": "t_1",
        "started_at": "2026-01-01T00:00:00+00:00",
    }


def test_cycle_of_contents_is_walked_once() -> None:
    """A step that writes back what it read does not go round for ever."""
    with folded(step("a", ("x.csv", "x"), ("x.csv", "x"))) as given_history:
        assert closure(given_history, version_of("x.csv", "x"), "downstream") == {
            version_of("x.csv", "x"),
            "a#1",
        }


@st.composite
def dags(draw: st.DrawFn) -> list[tuple[int, int]]:
    """The edges of an acyclic graph over up to ten nodes."""
    pairs = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1])
    return [(min(pair), max(pair)) for pair in draw(st.lists(pairs, min_size=1, max_size=25))]


@settings(max_examples=8)
@given(edges=dags(), start=st.integers(0, 9))
def test_closure_is_what_networkx_finds(edges: list[tuple[int, int]], start: int) -> None:
    """Up- and downstream are the ancestors and descendants of the graph, on any graph."""
    ids = [version_of(f"{number}.csv", str(number)) for number in range(10)]
    expected = nx.DiGraph([(ids[a], ids[b]) for a, b in edges])
    expected.add_nodes_from(ids)
    steps = [
        step(f"r{i}", (f"{a}.csv", str(a)), (f"{b}.csv", str(b))) for i, (a, b) in enumerate(edges)
    ]
    with folded(*steps) as given_history:
        down = {node for node in closure(given_history, ids[start], "downstream") if "@" in node}
        up = {node for node in closure(given_history, ids[start], "upstream") if "@" in node}

    assert down == nx.descendants(expected, ids[start]) | {ids[start]}
    assert up == nx.ancestors(expected, ids[start]) | {ids[start]}


def test_depth_ends_the_search_and_keeps_the_edges_among_what_is_found(history: Given) -> None:
    """With a depth nodes further away are left out, and the counts are those of the answer."""
    wanted = Selection(starts=(RAW,), direction="downstream", depth=2)
    graph = dependency_graph(history.catalog, wanted)

    assert set(graph) == {RAW, "a#1", version_of("mid.csv", "m1")}
    assert (graph.graph["node_count"], graph.graph["edge_count"]) == (3, 2)
    assert not graph.graph["is_truncated"]


def test_limit_keeps_the_nearest_and_says_how_much_there_is(history: Given) -> None:
    """A cut answer is marked, with the counts of the whole."""
    wanted = Selection(starts=(RAW,), direction="downstream", limit=2)
    graph = dependency_graph(history.catalog, wanted)

    assert set(graph) == {RAW, "a#1"}
    assert graph.graph["is_truncated"]
    assert (graph.graph["node_count"], graph.graph["edge_count"]) == (5, 4)


def test_limit_of_the_whole_graph_keeps_the_newest(history: Given) -> None:
    """Without a question the latest steps are kept."""
    graph = dependency_graph(history.catalog, Selection(limit=3))

    assert set(graph) == {EDITED, "c#1", version_of("mid.csv", "m2")}
    assert graph.graph["is_truncated"]
    assert graph.graph["node_count"] == 8


def test_start_that_nobody_knows_is_a_graph_of_itself(history: Given) -> None:
    """An id without history is shown as what it is, and nothing else."""
    graph = dependency_graph(history.catalog, Selection(starts=("gone.csv@unknown",)))

    assert dict(graph.nodes(data="kind")) == {"gone.csv@unknown": "dataset"}


def test_path_is_a_shortest_one_and_says_whether_there_are_others(history: Given) -> None:
    """From the raw file to the last one leads one way, step by step."""
    graph = shortest_path(history.catalog, [RAW], [version_of("end.csv", "e1")])

    assert list(nx.topological_sort(graph)) == [
        RAW,
        "a#1",
        version_of("mid.csv", "m1"),
        "b#1",
        version_of("end.csv", "e1"),
    ]
    assert graph.graph["paths"] == "one"


def test_path_against_the_stream_is_none(history: Given) -> None:
    """What was made later is no source: the answer is empty and says so."""
    graph = shortest_path(history.catalog, [version_of("end.csv", "e1")], [RAW])

    assert len(graph) == 0
    assert graph.graph["paths"] == "none"


def test_path_from_a_node_to_itself_is_that_node(history: Given) -> None:
    """Nothing has to be done to get there."""
    graph = shortest_path(history.catalog, [RAW, EDITED], [RAW])

    assert list(graph) == [RAW]
    assert graph.graph["paths"] == "one"


def test_between_holds_every_way_and_nothing_else() -> None:
    """Of two paths both are there, a dead end is not; the path says that there are several."""
    steps = [
        step("long1", ("a.csv", "a"), ("b.csv", "b")),
        step("long2", ("b.csv", "b"), ("d.csv", "d")),
        step("short", ("a.csv", "a"), ("d.csv", "d")),
        step("dead", ("a.csv", "a"), ("x.csv", "x")),
    ]
    ends = ([version_of("a.csv", "a")], [version_of("d.csv", "d")])
    with folded(*steps) as given_history:
        graph = between(given_history.catalog, *ends)
        cut = between(given_history.catalog, *ends, limit=3)
        path = shortest_path(given_history.catalog, *ends)

    assert {node for node in graph if "#" in node} == {"long1#1", "long2#1", "short#1"}
    assert (cut.number_of_nodes(), cut.graph["node_count"]) == (3, 6)
    assert (path.graph["paths"], path.number_of_edges()) == ("several", 2)


def test_skipped_operation_is_joined_to_the_one_that_stands_in() -> None:
    """What depends on a run depends on the runs that used its results again."""
    first = of_run(started(), operation(), read("in.csv", "i"), wrote("out.csv", "o"), run="r1")
    skipped = OperationSkipped(
        operation=1, name="load", reason="unchanged", reused_run="r1", reused_operation=1
    )
    again = of_run(started(resumes="r1"), skipped, wrote("end.csv", "e", by=2), run="r2")
    with folded(first, again) as given_history:
        graph = dependency_graph(
            given_history.catalog,
            Selection(starts=(version_of("in.csv", "i"),), direction="downstream"),
        )

    assert untimed(graph.edges["r1#1", "r2#1"]) == {"kind": "reused", "is_assumed": False}
    assert graph.edges[version_of("in.csv", "i"), "r2#2"]["is_assumed"]
    assert version_of("end.csv", "e") in graph


@settings(max_examples=8)
@given(edges=dags(), ends=st.tuples(st.integers(0, 9), st.integers(0, 9)), limit=st.integers(1, 9))
def test_ways_are_those_that_networkx_finds(
    edges: list[tuple[int, int]], ends: tuple[int, int], limit: int
) -> None:
    """Length and number of paths, and all that lies on them, are those of the graph."""
    ids = [version_of(f"{number}.csv", str(number)) for number in range(10)]
    steps = [
        step(f"r{i}", (f"{a}.csv", str(a)), (f"{b}.csv", str(b))) for i, (a, b) in enumerate(edges)
    ]
    source, target = ids[ends[0]], ids[ends[1]]
    with folded(*steps) as given_history:
        catalog = given_history.catalog
        whole = dependency_graph(catalog)
        whole.add_nodes_from([source, target])
        path = shortest_path(catalog, [source], [target])
        among = between(catalog, [source], [target])
        cut = dependency_graph(catalog, Selection(starts=(source,), limit=limit))

    downstream = nx.descendants(whole, source) | {source}
    inside = downstream & (nx.ancestors(whole, target) | {target})
    assert set(among) == (inside if target in downstream else set())
    assert set(among.edges) == set(whole.subgraph(among).edges)
    if inside:
        assert path.number_of_edges() == nx.shortest_path_length(whole, source, target)
        assert nx.is_path(whole, list(nx.topological_sort(path)))
    assert (path.graph["paths"] == "none") == (target not in downstream)
    upstream = nx.ancestors(whole, source) | {source}
    assert cut.graph["node_count"] == len(upstream)
    assert cut.graph["edge_count"] == whole.subgraph(upstream).number_of_edges()
    assert cut.number_of_nodes() == min(limit, len(upstream))
