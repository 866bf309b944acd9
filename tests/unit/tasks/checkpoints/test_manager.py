"""What a task keeps on the way, and gets back: behaviours 30 to 34 and 39."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hand_clock import START, HandClock
from hypothesis import given
from hypothesis import strategies as st
from small_tasks import begin_run, make_project, recorded, topics
from strategies import json_values, texts

from lineage import exports
from lineage.events import CheckpointDiscarded, CheckpointRecorded
from lineage.kernel.errors import (
    CheckpointMismatchError,
    CheckpointNotFoundError,
    CheckpointRefusedError,
    CommandRejectedError,
    RunClosedError,
    RunNotStartedError,
)
from lineage.kernel.secrets.redaction import secret_names
from lineage.kernel.values import canonical_text
from lineage.project import Project
from lineage.recording.error_facts import stated_error
from lineage.recording.recorder import RunRecorder
from lineage.tasks import TaskContextManager
from lineage.tasks.checkpoints.states import MAX_IN_EVENT_BYTES


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still."""
    return HandClock()


@pytest.fixture
def project(tmp_path: Path, clock: HandClock) -> Iterator[Project]:
    """A project in which no time passes by itself."""
    with make_project(tmp_path / "project", clock=clock) as opened:
        yield opened


@pytest.fixture
def recorder(project: Project) -> RunRecorder:
    """A run of t_one that has begun."""
    return begin_run(project)


@pytest.fixture
def manager(recorder: RunRecorder) -> TaskContextManager:
    """The checkpoints of that run."""
    return TaskContextManager(recorder)


def names(manager: TaskContextManager) -> list[str]:
    """Return what can be restored, newest first."""
    return [name for name, _ in manager.get_checkpoints()]


def test_state_comes_back_by_its_name(manager: TaskContextManager) -> None:
    """Behaviour 30: what was saved under a name is restored by it."""
    manager.save_execution_state({"row": 7, "done": ["a"]}, "cp1")
    manager.save_execution_state({"row": 8}, "cp2")

    assert manager.restore_execution_state("cp1") == {"row": 7, "done": ["a"]}


def test_without_a_name_the_newest_comes_back(manager: TaskContextManager) -> None:
    """Behaviour 30: the newest counts, whoever named it."""
    manager.save_execution_state({"row": 1}, "cp1")
    manager.save_execution_state({"row": 2})

    assert manager.restore_execution_state() == {"row": 2}


def test_unknown_name_is_an_error(manager: TaskContextManager) -> None:
    """Behaviour 30: a name that nobody gave is refused with those that exist."""
    manager.save_execution_state({}, "cp1")

    with pytest.raises(CheckpointNotFoundError, match=r"'cp2' of task 't_one': .*'cp1'"):
        manager.restore_execution_state("cp2")


def test_nothing_kept_is_an_error(manager: TaskContextManager) -> None:
    """Behaviour 30: an empty history has nothing to give, and says so."""
    with pytest.raises(CheckpointNotFoundError, match="no undamaged checkpoint"):
        manager.restore_execution_state()
    with pytest.raises(CheckpointNotFoundError, match="no such checkpoint"):
        manager.restore_execution_state("cp1")


def test_saved_state_stands_in_the_ledger(manager: TaskContextManager, project: Project) -> None:
    """The path that comes back is that of the file that holds the state."""
    path = manager.save_execution_state({"row": 7}, "cp1")

    assert path == project.root / ".lineage/ledger.db"
    assert recorded(project, CheckpointRecorded.TOPIC)[0].state == {"row": 7}
    assert not (project.root / ".lineage/checkpoints").exists()


def test_state_is_restored_by_another_run_of_the_task(project: Project) -> None:
    """What a run kept outlives it."""
    first = begin_run(project)
    TaskContextManager(first).save_execution_state({"row": 7}, "cp1")
    first.interrupt("signal", "SIGTERM")

    assert TaskContextManager(begin_run(project)).restore_execution_state("cp1") == {"row": 7}


