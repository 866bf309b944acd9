"""Runs whose process is gone are found, and no others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from hand_clock import HandClock
from small_tasks import last, make_project, recorded

from lineage.domain.run import RunStatus
from lineage.events import RunInterrupted
from lineage.kernel import host
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.upkeep import liveness


@pytest.fixture
def wall() -> HandClock:
    """The clock of the project."""
    return HandClock()


@pytest.fixture
def project(tmp_path: Path, wall: HandClock) -> Iterator[Project]:
    """A project whose clock stands until it is moved."""
    with make_project(tmp_path, clock=wall) as opened:
        yield opened


def begin(project: Project, **process: object) -> str:
    """Begin a run of t_one that says of its process what the test wants."""
    recorder = RunRecorder(project, "t_one")
    started = run_started(task_type="", description="", report_path="DATA/reports/r.json")
    recorder.begin(started.model_copy(update=process))
    return recorder.run_id


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine, alive."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def identity(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """Return what a run would record of a process."""
    created_at = psutil.Process(process.pid).create_time()
    return {"pid": process.pid, "process_started_at": round(created_at, 3)}


def test_run_of_this_process_is_left_alone(project: Project) -> None:
    """A run of the asking process is alive."""
    assert not liveness.settle(project, begin(project), "t_one")
    assert recorded(project, RunInterrupted.TOPIC) == []


def test_run_of_another_living_process_is_left_alone(
    project: Project, sleeper: subprocess.Popen[bytes]
) -> None:
    """A run of another process of this machine that lives is alive, however silent."""
    run = begin(project, **identity(sleeper))

    assert not liveness.settle(project, run, "t_one")


def test_run_of_a_dead_process_is_interrupted(
    project: Project, sleeper: subprocess.Popen[bytes]
) -> None:
    """A run whose process ended without a word is recorded as interrupted, with the reason."""
    run = begin(project, **identity(sleeper))
    sleeper.kill()
    sleeper.wait()

    assert liveness.settle(project, run, "t_one")

    interrupted = last(project, RunInterrupted)
    assert interrupted.reason == "process_gone"
    assert str(sleeper.pid) in interrupted.detail


def test_run_of_a_zombie_is_interrupted(project: Project, sleeper: subprocess.Popen[bytes]) -> None:
    """A process that has ended but was not waited for does no more work."""
    run = begin(project, **identity(sleeper))
    sleeper.kill()
    psutil.Process(sleeper.pid).status()  # still known to the system
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        pass

    assert liveness.settle(project, run, "t_one")


def test_process_number_in_use_again_does_not_keep_a_run_alive(
    project: Project, sleeper: subprocess.Popen[bytes]
) -> None:
    """A living process with the same number and another start time is another process."""
    run = begin(project, pid=sleeper.pid, process_started_at=1_000_000.0)

    assert liveness.settle(project, run, "t_one")


@pytest.mark.parametrize(("silent_s", "settled"), [(300.0, 0), (300.5, 1)])
def test_run_on_another_machine_is_judged_by_its_silence(
    project: Project, wall: HandClock, silent_s: float, settled: int
) -> None:
    """A run elsewhere counts as gone after 300 s without an event, and not before."""
    run = begin(project, host="elsewhere")
    wall.move(silent_s)

    assert liveness.settle(project, run, "t_one") == bool(settled)


def test_silence_begins_with_the_latest_event(project: Project, wall: HandClock) -> None:
    """A run elsewhere that recorded something meanwhile is heard."""
    run = begin(project, host="elsewhere")
    wall.move(299)
    RunRecorder(project, "t_one", run_id=run).measure("a", 1)
    wall.move(299)
    assert not liveness.settle(project, run, "t_one")

    wall.move(2)

    assert liveness.settle(project, run, "t_one")
    assert last(project, RunInterrupted).reason == "silent"
    assert "elsewhere was silent for 301 s" in last(project, RunInterrupted).detail


def test_ended_run_is_left_alone(project: Project) -> None:
    """A run that has an end gets no second one."""
    run = begin(project, pid=2**22 + 1)
    RunRecorder(project, "t_one", run_id=run).succeed()

    assert not liveness.settle(project, run, "t_one")


def test_settled_run_is_settled_once(project: Project) -> None:
    """Asking again finds nothing to do."""
    run = begin(project, pid=2**22 + 1)

    assert liveness.settle(project, run, "t_one")
    assert not liveness.settle(project, run, "t_one")


def test_unknown_run_is_nothing_to_settle(project: Project) -> None:
    """A run that never began is not recorded as interrupted."""
    assert not liveness.settle(project, "no-such-run", "t_one")
    assert project.ledger.head() == 0


class Interrupting(HandClock):
    """A clock at whose next reading something else happens first."""

    meanwhile: Callable[[], object] | None = None

    def now(self) -> datetime:
        """Let it happen, then tell the time."""
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return super().now()


def test_run_that_ends_while_it_is_looked_at_keeps_its_end(tmp_path: Path) -> None:
    """Whoever is first records the end; the other one is not thrown."""
    wall = Interrupting()
    with make_project(tmp_path, clock=wall) as project:
        run = begin(project, host="elsewhere")
        wall.move(1000)
        wall.meanwhile = RunRecorder(project, "t_one", run_id=run).succeed

        assert not liveness.settle(project, run, "t_one")
        assert project.run_session(run, "t_one").state.status is RunStatus.SUCCEEDED
        assert host.hostname() != "elsewhere"
