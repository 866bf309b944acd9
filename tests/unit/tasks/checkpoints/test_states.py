"""States too big for the ledger, encrypted ones, and files that were damaged: behaviour 38."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_tasks import begin_run, make_project, recorded

from lineage.events import CheckpointRecorded, WarningRaised
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import (
    CheckpointDamagedError,
    CheckpointNotFoundError,
    CheckpointNotWrittenError,
    CipherError,
)
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.tasks import EncryptionManager, TaskContextManager
from lineage.tasks.checkpoints.states import MAX_IN_EVENT_BYTES
from lineage.tasks.security.encryption_settings import EncryptionMode

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
BIG = {"rows": "x" * MAX_IN_EVENT_BYTES}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project."""
    with make_project(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def recorder(project: Project) -> RunRecorder:
    """A run of t_one that has begun."""
    return begin_run(project)


@pytest.fixture
def manager(recorder: RunRecorder) -> TaskContextManager:
    """The checkpoints of that run."""
    return TaskContextManager(recorder)


def encryption(
    key: bytes | None = KEY, mode: EncryptionMode = EncryptionMode.SIMPLE
) -> EncryptionManager:
    """Return the encryption of a task that asks for it."""
    config: Any = SimpleNamespace(
        task_id="t_one",
        use_encryption=True,
        encryption_mode=mode,
        encryption_key_path=None,
        encryption_key_id=None,
        get_project_root=Path,
    )
    return EncryptionManager(config, key=key)


def files(project: Project) -> list[Path]:
    """Return the files of states."""
    return [project.checkpoint_files.path(name) for name in project.checkpoint_files.present()]


@pytest.mark.parametrize(
    ("length", "has_file"), [(MAX_IN_EVENT_BYTES, False), (MAX_IN_EVENT_BYTES + 1, True)]
)
def test_state_over_a_megabyte_gets_a_file(
    manager: TaskContextManager, project: Project, length: int, *, has_file: bool
) -> None:
    """The length of the canonical JSON decides, to the byte, and what is kept comes back."""
    state = {"x": "y" * (length - len('{"x":""}'))}
    path = manager.save_execution_state(state, "cp1")

    (event,) = recorded(project, CheckpointRecorded.TOPIC)
    assert files(project) == ([path] if has_file else [])
    assert (event.state is None) is has_file
    assert manager.restore_execution_state("cp1") == state


def test_file_is_named_after_its_content(manager: TaskContextManager, project: Project) -> None:
    """Name, event and content agree, and the event holds nothing of the state."""
    path = manager.save_execution_state(BIG, "cp1")

    (event,) = recorded(project, CheckpointRecorded.TOPIC)
    assert path.name == event.sha256 == sha256_file(path)
    assert event.size_bytes == path.stat().st_size > MAX_IN_EVENT_BYTES
    assert len(event.to_payload()) < 1000
    assert json.loads(path.read_text())["task"] == "t_one"


def test_equal_states_have_a_file_each(manager: TaskContextManager, project: Project) -> None:
    """So that a discarded checkpoint cannot take the state of another one with it."""
    manager.save_execution_state(BIG, "cp1")
    manager.save_execution_state(BIG, "cp2")
    assert len(files(project)) == 2

    manager.discard_checkpoint("cp1")

    assert len(files(project)) == 1
    assert manager.restore_execution_state("cp2") == BIG


def test_files_of_given_up_checkpoints_are_removed(recorder: RunRecorder, project: Project) -> None:
    """Beyond the limit, after a cleanup and when a name is used again, the file goes too."""
    manager = TaskContextManager(recorder, max_checkpoints=2)
    manager.current_state = BIG
    for number in range(4):
        manager.create_automatic_checkpoint(number, {})
    assert len(files(project)) == 2

    manager.save_execution_state(BIG, "cp1")
    manager.save_execution_state(BIG, "cp1")
    assert len(files(project)) == 3

    assert manager.cleanup_old_checkpoints(0) == 2
    assert len(files(project)) == 1
    assert manager.restore_execution_state() == BIG


def test_file_of_another_run_goes_with_its_checkpoint(project: Project) -> None:
    """The limit reaches into earlier runs, and so does the removal."""
    for _ in range(3):
        manager = TaskContextManager(begin_run(project), max_checkpoints=1)
        manager.save_execution_state(BIG)

    assert len(files(project)) == 1


DAMAGES = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: os.truncate(path, 1000),
    "changed": lambda path: path.write_bytes(path.read_bytes().replace(b"x", b"y", 1)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_checkpoint_is_refused_by_name(manager: TaskContextManager, damage: str) -> None:
    """Behaviour 38: the error names checkpoint and file; nothing comes back in its place."""
    path = manager.save_execution_state(BIG, "cp1")
    manager.save_execution_state({}, "cp2")
    DAMAGES[damage](path)

    with pytest.raises(CheckpointDamagedError, match="checkpoint 'cp1'") as caught:
        manager.restore_execution_state("cp1")
    assert str(path) in str(caught.value)
    assert manager.current_state == {}


@pytest.mark.parametrize("damage", DAMAGES)
def test_newest_valid_checkpoint_is_used_with_a_warning(
    manager: TaskContextManager,
    project: Project,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    """Behaviour 38: one that is damaged is passed over, and the report and the log say so."""
    manager.save_execution_state({"row": 1}, "cp1")
    manager.save_execution_state({"row": 2}, "cp2")
    DAMAGES[damage](manager.save_execution_state(BIG, "cp3"))

    assert manager.can_resume_execution() == (True, "cp2")
    assert recorded(project, WarningRaised.TOPIC) == []
    with caplog.at_level(logging.WARNING):
        assert manager.restore_execution_state() == {"row": 2}
    (warning,) = recorded(project, WarningRaised.TOPIC)
    assert warning.message == "checkpoint 'cp3' is damaged; using the one before it"
    assert warning.message in caplog.text


def test_only_damaged_checkpoints_are_none(manager: TaskContextManager) -> None:
    """Where no valid one is left, that is an error, not an empty state."""
    manager.save_execution_state(BIG, "cp1").unlink()

    with pytest.raises(CheckpointNotFoundError, match="no undamaged checkpoint"):
        manager.restore_execution_state()
    assert manager.can_resume_execution() == (False, None)


def test_state_in_the_ledger_is_checked_too(recorder: RunRecorder) -> None:
    """A digest that does not fit its state is damage, wherever the state stands."""
    states = TaskContextManager(recorder)._states
    command = states.keep({"row": 1}, name="cp1", kind="named")
    event = CheckpointRecorded(
        name="cp1",
        kind="named",
        operation=None,
        state={"row": 2},
        sha256=command.sha256,
        size_bytes=command.size_bytes,
        is_encrypted=False,
        task_version=None,
        config_sha256=None,
    )

    with pytest.raises(CheckpointDamagedError, match="another digest"):
        states.load(event)


@pytest.mark.parametrize("mode", [EncryptionMode.SIMPLE, EncryptionMode.AGE])
def test_task_that_encrypts_has_no_state_in_clear(
    recorder: RunRecorder, project: Project, mode: EncryptionMode
) -> None:
    """However small, the state is in an encrypted file, and comes back with the key."""
    key: Any = KEY
    if mode is EncryptionMode.AGE:
        pyrage = pytest.importorskip("pyrage", reason="the extra package is not installed")
        key = str(pyrage.x25519.Identity.generate()).encode()
    manager = TaskContextManager(recorder, encryption=encryption(key, mode))
    path = manager.save_execution_state({"name": "Zaphod"}, "cp1")
    manager.create_automatic_checkpoint(1, {})

    assert manager.restore_execution_state("cp1") == {"name": "Zaphod"}
    assert all(event.state is None for event in recorded(project, CheckpointRecorded.TOPIC))
    assert all(event.is_encrypted for event in recorded(project, CheckpointRecorded.TOPIC))
    everything = b"".join(p.read_bytes() for p in project.root.rglob("*") if p.is_file())
    assert path in files(project)
    assert b"Zaphod" not in everything


def test_encryption_without_a_key_keeps_nothing(
    recorder: RunRecorder, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for and impossible is an error before anything is written."""
    monkeypatch.delenv("LINEAGE_ENCRYPTION_KEY", raising=False)
    manager = TaskContextManager(recorder, encryption=encryption(None))

    with pytest.raises(CipherError, match="no key"):
        manager.save_execution_state({"name": "Zaphod"}, "cp1")
    assert files(project) == []
    assert recorded(project, CheckpointRecorded.TOPIC) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [(None, "is encrypted and there is no key"), (encryption(OTHER_KEY), "does not open")],
)
def test_encrypted_state_needs_its_key(
    recorder: RunRecorder, given: EncryptionManager | None, message: str
) -> None:
    """A missing or wrong key is said; no older state comes back in its place."""
    manager = TaskContextManager(recorder, encryption=encryption())
    manager.save_execution_state({"row": 1}, "cp1")
    manager.save_execution_state({"row": 2}, "cp2")
    reader = TaskContextManager.of_task(recorder.project, "t_one", encryption=given)

    with pytest.raises(CipherError, match=message):
        reader.restore_execution_state()


def test_folder_that_cannot_be_written_is_an_error(
    manager: TaskContextManager, project: Project
) -> None:
    """What stands in the way is named; the history has no checkpoint that is not there."""
    manager.save_execution_state({"row": 1}, "cp1")
    (project.root / ".lineage/checkpoints").write_text("in the way")

    with pytest.raises(CheckpointNotWrittenError, match="earlier checkpoints are intact"):
        manager.save_execution_state(BIG, "cp2")
    assert manager.restore_execution_state() == {"row": 1}


def test_file_that_cannot_be_removed_is_left_to_the_doctor(
    recorder: RunRecorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The checkpoint is made all the same; what is left over is said in the log."""
    manager = TaskContextManager(recorder, max_checkpoints=1)
    manager.save_execution_state(BIG)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        manager.save_execution_state(BIG)

    assert len(manager.get_checkpoints()) == 1
    assert "checkpoint file not removed: Permission denied" in caplog.text


def test_ledger_in_memory_keeps_states_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is no file works alike; the folder stands for the file it does not have."""
    monkeypatch.setenv("LINEAGE_LEDGER", "memory://")
    with make_project(tmp_path) as project:
        manager = TaskContextManager(begin_run(project))

        assert manager.save_execution_state({"row": 7}, "cp1") == tmp_path / ".lineage"
        assert manager.restore_execution_state() == {"row": 7}