def test_name_of_two_runs_means_the_newer_one(project: Project) -> None:
    """The older one is asked for together with its run, whole or by its first characters."""
    first, second = begin_run(project), begin_run(project)
    TaskContextManager(first).save_execution_state({"run": 1}, "cp1")
    manager = TaskContextManager(second)
    manager.save_execution_state({"run": 2}, "cp1")

    assert names(manager) == ["cp1", f"{first.run_id}/cp1"]
    assert manager.restore_execution_state("cp1") == {"run": 2}
    assert manager.restore_execution_state(f"{first.run_id}/cp1") == {"run": 1}
    assert manager.restore_execution_state(f"{first.run_id[:8]}/cp1") == {"run": 1}


@pytest.mark.parametrize("reference", ["{run}/cp2", "abc/cp1", "/", "", "cp1/", "../cp1"])
def test_reference_to_nothing_is_an_error(manager: TaskContextManager, reference: str) -> None:
    """A run without that name, and text that means nothing, are refused."""
    manager.save_execution_state({"a": 1}, "cp1")
    run = manager._recorder.run_id

    with pytest.raises(CheckpointNotFoundError, match="expected one of 'cp1'"):
        manager.restore_execution_state(reference.format(run=run))


def test_checkpoint_of_another_task_is_refused(
    manager: TaskContextManager, project: Project
) -> None:
    """Behaviour 31: it is an error that names both tasks, and the state stays as it is."""
    other = begin_run(project, "t_two")
    TaskContextManager(other).save_execution_state({"theirs": True}, "cp1")
    manager.current_state = {"mine": True}

    with pytest.raises(CheckpointMismatchError, match="the run belongs to task 't_two'"):
        manager.restore_execution_state(f"{other.run_id}/cp1")
    with pytest.raises(CheckpointNotFoundError, match="'cp1' of task 't_one'"):
        manager.restore_execution_state("cp1")
    assert manager.current_state == {"mine": True}
    assert names(manager) == []


def test_cleanup_leaves_the_newest_and_every_named_one(manager: TaskContextManager) -> None:
    """Behaviour 32: of 12 automatic checkpoints 5 stay, and those that have a name."""
    manager = TaskContextManager(manager._recorder, max_checkpoints=12)
    manager.save_execution_state({}, "first")
    for number in range(12):
        manager.create_automatic_checkpoint(number, {})
    manager.save_execution_state({}, "last")

    assert manager.cleanup_old_checkpoints(5) == 7
    assert names(manager) == [
        "last",
        *(f"automatic-{number}" for number in (13, 12, 11, 10, 9)),
        "first",
    ]
    assert manager.cleanup_old_checkpoints(5) == 0


def test_discarded_checkpoint_cannot_be_restored(manager: TaskContextManager) -> None:
    """What was given up is as unknown as what never was."""
    first = manager.create_automatic_checkpoint(1, {})
    manager.cleanup_old_checkpoints(0)

    with pytest.raises(CheckpointNotFoundError, match=first):
        manager.restore_execution_state(first)


def test_discarding_is_recorded_and_deletes_nothing(
    manager: TaskContextManager, project: Project
) -> None:
    """The history still says that there was a checkpoint, and by which rule it went."""
    name = manager.create_automatic_checkpoint(1, {})
    manager.cleanup_old_checkpoints(0)

    (gone,) = recorded(project, CheckpointDiscarded.TOPIC)
    assert (gone.name, gone.reason) == (name, "limit")
    assert len(recorded(project, CheckpointRecorded.TOPIC)) == 1


def test_more_than_ten_automatic_ones_are_not_kept(manager: TaskContextManager) -> None:
    """Making one more gives up the oldest; named ones do not count and do not go."""
    manager.save_execution_state({}, "named")
    made = [manager.create_automatic_checkpoint(number, {}) for number in range(25)]

    assert names(manager) == [*made[:-11:-1], "named"]


