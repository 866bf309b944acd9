"""Signals that reach a program while its operations are under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from copies import copied, empty_catalog
from small_tasks import make_project, recorded

from lineage.events import OperationFailed, OperationStarted, RunInterrupted, RunStarted
from lineage.project import Project

PATIENCE_S = 60
"""How long a test waits for another process before it fails."""

PROMPT_S = 20
"""Far longer than a program takes to end, far shorter than its operations."""

SCRIPT = '''
import os, sys, time
from dataclasses import dataclass
from lineage.tasks import BaseTask
from ops import BaseOperation, OperationResult

class Sleep(BaseOperation):
    """Says in which process it works, then sleeps."""

    def execute(self, task_dir):
        (task_dir / f"{os.getpid()}.{self.number}").touch()
        time.sleep(600)
        return OperationResult()

class Fail(BaseOperation):
    """Fails in a way that is retried."""

    def execute(self, task_dir):
        (task_dir / f"{os.getpid()}.{self.number}").touch()
        raise ConnectionError

class Sleeping(BaseTask):
    def __init__(self):
        super().__init__("t_sleep", "test", "sleep")

    def configure_operations(self):
        kind = Fail if self.config.mode == "waiting" else Sleep
        for number in (1, 2):
            self.add_operation(kind(number=number))

    def execute(self):
        executor, params = self.operation_executor, self.operation_params
        match self.config.mode:
            case "single":
                executor.execute_operation(self.operations[0], params)
            case "timeout":
                executor.execute_operation(self.operations[0], params, timeout=600)
            case "waiting":
                executor.execute_with_retry(self.operations[0], params, 3, 2.0, 600.0, 600.0)
            case "batch":
                executor.execute_operations(self.operations, params)
            case "threads":
                executor.execute_operations_parallel(self.operations, params, 2)
            case "processes":
                executor.execute_operations_parallel(self.operations, params, 2, use_processes=True)
        return True
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the task, as a script in a folder from which nothing is imported."""
    make_project(tmp_path).close()
    copied(empty_catalog, tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/sleep_task.py").write_text(SCRIPT)
    return tmp_path


def start(root: Path, mode: str, operations: int) -> tuple[subprocess.Popen[str], list[int]]:
    """Run the task until so many operations work; return it and the processes they work in."""
    arguments = ["run", "scripts/sleep_task.py", "--set", f"mode={mode}"]
    program = subprocess.Popen(
        [sys.executable, "-m", "lineage", *arguments],
        cwd=root,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    folder = root / "DATA/processed/t_sleep"
    deadline = time.monotonic() + PATIENCE_S
    begun: list[Path] = []
    while len(begun) < operations:
        assert time.monotonic() < deadline
        assert program.poll() is None, program.communicate()
        time.sleep(0.02)
        begun = [path for path in folder.glob("*.*") if path.suffix in {".1", ".2"}]
    return program, [int(path.stem) for path in begun]


def end(program: subprocess.Popen[str]) -> str:
    """Wait for the end of a program that was interrupted; return what it said."""
    try:
        _, said = program.communicate(timeout=PROMPT_S)
    except subprocess.TimeoutExpired:
        program.kill()  # or it would be in the way of the tests that follow
        program.communicate()
        raise
    assert program.returncode == 130, said
    return said


def are_gone(pids: list[int]) -> bool:
    """Tell whether processes end within a moment."""
    alive = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(alive, timeout=PROMPT_S)
    return not alive


OPERATIONS = {"single": 1, "timeout": 1, "waiting": 1, "batch": 1, "threads": 2, "processes": 2}


@pytest.mark.parametrize(("mode", "operations"), OPERATIONS.items(), ids=str)
def test_ctrl_c_ends_the_program_at_once_and_is_on_record(
    root: Path, mode: str, operations: int
) -> None:
    """Behaviour 44: the signal of a terminal, to every process; the run is interrupted."""
    program, pids = start(root, mode, operations)

    os.killpg(program.pid, signal.SIGINT)

    assert "Traceback" not in end(program)
    assert are_gone(pids)
    with Project(root) as project:
        (interrupted,) = recorded(project, RunInterrupted.TOPIC)
        assert (interrupted.reason, interrupted.detail) == ("keyboard", "Ctrl-C")
        assert len(recorded(project, OperationStarted.TOPIC)) == operations
        assert recorded(project, OperationFailed.TOPIC) == []


@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_sigterm_ends_program_and_children_and_is_on_record(root: Path, mode: str) -> None:
    """Behaviour 44: SIGTERM to the program alone leaves no orphan; the run is interrupted."""
    program, pids = start(root, mode, 2)

    program.terminate()

    assert "Traceback" not in end(program)
    assert are_gone(pids)
    with Project(root) as project:
        (interrupted,) = recorded(project, RunInterrupted.TOPIC)
    assert (interrupted.reason, interrupted.detail) == ("signal", "SIGTERM")


def test_children_of_a_killed_program_end(root: Path) -> None:
    """Kill -9 of the program leaves no process behind that works for nobody."""
    program, pids = start(root, "processes", 2)

    program.kill()
    program.communicate(timeout=PROMPT_S)

    assert len(set(pids)) == 2
    assert are_gone(pids)


UNGUARDED = f"""{SCRIPT}
task = Sleeping()
task.run({{"mode": "processes"}})
print(task.error)
"""


def test_program_that_works_when_it_is_imported_is_told_so(root: Path) -> None:
    """Processes that import a script without a guard say so, and begin no run of their own."""
    (root / "unguarded.py").write_text(UNGUARDED.replace("time.sleep(600)", "pass"))

    done = subprocess.run(
        [sys.executable, "unguarded.py"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert 'below `if __name__ == "__main__":`' in done.stdout
    with Project(root) as project:
        assert len(recorded(project, RunStarted.TOPIC)) == 1
