"""The operations of a run in time, and the attempts that belong together."""

from __future__ import annotations

from pathlib import Path

import small_tasks
from small_tasks import CallOperation, SmallTask, failing, make_project

from ops import OperationResult
from projections.documents.findings.run_timeline import build_run_attempts, build_run_timeline
from projections.documents.run_details import build_run_details


def _many(count: int) -> list[CallOperation]:
    return [CallOperation(lambda **_: OperationResult(), small_tasks.NO_DATA) for _ in range(count)]


def test_operations_alike_are_one_row_with_the_most_serious_state(tmp_path: Path) -> None:
    """Five alike, the last of which failed, are one row that failed; unfolded they are five."""
    with make_project(tmp_path) as project:
        task = SmallTask(*_many(4), failing(), project=project)
        task.run()
        with project.catalog() as catalog:
            run = build_run_details(catalog, task.run_id or "")
            (row,) = build_run_timeline(catalog, run)["rows"]
            single = build_run_timeline(catalog, run, unfolded=(0,))["rows"]
    assert (row["count"], row["status"]) == (5, "error")
    assert [*row["states"].items()] == [("error", 1), ("success", 4)]
    assert [one["status"] for one in single] == ["success"] * 4 + ["error"]


def test_spans_lie_within_the_run(tmp_path: Path) -> None:
    """Each row begins before it ends, and all lie within the span of the run."""
    with make_project(tmp_path) as project:
        task = SmallTask(*_many(2), project=project)
        task.run()
        with project.catalog() as catalog:
            found = build_run_timeline(catalog, build_run_details(catalog, task.run_id or ""))
    times = [(row["begin_s"], row["end_s"]) for row in found["rows"]]
    assert len(times) == 2
    assert all(0 <= begin <= end <= found["span_s"] for begin, end in times)


def test_a_resumed_run_names_both_attempts(tmp_path: Path) -> None:
    """From either run the attempts are both, in the order they began."""
    with make_project(tmp_path) as project:
        first, again = (SmallTask(failing(), project=project) for _ in range(2))
        first.run()
        again.run(resume=True)
        runs = [first.run_id or "", again.run_id or ""]
        with project.catalog() as catalog:
            found = [build_run_attempts(catalog, run) for run in runs]
    assert [[one["run_id"] for one in attempts] for attempts in found] == [runs, runs]