def test_limit_counts_earlier_runs_of_the_task(project: Project) -> None:
    """A new run takes the places of the oldest of the run before."""
    for _ in range(3):
        recorder = begin_run(project)
        manager = TaskContextManager(recorder, max_checkpoints=3)
        manager.create_automatic_checkpoint(1, {})
        manager.create_automatic_checkpoint(2, {})
        recorder.fail(stated_error({}))

    assert len(names(manager)) == 3
    assert names(manager)[:2] == ["automatic-2", "automatic-1"]


def test_look_back_for_the_limit_is_bounded(project: Project) -> None:
    """What many named ones hide costs the next run nothing; a cleanup finds it all."""
    TaskContextManager(begin_run(project)).create_automatic_checkpoint(1, {})
    manager = TaskContextManager(begin_run(project), max_checkpoints=1)
    for number in range(20):
        manager.save_execution_state({}, f"named-{number}")
    manager.create_automatic_checkpoint(1, {})

    assert len(names(manager)) == 22
    assert manager.cleanup_old_checkpoints(1) == 1
    assert len(names(manager)) == 21


def test_limit_leaves_other_tasks_alone(project: Project) -> None:
    """Each task has places of its own."""
    one = TaskContextManager(begin_run(project), max_checkpoints=1)
    two = TaskContextManager(begin_run(project, "t_two"), max_checkpoints=1)
    for manager in (one, two, one):
        manager.create_automatic_checkpoint(1, {})

    assert (len(names(one)), len(names(two))) == (1, 1)


@pytest.mark.parametrize("limit", [0, -1])
def test_limit_below_one_is_refused(recorder: RunRecorder, limit: int) -> None:
    """A limit that keeps nothing would make every checkpoint vain."""
    with pytest.raises(CheckpointRefusedError, match=r"max_checkpoints: found .*at least 1"):
        TaskContextManager(recorder, max_checkpoints=limit)
    with pytest.raises(CheckpointRefusedError, match="at least 0"):
        TaskContextManager(recorder).cleanup_old_checkpoints(-1)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.int64(7), 7),
        (np.uint8(255), 255),
        (np.float64(0.5), 0.5),
        (np.float32(0.25), 0.25),
        (np.bool_(1), True),
        (np.str_("a"), "a"),
        (np.float64("inf"), math.inf),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([True, False]), [True, False]),
        (np.array([0.5, np.inf]), [0.5, math.inf]),
        (np.array([(1, 2), None], dtype=object), [(1, 2), None]),
    ],
)
def test_values_of_numpy_come_back_as_those_of_python(
    manager: TaskContextManager, value: Any, kept: Any
) -> None:
    """Behaviour 33: numbers, booleans and lists, whatever library they came from."""
    manager.save_execution_state({"value": value, "within": [{"x": value}]}, "cp1")
    state = manager.restore_execution_state("cp1")

    assert state == {"value": kept, "within": [{"x": kept}]}
    assert type(state["value"]) is type(kept)


def test_state_comes_back_as_it_was_from_the_ledger_and_from_a_file(
    manager: TaskContextManager,
) -> None:
    """The usual start of a search survives a crash, and so do keys, types and their order."""
    state = {"best": math.inf, "seen": {(1, "a")}, "of": {2: "b", 1: dt.date(2026, 1, 2)}, "a": b""}
    for rest in ("", "x" * MAX_IN_EVENT_BYTES):
        manager.save_execution_state(state | {"rest": rest}, "cp1")
        restored = manager.restore_execution_state("cp1")
        assert restored == state | {"rest": rest}
        assert list(restored) == [*state, "rest"]
        assert list(restored["of"]) == [2, 1]


def test_value_that_cannot_be_given_back_is_refused(
    manager: TaskContextManager, project: Project
) -> None:
    """What would come back as another type is an error with place and type, and not its text."""
    state = {"a": [0, {"frame": pd.DataFrame({"x": ["Zaphod"]})}]}
    match = r"state\['a'\]\[1\]\['frame'\] of a checkpoint: is of type pandas.*DataFrame"
    with pytest.raises(CheckpointRefusedError, match=match) as caught:
        manager.save_execution_state(state, "cp1")

    assert "Zaphod" not in str(caught.value)
    assert recorded(project, CheckpointRecorded.TOPIC) == []


