"""Processes that are killed while they keep states, run side by side, or find the disk full."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest
from small_tasks import begin_run, make_project

from lineage.project import Project
from lineage.tasks import TaskContextManager
from lineage.upkeep.doctor import examine
from lineage.upkeep.liveness import settle_recent_runs

HERE = Path(__file__).parent
IN_LEDGER, IN_FILE = 200_000, 3_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with nothing in its history."""
    make_project(tmp_path).close()
    return tmp_path


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a script of this folder."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lines(process: subprocess.Popen[str]) -> IO[str]:
    """What a process prints."""
    assert process.stdout is not None
    return process.stdout


@pytest.mark.parametrize("size", [IN_LEDGER, IN_FILE])
@pytest.mark.parametrize("delay_s", [0.0, 0.004, 0.013])
def test_newest_acknowledged_checkpoint_survives_a_kill(
    root: Path, size: int, delay_s: float
) -> None:
    """Behaviour 38: after kill -9 the newest valid one is used, whole, and none is damaged."""
    with start("keep_checkpoints.py", root, size) as process:
        first = [lines(process).readline() for _ in range(3)]
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        acknowledged = max(map(int, [*first, *lines(process).read().split()]))

    with Project(root) as project:
        settle_recent_runs(project, "t_one")
        manager = TaskContextManager(begin_run(project))
        can_resume, name = manager.can_resume_execution()
        state = manager.restore_execution_state(name)
        faults = [f.detail for f in examine(project) if not f.is_ok and f.check == "checkpoints"]
    assert can_resume
    assert state["number"] in {acknowledged, acknowledged + 1}
    assert state["rows"] == "x" * size
    assert faults == []


def test_processes_that_keep_states_side_by_side_lose_none(root: Path) -> None:
    """Three runs of one task at once: at the end the ten newest of all are there and whole."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(start("keep_checkpoints.py", root, IN_LEDGER)) for _ in range(3)
        ]
        for process in processes:
            assert [lines(process).readline() for _ in range(6)][-1]
        for process in processes:
            process.kill()

    with Project(root) as project:
        manager = TaskContextManager.of_task(project, "t_one")
        kept = manager.get_checkpoints()
        states = [manager.restore_execution_state(name) for name, _ in kept]
    assert len(kept) >= 10
    assert all(state["rows"] == "x" * IN_LEDGER for state in states)


def test_full_disk_is_an_error_that_leaves_earlier_checkpoints(root: Path) -> None:
    """Neither a file nor the ledger has room: both are said, the state before is there."""
    with start("keep_on_a_full_disk.py", root) as process:
        in_file, in_ledger, length, names = process.communicate()[0].splitlines()

    assert in_file.startswith("CheckpointNotWrittenError file for a checkpoint of task 't_one'")
    assert "File too large" in in_file
    assert in_ledger.startswith("LedgerUnavailableError")
    assert "the disk not full" in in_ledger
    assert length == "1000"
    assert names == "big small"
    with Project(root) as project:
        assert len(project.checkpoint_files.present()) == 1
