"""What a picture says beside its boxes: counts, who stated an edge, age, tags, what is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx
import pytest
from projection_scenarios import (
    Given,
    at,
    digest,
    folded,
    of,
    of_run,
    operation,
    read,
    started,
    version_of,
    wrote,
)

from lineage.events import ColumnsDerived, DerivedColumn, PolicyEvaluated, ReleaseRefused
from projections.dependency_graph import Around, dependency_graph, ids
from projections.dependency_graph.picture import carried, classes, counts, files, statements
from projections.dependency_graph.surroundings import neighbourhood
from projections.graph_formats.boxes import short_id
from projections.graph_formats.drawing import draw

COLUMNS = ("name", "age")


def derived(uri: str, column: str, effect: str) -> ColumnsDerived:
    """A column of a file that was made of that of the source."""
    made = DerivedColumn(
        column=column,
        source_uri="in.csv",
        source_sha256=digest("1"),
        source_column="name",
        effect=effect,
        is_direct=True,
    )
    return ColumnsDerived(operation=1, uri=uri, sha256=digest(uri), columns=(made,))


def run_of(number: int, *, to: str, content: str = "1", tags: tuple[str, ...] = ()) -> object:
    """A run that made a file of the source."""
    return of_run(
        started(),
        operation(1),
        read("in.csv", content),
        wrote(to, to, columns=COLUMNS, rows=10, tags=tags),
        derived(to, "name", "identity" if to == "copy.csv" else "masking"),
        run=f"r{number}",
        task=f"t_{number}",
    )


HISTORY = (
    run_of(1, to="copy.csv", tags=("raw",)),
    run_of(2, to="safe.csv"),
    run_of(3, to="safe.csv"),
    of_run(started(), operation(1), read("in.csv", "2"), run="r4", task="t_4"),
    of(
        "release:x",
        ReleaseRefused(
            source_uri="safe.csv",
            sha256=digest("safe.csv"),
            purpose="research",
            recipient="university",
            approver="officer",
            violations=("five alike",),
        ),
        PolicyEvaluated(
            policy="five alike",
            kind="k_at_least",
            severity="block",
            uri="safe.csv",
            sha256=digest("safe.csv"),
            outcome="violated",
            required={"k": 5},
            measured={"k": 3},
            reason="k is 3",
            waiver=None,
        ),
    ),
)


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Three runs that read a file, which has another content since, and one result refused."""
    with folded(*HISTORY) as given:
        yield given


def around(history: Given, **asked: Any) -> nx.DiGraph:
    """All that lies around the source."""
    starts = tuple(version_of("in.csv", content) for content in "12")
    return neighbourhood(
        history.catalog, Around(starts=starts, upstream=None, downstream=None, **asked)
    )


@pytest.fixture(scope="module")
def whole(history: Given) -> nx.DiGraph:
    """The same with what is known of files and edges."""
    graph = around(history)
    files.tell_files(history.catalog, graph)
    statements.tell_statements(history.catalog, graph)
    counts.tell_counts(history.catalog, graph)
    return graph


def test_counts_are_those_of_the_whole_history(history: Given, whole: nx.DiGraph) -> None:
    """Each box counts what a search from all nodes inside it finds, directly and in all."""
    every = dependency_graph(history.catalog)
    for name, graph in (("results", every), ("sources", every.reverse())):
        for _, data in whole.nodes(data=True):
            inside = {*data["members"]}
            near = {far for one in inside for far in graph.successors(one)} - inside
            reached = {far for one in inside for far in nx.descendants(graph, one)} - inside
            assert data[name] == {
                "direct_files": sum(ids.kind_of(one) == "dataset" for one in near),
                "direct_steps": sum(ids.kind_of(one) != "dataset" for one in near),
                "files": sum(ids.kind_of(one) == "dataset" for one in reached),
                "steps": sum(ids.kind_of(one) != "dataset" for one in reached),
            }


