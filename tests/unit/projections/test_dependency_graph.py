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
    version_of,
    wrote,
)

from lineage.kernel.errors import DatasetNotFoundError
from projections.dependency_graph import Selection, dependency_graph, find_datasets

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

    assert graph.nodes[version_of("mid.csv", "m1")] == {
        "kind": "dataset",
        "uri": "mid.csv",
        "sha256": digest("m1"),
        "format": "csv",
        "rows": 10,
        "task_id": "t_a",
    }
    assert graph.nodes["a#1"] == {
        "kind": "operation",
        "name": "load",
        "status": "success",
        "run_id": "a",
        "task_id": "t_a",
    }


def test_edges_tell_kind_and_certainty(history: Given) -> None:
    """An edge says whether a file was used or generated, and whether that is assumed."""
    graph = dependency_graph(history.catalog)

    assert graph.edges[RAW, "a#1"] == {"kind": "used", "is_assumed": False}
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

    assert graph.nodes["r1"] == {
        "kind": "run",
        "name": "t_1",
        "status": "running",
        "run_id": "r1",
        "task_id": "t_1",
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


@settings(max_examples=20)
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


@pytest.fixture(scope="module")
def named() -> Iterator[Given]:
    """Files whose names are hard to tell apart."""
    with folded(
        of_run(
            read("in/people.csv", "one"),
            read("in/people.csv", "two"),
            read("out/people.csv", "three"),
            read("out/50%_of.csv", "four"),
            read("out/500_of.csv", "five"),
            read("elsewhere/copy.csv", "four"),
            read("lost.csv", sha256=None),
        )
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (version_of("in/people.csv", "one"), [version_of("in/people.csv", "one")]),
        (
            "in/people.csv",
            [version_of("in/people.csv", "two"), version_of("in/people.csv", "one")],
        ),
        ("copy.csv", [version_of("elsewhere/copy.csv", "four")]),
        ("50%_of.csv", [version_of("out/50%_of.csv", "four")]),
        (digest("five")[:8], [version_of("out/500_of.csv", "five")]),
        (digest("five").upper(), [version_of("out/500_of.csv", "five")]),
        (
            digest("four"),
            [version_of("elsewhere/copy.csv", "four"), version_of("out/50%_of.csv", "four")],
        ),
        ("lost.csv", ["lost.csv@unknown"]),
        ("lost.csv@unknown", ["lost.csv@unknown"]),
    ],
    ids=[
        "full id",
        "path",
        "end of path",
        "wildcards",
        "digest prefix",
        "digest",
        "digest of two files",
        "no digest",
        "id without digest",
    ],
)
def test_name_finds_versions_newest_first(named: Given, name: str, found: list[str]) -> None:
    """A file is found by id, path, end of path or digest; no character is a wildcard."""
    assert find_datasets(named.catalog, name) == found


@pytest.mark.parametrize(
    "name", ["nobody.csv", "ople.csv", "%", "_ut/people.csv", digest("five")[:7], "", "csv"]
)
def test_unknown_name_finds_nothing(named: Given, name: str) -> None:
    """Parts of names and digests that are too short find nothing."""
    with pytest.raises(DatasetNotFoundError, match="no such file in the history"):
        find_datasets(named.catalog, name)


def test_name_of_two_files_is_refused_with_both(named: Given) -> None:
    """An ambiguous end of a path names the files it could mean."""
    with pytest.raises(
        DatasetNotFoundError,
        match=r"found \['in/people.csv', 'out/people.csv'\], expected one recorded file",
    ):
        find_datasets(named.catalog, "people.csv")


def test_prefix_of_two_digests_is_refused_with_both() -> None:
    """A digest prefix of different contents names the digests it could mean."""
    one, two = "0" * 60 + "1111", "0" * 60 + "2222"
    with (
        folded(of_run(read("a.csv", sha256=one), read("b.csv", sha256=two))) as given_history,
        pytest.raises(DatasetNotFoundError, match=f"found \\['{one}', '{two}'\\]"),
    ):
        find_datasets(given_history.catalog, "0" * 8)
