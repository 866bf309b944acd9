"""One run of a task at a time."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import small_tasks
from small_tasks import CallOperation, CopyOperation, SmallTask, make_project, recorded

from lineage.events import RunStarted
from lineage.kernel.errors import CommandRejectedError, TaskBusyError
from lineage.project import Project
from lineage.tasks.rerun.rerun import rerun

HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from small_tasks import CallOperation, SmallTask
from lineage.project import Project

def wait(**_):
    sys.stdout.write("at work\\n")
    sys.stdout.flush()
    sys.stdin.readline()

with Project(Path(sys.argv[1])) as project:
    SmallTask(CallOperation(wait), project=project).run()
"""
PATIENCE_S = 0.2


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose runs wait for each other, not long."""
    make_project(tmp_path, concurrent_runs="wait").close()
    with Project(tmp_path, lock_timeout_s=PATIENCE_S) as opened:
        yield opened


@contextmanager
def another_process_at_work(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Run t_one in another process, up to the middle of its operation."""
    command = [sys.executable, "-c", HOLD, str(root), str(Path(small_tasks.__file__).parent)]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process
        process.kill()


def test_second_run_of_a_task_that_has_waited_is_refused_and_names_the_first(
    project: Project,
) -> None:
    """Nothing of it is on record."""
    with another_process_at_work(project.root) as process:
        task = SmallTask(CopyOperation(), project=project)

        assert not task.run()

        (first,) = project.ledger.runs_of_task("t_one", limit=9)
        holder = rf"run {first} \(process {process.pid} on .*\) has not ended after 0.2 s"
        with pytest.raises(TaskBusyError, match=holder):
            raise task.error or AssertionError
        assert task.run_id is None


def test_second_run_is_refused_at_once_if_the_project_says_so(tmp_path: Path) -> None:
    """With "refuse" nobody waits."""
    with (
        make_project(tmp_path, concurrent_runs="refuse") as project,
        another_process_at_work(tmp_path),
    ):
        task = SmallTask(CopyOperation(), project=project)
        task.run()

        with pytest.raises(TaskBusyError, match=r"has not ended, expected one run of a task"):
            raise task.error or AssertionError


def test_run_that_is_open_is_not_waited_for_to_resume_it(project: Project) -> None:
    """It would have nothing to resume; the error is the one that says so."""
    with another_process_at_work(project.root):
        task = SmallTask(CopyOperation(), project=project)
        task.run(resume=True)

        with pytest.raises(CommandRejectedError, match="found 'running'"):
            raise task.error or AssertionError


def test_run_whose_process_was_killed_lets_the_next_one_begin(project: Project) -> None:
    """The system releases what a dead process held, and the dead run is resumed."""
    with another_process_at_work(project.root) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()

    task = SmallTask(CallOperation(lambda **_: None), project=project)

    assert task.run(resume=True)
    assert [run.resumes is None for run in recorded(project, RunStarted.TOPIC)] == [True, False]


def test_second_run_waits_for_the_first(tmp_path: Path) -> None:
    """Two threads that run one task do so one after the other."""
    at_work: list[str] = []
    most = []

    def work(**_: object) -> None:
        at_work.append("")
        most.append(len(at_work))
        at_work.pop()

    with make_project(tmp_path) as project:
        tasks = [SmallTask(CallOperation(work), project=project) for _ in range(3)]
        threads = [threading.Thread(target=task.run) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert most == [1, 1, 1]
    assert [task.error for task in tasks] == [None, None, None]


def test_other_task_runs_meanwhile(project: Project) -> None:
    """A task waits for none but itself."""
    with another_process_at_work(project.root):
        assert SmallTask(CopyOperation(), task_id="t_two", project=project).run()


def test_rerun_of_a_task_does_not_wait_for_its_runs(project: Project) -> None:
    """It has a project of its own, and touches nothing that the runs do."""
    task = SmallTask(CopyOperation(), project=project)
    task.run()

    with another_process_at_work(project.root):
        again = rerun(project, task.run_id or "", task=SmallTask(CopyOperation()))

    assert again.outcome == "equal"


@pytest.mark.parametrize("act", [CopyOperation(), CallOperation(lambda **_: 1 / 0)])
def test_run_that_has_ended_leaves_the_task_free(project: Project, act: object) -> None:
    """However it ended."""
    SmallTask(act, project=project).run()  # type: ignore[arg-type]  # both are operations

    lock = project.task_lock("t_one")
    assert not lock.is_locked
    with lock.acquire(timeout=0):
        pass
