"""Resume a failed or interrupted run: one at a time, with the results that are still valid."""

from __future__ import annotations

from typing import Any, Final

from lineage.domain.run import ResumeRun, RunCommand, RunState, RunStatus
from lineage.events import streams
from lineage.kernel.errors import RunNotFoundError
from lineage.ledger import Session
from lineage.project import Project
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.config.recorded import changed_keys, find_configuration
from lineage.tasks.config.values import TaskValues
from lineage.tasks.execution.reuse import ChangedParameters, Reuse
from lineage.upkeep import liveness
from projections import Catalog
from projections.documents.resume_state import build_resume_state, python_version, unfinished_runs


def find(project: Project, task_id: str, run_id: str | None = None) -> str | None:
    """Return the run of a task to resume.

    Args:
        project: Where its runs are.
        task_id: The task.
        run_id: One of its runs; the latest that began when None. If another run has resumed
            it, that one counts, and so on.

    Returns:
        Its id; None if it succeeded or there is none, so that there is nothing to resume.

    Raises:
        RunNotFoundError: The run is unknown, or belongs to another task.
        LedgerError: The history cannot be read.
    """
    liveness.settle_recent_runs(project, task_id)
    if run_id is None:
        latest = project.ledger.runs_of_task(task_id)
        if not latest:
            return None
        run_id = latest[0]
    found = _last_to_resume(project, task_id, run_id)
    return None if project.run_status(found, task_id) is RunStatus.SUCCEEDED else found


def newest(project: Project, catalog: Catalog) -> str:
    """Return the newest run of the project that can be resumed.

    Args:
        project: Where the runs are; those that died are recorded as interrupted.
        catalog: Its history.

    Raises:
        RunNotFoundError: No task's latest run failed or was interrupted.
        LedgerError: The history cannot be read or written.
    """
    for row in unfinished_runs(catalog):
        if row["status"] != "running" or liveness.settle(project, row["run_id"], row["task_id"]):
            return row["run_id"]
    raise RunNotFoundError(
        "nothing to resume",
        problem="no task's latest run failed or was interrupted",
        remedy="`lineage runs` lists all runs",
    )


def resume(
    project: Project, task_id: str, run_id: str, *, by: str
) -> Session[RunState, RunCommand]:
    """Decide that a run is resumed by another one, which is about to begin.

    Returns:
        The session of the resumed run. Its event is buffered, so that `RunRecorder.begin` records
        it together with the beginning of the other run: both or none.

    Raises:
        CommandRejectedError: The run is still open, or was refused.
        ResumeInProgressError: Another run has resumed it.
        LedgerError: The history cannot be read.
    """
    session = project.run_session(run_id, task_id)
    earlier = session.state.resumed_by
    status = RunStatus.ABSENT if earlier is None else project.run_status(earlier, task_id)
    session.handle(ResumeRun(by=by, earlier=earlier, earlier_status=status), durably=False)
    return session


def require(project: Project, task_id: str, run_id: str | None = None) -> None:
    """Make sure that a run of a task can be resumed now, if there is one to resume.

    Args:
        project: Where its runs are.
        task_id: The task.
        run_id: As in `find`.

    Raises:
        RunNotFoundError: As in `find`, like `LedgerError`.
        CommandRejectedError: It is open, was refused, or another run has resumed it.
    """
    found = find(project, task_id, run_id)
    if found is not None:
        resume(project, task_id, found, by="")  # decided, and forgotten with its session


def reuse(project: Project, run_id: str, config: TaskConfig, *, task_version: str) -> Reuse:
    """Return what decides which results of a run are still valid.

    Args:
        project: Where the run is.
        run_id: The run that is resumed.
        config: The configuration of the run that resumes it.
        task_version: The author's version of the task now.
    """
    with project.projector.of_run(run_id) as catalog:
        earlier = build_resume_state(catalog, run_id)
        python = python_version(catalog, run_id)
    obstacle, changed = _configuration_changed(project, earlier, config)
    return Reuse(
        project,
        earlier,
        obstacle=_version_changed(earlier, task_version) or obstacle,
        python_version=python,
        changed=ChangedParameters(keys=changed, read_options=config.values.read_options),
    )


def _last_to_resume(project: Project, task_id: str, run_id: str) -> str:
    last = project.ledger.last_of_stream(streams.run(run_id))
    if last is None or last.task != task_id:
        raise RunNotFoundError(
            f"run {run_id!r}",
            problem="no such run" if last is None else f"it belongs to task {last.task!r}",
            expected=f"a run of task {task_id!r}",
            remedy=f"`lineage runs --task {task_id}` lists them",
        )
    while True:
        liveness.settle(project, run_id, task_id)
        follower = project.run_session(run_id, task_id).state.resumed_by
        if follower is None or project.run_status(follower, task_id) in _NEVER_BEGAN:
            return run_id
        run_id = follower


_NEVER_BEGAN: Final = frozenset({RunStatus.ABSENT, RunStatus.REFUSED})


def _version_changed(earlier: dict[str, Any], task_version: str) -> str | None:
    before = earlier["task_version"]
    if before == task_version:
        return None
    return f"the task's version changed from {before!r} to {task_version!r}"


def _configuration_changed(
    project: Project, earlier: dict[str, Any], config: TaskConfig
) -> tuple[str | None, list[str]]:
    """Return why nothing can be reused, if so, and the task's own parameters that changed."""
    now = config.to_event()
    if earlier["config_sha256"] == now.config_sha256:
        return None, []
    before = find_configuration(project, config.task_id, earlier["config_sha256"])
    if before is None:
        return "the configuration of the earlier run is not on record", []
    changed = changed_keys(before, now.configuration)
    if TaskValues.model_fields.keys().isdisjoint(changed):
        return None, changed
    return "the configuration changed: " + ", ".join(changed), []
