"""Find runs whose process died, and record them as interrupted."""

from __future__ import annotations

from typing import Final

from lineage.domain.run import EndRun, RunStatus
from lineage.events import RunInterrupted, RunStarted, streams
from lineage.kernel.errors import RunClosedError
from lineage.kernel.host import ProcessIdentity
from lineage.project import Project

SILENCE_S: Final = 300
"""Seconds without an event after which a run on another machine counts as interrupted."""

RECENT_RUNS: Final = 16
"""Latest runs of a task that are checked; more never run at once."""


def settle(project: Project, run_id: str, task_id: str) -> bool:
    """Record a run as interrupted if it is open and its process died.

    On this machine the process is identified by its number and start time. A run on another
    machine counts as dead after 300 s without an event.

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
    process = ProcessIdentity(
        host=started.host, pid=started.pid, started_at=started.process_started_at
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
    if silent_s <= SILENCE_S:
        return None
    detail = f"process {process.pid} on {process.host} was silent for {silent_s:.0f} s"
    return RunInterrupted(reason="silent", detail=detail)
