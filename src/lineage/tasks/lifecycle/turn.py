"""One run of a task at a time: another one waits for its turn, or is refused."""

from __future__ import annotations

import logging

from filelock import BaseFileLock, Timeout

from lineage.domain.run import RunStatus
from lineage.events import RunStarted, streams
from lineage.kernel.errors import LedgerUnavailableError, TaskBusyError
from lineage.project import Project
from lineage.tasks.execution.children import child_setup
from lineage.tasks.lifecycle import resumption
from lineage.upkeep import liveness


class Turn:
    """The right of a thread to run a task; if its process dies, the system gives it back."""

    def __init__(self) -> None:
        self._lock: BaseFileLock | None = None

    def take(
        self,
        project: Project,
        task_id: str,
        logger: logging.Logger,
        *,
        resume: bool | str = False,
    ) -> None:
        """Wait for the run of the task that is open, or refuse to, as `concurrent_runs` says.

        Args:
            project: Where the task runs.
            task_id: The task.
            logger: Logs whom it waits for.
            resume: What the run will resume. It waits for no other, which may resume the same.

        Raises:
            ConfigurationError: This process only imports the program that the open run began in.
            CommandRejectedError: The run to resume is open, or was resumed.
            RunNotFoundError: There is no such run.
            TaskBusyError: Another run of the task is open, or has not ended in time.
            LedgerError: The history cannot be read or written, or the lock not be taken.
        """
        self.end()
        if resume:
            resumption.require(project, task_id, resume if isinstance(resume, str) else None)
        liveness.settle_recent_runs(project, task_id)  # a free lock says that its run is over
        lock = project.task_lock(task_id)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            child_setup.require_started_program()
            _wait(lock, project, task_id, logger, is_patient=not resume)
        except OSError as error:
            raise LedgerUnavailableError(
                f"lock of task {task_id!r} in project {str(project.root)!r}",
                problem=error.strerror,
                expected="a writable folder",
                remedy="check owner and permissions of .lineage, or work on a copy",
            ) from error
        self._lock = lock

    def end(self) -> None:
        """Let the next one begin."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()


def _wait(
    lock: BaseFileLock, project: Project, task_id: str, logger: logging.Logger, *, is_patient: bool
) -> None:
    holder = _holder(project, task_id)
    is_patient = is_patient and project.settings.concurrent_runs == "wait"
    timeout_s = project.lock_timeout_s if is_patient else 0
    try:
        if timeout_s:
            logger.info("task %s waits up to %g s for %s", task_id, timeout_s, holder)
        lock.acquire(timeout=timeout_s)
    except Timeout:
        waited = f" after {timeout_s:g} s" if timeout_s else ""
        raise TaskBusyError(
            f"task {task_id!r}",
            problem=f"{holder} has not ended{waited}",
            expected="one run of a task at a time",
            remedy="run it again after that one",
        ) from None


def _holder(project: Project, task_id: str) -> str:
    for run_id in project.ledger.runs_of_task(task_id):
        first = next(project.ledger.iter_stream(streams.run(run_id))).event
        is_open = project.run_status(run_id, task_id) is RunStatus.RUNNING
        if is_open and isinstance(first, RunStarted):
            return f"run {run_id} (process {first.pid} on {first.host})"
    return "a run that is just beginning or ending"
