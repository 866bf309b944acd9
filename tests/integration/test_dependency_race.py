"""Two processes that declare dependencies at the same instant."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from small_tasks import make_project

HERE = Path(__file__).parent
ROUNDS = 60


def start(root: Path) -> subprocess.Popen[str]:
    """Start a process that declares what it is told."""
    command = [sys.executable, str(HERE / "declare_dependency.py"), str(root)]
    return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def tell(process: subprocess.Popen[str], task: str, other: str) -> None:
    """Let a process declare that a task depends on another one."""
    assert process.stdin is not None
    process.stdin.write(f"{task} {other}\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> str:
    """Return the next line a process writes."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_tasks_that_declare_each_other_at_once_never_both_do(tmp_path: Path) -> None:
    """At least one of the two is refused, and what it declared is taken back."""
    with make_project(tmp_path / "project") as project, ExitStack() as stack:
        one, two = (stack.enter_context(start(project.root)) for _ in range(2))
        assert [answer(one), answer(two)] == ["ready", "ready"]
        for number in range(ROUNDS):
            a, b = f"a_{number}", f"b_{number}"
            tell(one, a, b)
            tell(two, b, a)
            answers = {a: answer(one), b: answer(two)}
            states = {task: project.task_session(task).state for task in answers}

            assert "refused" in answers.values()
            for task, state in states.items():
                assert bool(state.dependencies) is (answers[task] == "declared")
        for process in (one, two):
            process.communicate()
