"""A graph folded to files and tasks."""

from __future__ import annotations

from projection_scenarios import failed, folded, of_run, operation, read, started, wrote

from projections.dependency_graph import dependency_graph
from projections.graph_formats import folding
from projections.graph_formats.drawing import draw

DAY = (
    of_run(started(), operation(1), read("in.csv", "1"), wrote("out.csv", "a"), run="r1"),
    of_run(
        started(),
        operation(1),
        read("in.csv", "2"),
        wrote("out.csv", "b"),
        failed(),
        run="r2",
    ),
)


def test_runs_of_a_task_are_one_box_that_counts_them() -> None:
    """Two runs that read and wrote two versions are three boxes, and say what they stand for."""
    with folded(*DAY) as history:
        found = folding.folded(dependency_graph(history.catalog))

    assert set(found) == {"file:in.csv", "task:t_1", "file:out.csv"}
    assert found.nodes["file:in.csv"]["versions"] == 2
    assert (found.nodes["task:t_1"]["runs"], found.nodes["task:t_1"]["operations"]) == (2, ["load"])
    assert found.edges["file:in.csv", "task:t_1"]["count"] == 2
    assert draw(found).summary == "3 boxes stand for 6 nodes"


def test_file_that_only_its_task_used_is_inside_the_task() -> None:
    """A file between two operations of one run is counted, not drawn."""
    steps = (operation(1), read("in.csv", "i"), wrote("between.csv", "b"))
    more = (operation(2, "save"), read("between.csv", "b", by=2), wrote("out.csv", "o", by=2))
    with folded(of_run(started(), *steps, *more)) as history:
        found = folding.folded(dependency_graph(history.catalog))
        kept = folding.folded(dependency_graph(history.catalog), {"file:between.csv"})

    assert set(found) == {"file:in.csv", "task:t_1", "file:out.csv"}
    assert found.nodes["task:t_1"]["files"] == 1
    assert set(kept) == {*found, "file:between.csv"}


def test_box_of_a_task_says_how_its_latest_run_ended() -> None:
    """The status is that of the run that began last, and failures before it are counted."""
    bad = of_run(started(), operation(1), read("in.csv", "1"), failed(), run="r1")
    with folded(bad, of_run(started(), operation(1), read("in.csv", "2"), run="r2")) as history:
        found = folding.folded(dependency_graph(history.catalog))
    facts = found.nodes["task:t_1"]

    assert facts["failed"] == 1
    assert facts["status"] == "running"
    lines = [text for text, _ in draw(found).boxes["task:t_1"].lines]
    assert lines[1] == "2 runs, 1 failed"
    assert lines[2].endswith("UTC running")
