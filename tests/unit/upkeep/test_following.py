"""Following a run until it ends, or is found dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hand_clock import HandClock
from small_tasks import make_project

from lineage.events import RunSucceeded
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.upkeep.following import LOOK_EVERY_S, SILENT_POLLS, follow

ENDED = RunSucceeded(duration_s=1.0, peak_memory_mb=None)


@pytest.fixture
def wall() -> HandClock:
    """The clock of the project."""
    return HandClock()


@pytest.fixture
def project(tmp_path: Path, wall: HandClock) -> Iterator[Project]:
    """A project whose clock is moved by hand."""
    with make_project(tmp_path, clock=wall) as opened:
        yield opened


def begin(project: Project, **process: object) -> RunRecorder:
    """Begin a run of t_one."""
    recorder = RunRecorder(project, "t_one")
    started = run_started(task_type="", description="", report_path="DATA/reports/r.json")
    recorder.begin(started.model_copy(update=process))
    return recorder


def test_what_happens_meanwhile_is_shown_until_the_end(project: Project) -> None:
    """Each look at the ledger gives what is new, and the run's end ends it."""
    run = begin(project)
    todo = [lambda: run.measure("n", 1), lambda: None, run.succeed]

    steps = [
        recorded.event.TOPIC
        for recorded, _ in follow(project, run.run_id, wait=lambda _: todo.pop(0)())
    ]

    assert steps == [
        "run.started",
        "environment.captured",
        "code.captured",
        "metric.recorded",
        "run.succeeded",
    ]
    assert todo == []


def test_run_that_has_ended_is_not_waited_for(project: Project) -> None:
    """Following a past run is replaying it."""
    run = begin(project)
    run.succeed()

    def wait(_: float) -> None:
        pytest.fail("it waited")

    assert [s.status for _, s in follow(project, run.run_id, wait=wait)][-1] == "succeeded"


def test_run_whose_process_is_gone_ends_as_interrupted(project: Project) -> None:
    """A dead run is noticed after a short silence, and its end is on record."""
    run = begin(project, pid=2**22 + 1, process_started_at=1.0)
    waited: list[float] = []

    *_, (recorded, state) = follow(project, run.run_id, wait=waited.append)

    assert recorded.event.TOPIC == "run.interrupted"
    assert "died" in (state.message or "")
    assert sum(waited) == pytest.approx(SILENT_POLLS * LOOK_EVERY_S, abs=LOOK_EVERY_S)


def test_run_of_another_machine_is_given_up_after_its_silence(
    project: Project, wall: HandClock
) -> None:
    """Where no process can be looked for, 300 s without an event are the end."""
    run = begin(project, host="elsewhere")

    *_, (recorded, _) = follow(project, run.run_id, wait=lambda _: wall.move(20))

    assert recorded.event.TOPIC == "run.interrupted"
    assert 300 < wall.passed_s <= 300 + 20 * SILENT_POLLS
