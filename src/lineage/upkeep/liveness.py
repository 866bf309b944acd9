"""Find runs whose process died, and record them as interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from filelock import Timeout

from lineage.domain.run import EndRun, RunStatus
from lineage.events import RunInterrupted, RunStarted, streams
from lineage.kernel.errors import RunClosedError
from lineage.kernel.host import KernelMark, ProcessIdentity
from lineage.project import Project

SILENCE_S: Final = 300
"""Seconds without an event after which a run that cannot be seen counts as interrupted."""

RECENT_RUNS: Final = 16
"""Latest runs of a task that are checked; more never run at once."""


def settle(project: Project, run_id: str, task_id: str) -> bool:
    """Record a run as interrupted if it is open and its process died.

    What cannot be seen from here, such as a process of another machine or PID namespace
    (`ProcessIdentity.is_alive`), counts as dead after 300 s without an event.

    Returns:
        Whether this call recorded it.

    Raises:
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    if project.run_status(run_id, task_id) is not RunStatus.RUNNING:
        return False
    session = project.run_session(run_id, task_id)
    started = session.state.started
    if started is None:
        return False
    outcome = _why_gone(project, run_id, started)
    if outcome is None:
        return False
    try:
        session.handle(EndRun(outcome=outcome))
    except RunClosedError:  # another process recorded its end meanwhile
        return False
    return True


def settle_recent_runs(project: Project, task_id: str) -> list[str]:
    """Record recent runs of a task that died as interrupted, and return their ids."""
    recent = project.ledger.runs_of_task(task_id, limit=RECENT_RUNS)
    return [run for run in recent if settle(project, run, task_id)]


def is_gone(project: Project, run_id: str, started: RunStarted) -> bool:
    """Tell whether the process of an open run died; `settle` would record that.

    Raises:
        LedgerUnavailableError: The ledger cannot be read.
    """
    return _why_gone(project, run_id, started) is not None


def _why_gone(project: Project, run_id: str, started: RunStarted) -> RunInterrupted | None:
    mark = started.process_mark
    process = ProcessIdentity(
        host=started.host,
        pid=started.pid,
        started_at=started.process_started_at,
        mark=None if mark is None else KernelMark(**mark.model_dump()),
    )
    match process.is_alive():
        case True:
            return None
        case False:
            detail = f"process {process.pid} on {process.host} died"
            return RunInterrupted(reason="process_gone", detail=detail)
        case None:
            return _silence(project, run_id, process)


def _silence(project: Project, run_id: str, process: ProcessIdentity) -> RunInterrupted | None:
    last = project.ledger.last_of_stream(streams.run(run_id))
    silent_s = (project.clock.now() - last.recorded_at).total_seconds() if last else 0.0
    if silent_s <= SILENCE_S or _is_locked(project, run_id, last.task if last else None):
        return None
    detail = f"process {process.pid} on {process.host} was silent for {silent_s:.0f} s"
    return RunInterrupted(reason="silent", detail=detail)


def _is_locked(project: Project, run_id: str, task_id: str | None) -> bool:
    """Tell whether somebody else holds the lock of the task, and this run is the one to do so."""
    if task_id is None or project.ledger.runs_of_task(task_id) != [run_id]:
        return False
    lock = project.task_lock(task_id)
    if lock.is_locked or not Path(lock.lock_file).exists():
        return False
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # of a project that may only be read
        return False