def test_metrics_of_any_mapping_are_kept(manager: TaskContextManager) -> None:
    """An automatic checkpoint takes metrics as a task has them."""
    manager.create_automatic_checkpoint(1, MappingProxyType({"loss": math.inf}))

    assert manager.restore_execution_state()["metrics"] == {"loss": math.inf}


@given(
    st.dictionaries(texts, json_values, max_size=4).filter(
        lambda state: not any(secret_names(state))  # those are refused, as another test says
    )
)
def test_any_json_comes_back_as_it_was(project_of_examples: Project, state: dict[str, Any]) -> None:
    """Saving and restoring is the identity on JSON, and the digest finds nothing changed."""
    manager = TaskContextManager(begin_run(project_of_examples))
    manager.save_execution_state(state, "cp1")

    assert canonical_text(manager.restore_execution_state()) == canonical_text(state)


@pytest.fixture(scope="module")
def project_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that all examples of a property share."""
    with make_project(tmp_path_factory.mktemp("examples")) as opened:
        yield opened


@pytest.mark.parametrize("error", [ValueError("Zaphod"), KeyboardInterrupt(), SystemExit(3)])
def test_exception_leaves_a_checkpoint_and_passes(
    manager: TaskContextManager, error: BaseException
) -> None:
    """Behaviour 34: the current state is kept with the error's kind, and the error goes on."""
    manager.current_state["row"] = 7
    with pytest.raises(type(error)) as caught, manager:
        raise error

    assert caught.value is error
    assert names(manager) == ["error-1"]
    state = manager.restore_execution_state()
    assert state["row"] == 7
    assert state["error_info"]["error_type"] == type(error).__name__


def test_error_checkpoint_quotes_no_data(manager: TaskContextManager, project: Project) -> None:
    """The text of an exception may hold a cell value, so it is nowhere."""
    with pytest.raises(ValueError, match="Zaphod"), manager:
        raise ValueError("Zaphod")

    (event,) = recorded(project, CheckpointRecorded.TOPIC)
    assert event.kind == "error"
    assert b"Zaphod" not in event.to_payload()


def test_block_that_ends_well_keeps_nothing(manager: TaskContextManager) -> None:
    """Without an exception there is nothing to keep."""
    with manager as same:
        same.current_state["row"] = 7

    assert names(manager) == []


def test_error_after_the_end_of_the_run_passes(manager: TaskContextManager) -> None:
    """A run that has ended takes no checkpoint; the exception is the one to see."""
    manager._recorder.succeed()
    with pytest.raises(ValueError, match="late"), manager:
        raise ValueError("late")

    assert names(manager) == []


def test_state_that_cannot_be_kept_does_not_hide_the_error(
    manager: TaskContextManager, caplog: pytest.LogCaptureFixture
) -> None:
    """That no checkpoint could be made is said in the log; the first error passes."""
    manager.current_state = {"password": "swordfish"}
    with pytest.raises(ValueError, match="first"), manager:
        raise ValueError("first")

    assert names(manager) == []
    assert "no checkpoint of the error could be kept" in caplog.text
    assert "swordfish" not in caplog.text


def test_checkpoints_of_one_second_are_all_kept(
    manager: TaskContextManager, clock: HandClock
) -> None:
    """Behaviour 39: names come from the run's sequence, order from the ledger."""
    first = manager.create_automatic_checkpoint(1, {"rows": 1})
    second = manager.create_automatic_checkpoint(1, {"rows": 2})

    assert first != second
    assert manager.get_checkpoints() == [(second, START), (first, START)]
    assert manager.restore_execution_state(first)["metrics"] == {"rows": 1}
    assert manager.restore_execution_state(second)["metrics"] == {"rows": 2}


