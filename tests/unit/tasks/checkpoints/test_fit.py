"""A checkpoint is taken up under what it was made under, or not at all: behaviours 31 and 38."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from small_tasks import (
    CallOperation,
    SmallTask,
    begin_run,
    configure,
    make_project,
    raising,
)

from lineage.events import VOCABULARY, CheckpointRecorded, EventTypes
from lineage.events.vocabulary import UPCASTS
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import CheckpointMismatchError, UnknownEventError
from lineage.ledger import Ledger
from lineage.project import Project
from lineage.recording.error_facts import stated_error
from lineage.tasks import TaskContextManager

ONE, OTHER = sha256_bytes(b"1"), sha256_bytes(b"2")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def keep(project: Project, **changes: Any) -> str:
    """Keep a state in a run that then fails, and return the run's id."""
    recorder = begin_run(project, **changes)
    TaskContextManager(recorder).save_execution_state({"row": 7}, "cp1")
    recorder.fail(stated_error({}))
    return recorder.run_id


def manager(project: Project, **changes: Any) -> TaskContextManager:
    """Return the checkpoints of a new run."""
    return TaskContextManager(begin_run(project, **changes))


@pytest.mark.parametrize(
    ("then", "now", "difference"),
    [
        ({"config_sha256": ONE}, {"config_sha256": OTHER}, f"configuration was {ONE[:12]}, now "),
        ({"config_sha256": ONE}, {}, f"configuration was {ONE[:12]}, now none"),
        ({}, {"config_sha256": ONE}, f"configuration was none, now {ONE[:12]}"),
        ({"task_version": "1"}, {"task_version": "2"}, r"task version .*1.*, now .*2"),
    ],
)
@pytest.mark.parametrize("name", [None, "cp1"])
def test_checkpoint_of_other_conditions_is_refused(
    project: Project, then: dict[str, Any], now: dict[str, Any], difference: str, name: str | None
) -> None:
    """The message says what differs and how to take it all the same; the state is left alone."""
    keep(project, **then)
    now_running = manager(project, **now)
    now_running.current_state = {"mine": True}

    with pytest.raises(CheckpointMismatchError, match=difference) as caught:
        now_running.restore_execution_state(name)
    assert "despite_changes=True" in str(caught.value)
    assert now_running.current_state == {"mine": True}
    assert now_running.can_resume_execution() == (False, None)
    assert now_running.restore_execution_state(name, despite_changes=True) == {"row": 7}


def test_refusal_names_the_keys_that_changed(project: Project) -> None:
    """Where both configurations are known, their difference is told by name, not by value."""
    failing = raising(ValueError("x"))
    for rows in (5, 6):
        configure(project, "t_one", rows=rows, kept="same")
        task = SmallTask(CallOperation(lambda **_: None), failing, project=project)
        task.initialize()
        kept = TaskContextManager(task._run)
        if rows == 5:
            kept.save_execution_state({}, "cp1")

    with pytest.raises(CheckpointMismatchError, match="configuration changed: 'rows'"):
        kept.restore_execution_state("cp1")


def test_keys_that_shape_no_result_may_change(project: Project) -> None:
    """What does not stand in the way of taking up a run does not part it from its states."""
    for value in (True, False):
        configure(project, "t_one", continue_on_error=value)
        task = SmallTask(project=project)
        task.initialize()
        manager_of_task = TaskContextManager(task._run)
        if value:
            manager_of_task.save_execution_state({"row": 7}, "cp1")

    assert manager_of_task.restore_execution_state() == {"row": 7}


def test_reader_compares_with_the_task_as_it_last_ran(project: Project) -> None:
    """Without a run of its own, what the task was last registered and configured as counts."""
    task = SmallTask(project=project)
    task.initialize()
    TaskContextManager(task._run).save_execution_state({"row": 7}, "cp1")
    assert TaskContextManager.of_task(project, "t_one").restore_execution_state() == {"row": 7}

    configure(project, "t_one", rows=6)
    SmallTask(project=project).run()

    with pytest.raises(CheckpointMismatchError, match="configuration changed: 'rows'"):
        TaskContextManager.of_task(project, "t_one").restore_execution_state()


class NewerCheckpoint(CheckpointRecorded):
    """A checkpoint as a later release may record it."""

    SCHEMA_VERSION: ClassVar[int] = 2


def test_checkpoint_of_a_newer_release_is_refused(project: Project) -> None:
    """What this release cannot read is an error with the remedy, not a state half understood."""
    keep(project)
    classes = [cls for cls in VOCABULARY if cls is not CheckpointRecorded]
    steps = {**UPCASTS, ("checkpoint.recorded", 1): lambda old: old}
    newer = EventTypes([*classes, NewerCheckpoint], steps)
    (kept,) = project.ledger.checkpoints_of_task("t_one")
    event = NewerCheckpoint.model_validate(kept.event.model_dump())
    with Ledger(project.ledger.url, event_types=newer) as later:
        later.append("run:new", [event], expected_version=0, run="new", task="t_one")

    with pytest.raises(UnknownEventError, match="upgrade privacy-lineage"):
        manager(project).restore_execution_state()


def test_failed_run_can_be_resumed_from_its_checkpoint(project: Project) -> None:
    """The name that comes back is one that restores."""
    keep(project)
    later = manager(project)

    assert later.can_resume_execution() == (True, "cp1")
    assert later.restore_execution_state("cp1") == {"row": 7}


def test_without_a_checkpoint_nothing_can_be_resumed(project: Project) -> None:
    """A task that never kept anything begins at the beginning."""
    assert manager(project).can_resume_execution() == (False, None)


def test_run_can_go_on_from_its_own_checkpoint(project: Project) -> None:
    """Within a run its own states count, whatever became of earlier runs."""
    running = manager(project)
    running.save_execution_state({}, "cp1")

    assert running.can_resume_execution() == (True, "cp1")


def test_run_that_succeeded_is_not_resumed(project: Project) -> None:
    """Behaviour 36: what was finished has nothing left to do."""
    recorder = begin_run(project)
    TaskContextManager(recorder).save_execution_state({}, "cp1")
    recorder.succeed()

    assert manager(project).can_resume_execution() == (False, None)


def test_run_under_way_elsewhere_is_not_resumed(project: Project) -> None:
    """Two do not go on from one state while the first still works on it."""
    TaskContextManager(begin_run(project)).save_execution_state({}, "cp1")

    assert manager(project).can_resume_execution() == (False, None)


def test_success_since_makes_a_checkpoint_stale(project: Project) -> None:
    """A later run that succeeded has done what was left open."""
    keep(project)
    begin_run(project).succeed()

    assert manager(project).can_resume_execution() == (False, None)
    assert manager(project).restore_execution_state() == {"row": 7}
