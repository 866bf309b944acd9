"""Milestones of an operation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from small_tasks import SmallTask, make_project, recorded

from lineage.events import OperationProgressed
from lineage.project import Project
from lineage.tasks.execution.milestones import MilestoneTracker
from ops import BaseOperation, OperationResult, ProgressTracker, SilentProgress


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


class EightSteps(BaseOperation):
    """Announces eight steps and takes them."""

    steps: ClassVar[int] = 8

    def execute(self, progress_tracker: ProgressTracker, **_: object) -> OperationResult:  # type: ignore[override]  # takes no data
        """Take the steps."""
        for _ in range(8):
            progress_tracker.update()
        return OperationResult()


def milestones(total: int, *moves: int) -> list[int]:
    """The milestones that are told when an operation moves on like this."""
    told: list[int] = []
    tracker = MilestoneTracker(SilentProgress(), total=total, record=told.append)
    for steps in moves:
        tracker.update(steps)
    return told


@pytest.mark.parametrize(
    ("total", "moves", "told"),
    [
        (8, [1] * 8, [2, 4, 6]),
        (1000, [300, 300, 300, 100], [300, 600, 900]),
        (4, [4], []),
        (3, [1, 1, 1], []),
        (8, [8, 5], []),
        (0, [9, 1, 89, 1, 900], [10, 100, 1000]),
        (0, [12_345], [12_345]),
    ],
)
def test_quarters_or_decades_are_told(total: int, moves: list[int], told: list[int]) -> None:
    """However many steps there are, a handful of events says how far it has come."""
    assert milestones(total, *moves) == told


def test_nothing_is_told_after_the_end() -> None:
    """What an abandoned thread still does is no part of the history."""
    told: list[int] = []
    tracker = MilestoneTracker(SilentProgress(), total=8, record=told.append)
    tracker.end()
    tracker.update(4)

    assert told == []


def test_many_threads_pass_each_milestone_once() -> None:
    """Steps of several threads add up."""
    told: list[int] = []
    tracker = MilestoneTracker(SilentProgress(), total=4000, record=told.append)

    def work() -> None:
        for _ in range(1000):
            tracker.update()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == [1000, 2000, 3000]


def test_milestone_is_on_record_while_the_operation_goes_on(project: Project) -> None:
    """Whoever follows the run sees how far it is."""
    seen: list[int] = []

    class Looking(EightSteps):
        def execute(self, progress_tracker: ProgressTracker, **_: object) -> OperationResult:  # type: ignore[override]  # takes no data
            progress_tracker.update(4)
            seen.append(len(recorded(project, OperationProgressed.TOPIC)))
            return OperationResult()

    SmallTask(Looking(), project=project).run()

    assert seen == [1]


def test_milestones_of_an_operation_are_events(project: Project) -> None:
    """They stand in the history between its start and its end."""
    SmallTask(EightSteps(), project=project).run()

    passed = recorded(project, OperationProgressed.TOPIC)

    assert [(e.operation, e.name, e.completed, e.total) for e in passed] == [
        (1, "EightSteps", 2, 8),
        (1, "EightSteps", 4, 8),
        (1, "EightSteps", 6, 8),
    ]
    assert passed[0].message == "2 of 8 steps"