def test_checkpoints_come_newest_first_with_their_time(
    manager: TaskContextManager, clock: HandClock
) -> None:
    """Each has the time in UTC at which it was recorded."""
    manager.save_execution_state({}, "cp1")
    clock.move(60)
    manager.save_execution_state({}, "cp2")

    assert manager.get_checkpoints() == [("cp2", START + dt.timedelta(seconds=60)), ("cp1", START)]
    assert all(made_at.tzinfo is dt.UTC for _, made_at in manager.get_checkpoints())


def test_name_saved_again_is_replaced(manager: TaskContextManager) -> None:
    """In one run a name means one state, the last."""
    manager.save_execution_state({"row": 1}, "cp1")
    manager.save_execution_state({"row": 2}, "cp1")

    assert names(manager) == ["cp1"]
    assert manager.restore_execution_state("cp1") == {"row": 2}


def test_automatic_checkpoint_keeps_the_current_state_too(manager: TaskContextManager) -> None:
    """It says how far the work has come, beside what was being worked on."""
    manager.current_state = {"table": "people"}
    manager.create_automatic_checkpoint(3, {"rows": np.int64(5)})

    assert manager.restore_execution_state() == {
        "table": "people",
        "operation_index": 3,
        "metrics": {"rows": 5},
    }


def test_restored_state_becomes_the_current_one(manager: TaskContextManager) -> None:
    """What goes on from a checkpoint is kept, if it fails, with what it began from."""
    manager.save_execution_state({"row": 7}, "cp1")
    manager.current_state = {}

    manager.restore_execution_state("cp1")["row"] = 8

    assert manager.current_state == {"row": 7}


@pytest.mark.parametrize(
    ("state", "secret"),
    [
        ({"password": "swordfish"}, "password"),
        ({"db": [{"api_key": "swordfish"}]}, "api_key"),
        ({"credentials": {"user": ["swordfish"]}}, "credentials"),
        ({"url": "postgresql://me:swordfish@host/db"}, "url"),
        ({1: {"token": b"swordfish"}, "1": 0}, "token"),
    ],
)
def test_secret_in_a_state_is_refused(
    manager: TaskContextManager, project: Project, state: Any, secret: str
) -> None:
    """A state comes back as it was or is refused, so what must not be written is an error."""
    with pytest.raises(CheckpointRefusedError, match=f"holds a secret named '{secret}'") as e:
        manager.save_execution_state(state, "cp1")

    assert "swordfish" not in str(e.value)
    assert recorded(project, CheckpointRecorded.TOPIC) == []
    assert manager.current_state == {}


def test_number_under_a_secret_name_is_no_secret(manager: TaskContextManager) -> None:
    """Counts of tokens and an absent password are kept as they are."""
    state = {"tokens": [1, 2], "password": None, "secret": "", "key": 5}
    manager.save_execution_state(state, "cp1")

    assert manager.restore_execution_state("cp1") == state


@pytest.mark.parametrize("state", [None, [1], "text", 7])
def test_state_that_is_no_mapping_is_refused(manager: TaskContextManager, state: Any) -> None:
    """A state has names for what it holds."""
    with pytest.raises(CheckpointRefusedError, match="expected a mapping"):
        manager.save_execution_state(state, "cp1")


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", ".hidden", "x" * 256, "a\n", "CON"])
def test_name_that_could_be_mistaken_is_refused(manager: TaskContextManager, name: str) -> None:
    """A name can be given back in a reference, and printed."""
    with pytest.raises(CheckpointRefusedError, match="name of a checkpoint"):
        manager.save_execution_state({}, name)


@pytest.mark.parametrize("name", ["automatic-1", "error-7"])
def test_name_of_the_framework_is_refused(manager: TaskContextManager, name: str) -> None:
    """A name that will be given to another checkpoint cannot be taken before."""
    with pytest.raises(CommandRejectedError, match="choose another"):
        manager.save_execution_state({}, name)


