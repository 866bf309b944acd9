"""Processes that resume one run at the same instant."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from small_tasks import begin_run, make_project, recorded

from lineage.events import RunResumed, RunStarted

HERE = Path(__file__).parent
PROCESSES = 4
ROUNDS = 15
LATEST_S = 0.01
"""Far more than it takes a process to read what it decides on."""


def start(root: Path) -> subprocess.Popen[str]:
    """Start a process that resumes what it is told."""
    command = [sys.executable, str(HERE / "resume_at_once.py"), str(root)]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def tell(process: subprocess.Popen[str], run_id: str) -> None:
    """Let a process resume a run."""
    assert process.stdin is not None
    process.stdin.write(f"{run_id}\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> str:
    """Return the next line a process writes."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_that_resume_one_run_at_once_are_all_but_one_refused(tmp_path: Path) -> None:
    """Each run is resumed by one other, and of those that were refused nothing is on record."""
    chance = random.Random(7)  # noqa: S311  # no secrets
    with make_project(tmp_path / "project") as project, ExitStack() as stack:
        processes = [stack.enter_context(start(project.root)) for _ in range(PROCESSES)]
        assert {answer(process) for process in processes} == {"ready"}
        broken = []
        for _ in range(ROUNDS):
            recorder = begin_run(project)
            recorder.interrupt("keyboard", "Ctrl-C")
            broken.append(recorder.run_id)
            for process in processes:
                tell(process, recorder.run_id)
                time.sleep(chance.uniform(0, LATEST_S))
            answers = sorted(map(answer, processes))
            assert answers == ["refused"] * (PROCESSES - 1) + ["resumed"]
        for process in processes:
            process.communicate()

        assert len(recorded(project, RunResumed.TOPIC)) == len(broken)
        assert len(recorded(project, RunStarted.TOPIC)) == 2 * len(broken)