def test_edge_names_the_event_run_and_person_that_stated_it(whole: nx.DiGraph) -> None:
    """What two runs wrote is stated by the later event, and says how many there are."""
    stated = whole.edges["task:t_3", "file:safe.csv"]["stated"]

    assert (stated["run_id"], stated["actor"], stated["type"]) == (
        "r3",
        "tester@host",
        "artifact.written",
    )
    assert stated["recorded_at"] == at(stated["position"]).isoformat()
    assert (stated["events"], stated["runs"]) == (1, 1)
    assert whole.edges["file:in.csv", "task:t_1"]["stated"]["type"] == "dataset.read"


def test_column_edge_names_its_event(history: Given) -> None:
    """An edge between columns is stated by the event that derived them."""
    start = f"{version_of('in.csv', '1')}:name"
    graph = neighbourhood(history.catalog, Around(starts=(start,)))
    statements.tell_statements(history.catalog, graph)

    stated = graph.edges["in.csv:name", "copy.csv:name"]["stated"]
    assert (stated["type"], stated["run_id"]) == ("columns.derived", "r1")


def lines(graph: nx.DiGraph, box: str) -> list[str]:
    """What a box says."""
    return [text for text, _ in draw(graph).boxes[box].lines]


def test_card_of_a_file_says_what_is_known_of_it(whole: nx.DiGraph) -> None:
    """Knowledge of columns, age, verdict and the number measured beside the one declared."""
    said = lines(whole, "file:safe.csv")

    assert "columns partly known: 1 undeclared" in said
    assert "stale: in.csv has changed" in said
    assert "refused: violates five alike" in said
    assert "k = 3 measured, 5 declared (violated)" in said
    assert whole.nodes["file:in.csv"]["stale_because"] is None


def test_folders_and_tags_are_groups_that_open(history: Given) -> None:
    """Files of a folder are one box, those with a tag another; its name opens either."""
    folders = around(history, fold="folders")
    tags = around(history, fold="tags")

    (folder,) = (node for node, kind in folders.nodes(data="kind") if kind == "group")
    assert folders.nodes[folder]["file_count"] == 3
    assert lines(folders, folder) == ["3 files, 4 versions"]
    assert [node for node, kind in tags.nodes(data="kind") if kind == "group"] == ["tag:raw"]
    opened = around(history, fold="folders", opened=frozenset({short_id(folder)}))
    assert {"file:in.csv", "file:copy.csv", "file:safe.csv"} <= {*opened}
    inside = around(history, opened=frozenset({short_id("file:in.csv")}))
    assert {version_of("in.csv", "1"), version_of("in.csv", "2")} <= {*inside}


def test_way_of_a_class_goes_on_or_is_stopped(history: Given) -> None:
    """A copy carries direct identifiers on; masking stops them, and says by what."""
    graph = around(history)
    found = classes.newest_versions(history.catalog, graph, 10)
    found["file:in.csv"] = [("in.csv", digest("1"))]
    known: Mapping[classes.File, list[dict[str, Any]]] = {
        ("in.csv", digest("1")): [column("unchanged")],
        ("copy.csv", digest("copy.csv")): [column("unchanged")],
        ("safe.csv", digest("safe.csv")): [column("protected")],
    }
    carried.tell_carried(history.catalog, graph, found, known, "direct")

    assert graph.edges["task:t_1", "file:copy.csv"]["carried"] == ["name"]
    assert graph.edges["file:in.csv", "task:t_2"]["carried"] == ["name"]
    assert graph.edges["task:t_2", "file:safe.csv"]["stopped"] == {"name": "masking"}
    ways = {node: data.get("way") for node, data in graph.nodes(data=True)}
    assert (ways["file:copy.csv"], ways["file:safe.csv"]) == ("carries", "stopped")
    (stopping,) = (way for way in draw(graph).ways if way.source == "task:t_2")
    assert (stopping.stops, stopping.label) == (True, "masking")


def column(verdict: str) -> dict[str, Any]:
    """A column that is a direct identifier by its sources."""
    return {"column": "name", "role": "direct_identifier", "verdict": verdict, "exposure": None}