def test_ended_run_takes_no_checkpoint(manager: TaskContextManager, project: Project) -> None:
    """What has ended does not change, and the refusal leaves no file behind."""
    manager._recorder.succeed()

    with pytest.raises(RunClosedError, match="an open run"):
        manager.save_execution_state({"big": "x" * 2**21}, "cp1")
    assert project.checkpoint_files.present() == []


def test_task_that_does_not_run_can_be_read(project: Project) -> None:
    """A notebook restores and lists, and begins no run by that."""
    recorder = begin_run(project)
    TaskContextManager(recorder).save_execution_state({"row": 7}, "cp1")
    before = project.ledger.head()

    reader = TaskContextManager.of_task(project, "t_one")

    assert reader.restore_execution_state() == {"row": 7}
    assert names(reader) == ["cp1"]
    assert project.ledger.head() == before
    with pytest.raises(RunNotStartedError, match="not started"):
        reader.save_execution_state({}, "cp2")


def test_task_that_does_not_run_can_be_cleaned_up(project: Project) -> None:
    """The discards stand in the streams of the runs that had made the checkpoints."""
    recorders = [begin_run(project) for _ in range(2)]
    for recorder in recorders:
        TaskContextManager(recorder).create_automatic_checkpoint(1, {})
        recorder.succeed()

    reader = TaskContextManager.of_task(project, "t_one")

    assert reader.cleanup_old_checkpoints(0) == 2
    assert [topics(project, r.run_id)[-1] for r in recorders] == ["checkpoint.discarded"] * 2
    assert names(reader) == []


def test_named_checkpoint_goes_when_asked_for(
    manager: TaskContextManager, project: Project
) -> None:
    """Cleanup never takes it, its owner can."""
    manager.save_execution_state({"row": 1}, "cp1")
    manager.discard_checkpoint("cp1")

    assert names(manager) == []
    assert recorded(project, CheckpointDiscarded.TOPIC)[0].reason == "request"
    with pytest.raises(CheckpointNotFoundError, match="'cp1'"):
        manager.discard_checkpoint("cp1")
    manager.save_execution_state({"row": 2}, "cp1")
    assert manager.restore_execution_state("cp1") == {"row": 2}


def test_threads_that_save_at_once_lose_nothing(project: Project) -> None:
    """Sixteen threads, each with names of its own and automatic ones: all are there, none twice."""
    manager = TaskContextManager(begin_run(project), max_checkpoints=1_000)
    made: list[str] = []

    def work(thread: int) -> None:
        for number in range(5):
            manager.save_execution_state({"thread": thread}, f"t{thread}.{number}")
            made.append(manager.create_automatic_checkpoint(number, {"thread": thread}))

    threads = [threading.Thread(target=work, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 80
    assert len(names(manager)) == 160
    assert set(made) < set(names(manager))
    assert all(manager.restore_execution_state(f"t{n}.4") == {"thread": n} for n in range(16))


def test_managers_of_one_run_give_no_name_twice(recorder: RunRecorder, project: Project) -> None:
    """Two objects with a session each agree through the ledger."""
    other = RunRecorder(project, "t_one", run_id=recorder.run_id)
    managers = TaskContextManager(recorder), TaskContextManager(other)
    made = [manager.create_automatic_checkpoint(1, {}) for manager in managers * 2]

    assert made == [f"automatic-{number}" for number in (1, 2, 3, 4)]


def test_states_are_in_no_document(manager: TaskContextManager, project: Project) -> None:
    """A report and the log say nothing of what was kept."""
    manager.save_execution_state({"row": "Zaphod"}, "cp1")
    manager._recorder.succeed()
    exports.rebuild(project)

    documents = [*(project.root / "DATA").rglob("*.json"), project.root / "configs"]
    texts_ = [p.read_text() for d in documents for p in ([d] if d.is_file() else d.glob("*.json"))]
    assert len(texts_) >= 2
    assert not any("Zaphod" in text for text in texts_)
