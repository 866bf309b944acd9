"""Find runs whose process died: say so, or record them as interrupted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from lineage.events import RunInterrupted, RunStarted, streams
from lineage.kernel.errors import RunClosedError
from lineage.kernel.host import KernelMark, ProcessIdentity
from lineage.project import Project
from projections import Catalog
from projections.documents.run_list import build_run_list

SILENCE_S: Final = 300
"""Seconds without an event after which a run that cannot be seen counts as interrupted."""

RECENT_RUNS: Final = 16
"""Latest runs of a task that are checked; more never run at once."""

OPEN_RUNS: Final = 100
"""Latest open runs of a project that a question checks."""


_RUNNING: Final = "running"


@dataclass(frozen=True, slots=True)
class Liveness:
    """What is seen of an open run, though its end is not on record.

    Attributes:
        status: "interrupted" if its process died, else "running".
        detail: How that is known, or for how long nothing was heard of it; None if it is alive.
    """

    status: Literal["running", "interrupted"]
    detail: str | None = None

    def __str__(self) -> str:
        """Return both in words."""
        match self:
            case Liveness("running", str(detail)):
                return f"running, {detail}"
            case Liveness("interrupted", detail):
                return f"interrupted ({detail})"
        return self.status


def of_run(project: Project, run: Mapping[str, Any]) -> Liveness | None:
    """Return what is seen of a run now; None if its end is on record. Records nothing.

    Args:
        project: Where the run is.
        run: Its run_id and status, as the catalog has them.

    Raises:
        LedgerUnavailableError: The ledger cannot be read.
    """
    if run["status"] != _RUNNING:
        return None
    first = next(project.ledger.iter_stream(streams.run(run["run_id"])), None)
    if first is None or not isinstance(first.event, RunStarted):
        return Liveness("running")
    process = _process(first.event)
    match process.is_alive():
        case True:
            return Liveness("running")
        case False:
            return Liveness("interrupted", _gone(process))
    silent_s = _silence_s(project, run["run_id"])
    return Liveness(
        "running", None if silent_s is None else f"no sign of life for {_span(silent_s)}"
    )


def of_open_runs(project: Project, catalog: Catalog) -> dict[str, Liveness]:
    """Return what is seen of the latest open runs, by their ids, as in `of_run`."""
    return of_runs(project, open_runs(catalog))


def open_runs(catalog: Catalog) -> list[dict[str, Any]]:
    """Return run_id, task_id, status and more of the latest runs without an end on record."""
    runs: list[dict[str, Any]] = build_run_list(catalog, status=_RUNNING, limit=OPEN_RUNS)["runs"]
    return runs


def of_runs(project: Project, runs: Iterable[Mapping[str, Any]]) -> dict[str, Liveness]:
    """Return what is seen of some runs, by their ids; those whose end is on record are left out."""
    return {run["run_id"]: seen for run in runs if (seen := of_run(project, run)) is not None}


def settle(project: Project, run_id: str, task_id: str) -> bool:
    """Record a run as interrupted if it is open and its process died.

    What cannot be seen from here, such as a process of another machine or PID namespace
    (`ProcessIdentity.is_alive`), counts as dead after 300 s without an event.

    Returns:
        Whether this call recorded it.

    Raises:
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    from lineage.domain.run import EndRun, RunStatus  # noqa: PLC0415  # start-up time of questions

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
    process = _process(started)
    match process.is_alive():
        case True:
            return None
        case False:
            return RunInterrupted(reason="process_gone", detail=_gone(process))
    silent_s = _silence_s(project, run_id)
    if silent_s is None:
        return None
    detail = f"process {process.pid} on {process.host} was silent for {silent_s:.0f} s"
    return RunInterrupted(reason="silent", detail=detail)


def _process(started: RunStarted) -> ProcessIdentity:
    mark = started.process_mark
    return ProcessIdentity(
        host=started.host,
        pid=started.pid,
        started_at=started.process_started_at,
        mark=None if mark is None else KernelMark(**mark.model_dump()),
    )


def _gone(process: ProcessIdentity) -> str:
    return f"process {process.pid} on {process.host} died"


def _silence_s(project: Project, run_id: str) -> float | None:
    """Return for how long nothing was heard of a run; None if that is not too long."""
    last = project.ledger.last_of_stream(streams.run(run_id))
    silent_s = (project.clock.now() - last.recorded_at).total_seconds() if last else 0.0
    if silent_s <= SILENCE_S or _is_locked(project, run_id, last.task if last else None):
        return None
    return silent_s


def _span(seconds: float) -> str:
    """Return a duration above five minutes in the largest unit that it has two of."""
    units = ((86_400, "days"), (3_600, "h"), (60, "min"))
    size, unit = next(u for u in units if seconds >= 2 * u[0])
    return f"{seconds // size:.0f} {unit}"


def _is_locked(project: Project, run_id: str, task_id: str | None) -> bool:
    """Tell whether somebody else holds the lock of the task, and this run is the one to do so."""
    if task_id is None or project.ledger.runs_of_task(task_id) != [run_id]:
        return False
    from filelock import Timeout  # noqa: PLC0415  # start-up time of questions

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
