"""The tasks that a project remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import Given, at, failed, folded, of_run, of_task, started, succeeded

from lineage.events import RunArchived, TaskRegistered
from projections.documents.task_list import build_task_list, is_known_task

REGISTERED = TaskRegistered(
    task_type="ingestion", description="Load", version="2", class_name="m:C", source_sha256=None
)


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A task that was registered and run twice, one only registered, one only run, one hidden."""
    with folded(
        of_task(REGISTERED, task="t_b"),
        of_task(REGISTERED, task="t_a"),
        of_run(started(), succeeded(), task="t_a"),
        of_run(started(), failed(), run="r2", task="t_a"),
        of_run(started(), run="r3", task="t_c"),
        of_run(started(), succeeded(), RunArchived(reason="removed"), run="r4", task="t_d"),
    ) as given_history:
        yield given_history


def test_each_task_comes_with_its_latest_run(history: Given) -> None:
    """Sorted by id; without a run of its own a task has none."""
    found = build_task_list(history.catalog)

    assert [(task["task_id"], task["run_id"], task["status"]) for task in found] == [
        ("t_a", "r2", "failed"),
        ("t_b", None, None),
        ("t_c", "r3", "running"),
    ]
    assert found[0]["started_at"] == at(5).isoformat()
    assert found[1]["started_at"] is None


def test_registration_says_what_a_task_is(history: Given) -> None:
    """A task that was never registered has what its run said of it."""
    registered, _, run = build_task_list(history.catalog)

    assert (registered["task_type"], registered["class_name"]) == ("ingestion", "m:C")
    assert (run["task_type"], run["class_name"], run["dependencies"]) == ("profiling", None, [])


@pytest.mark.parametrize(
    ("task", "is_known"), [("t_b", True), ("t_c", True), ("t_d", True), ("nobody", False)]
)
def test_task_is_known_once_it_was_registered_or_run(
    history: Given,
    task: str,
    is_known: bool,  # noqa: FBT001  # a case
) -> None:
    """A hidden run still makes its task a known one."""
    assert is_known_task(history.catalog, task) is is_known
