"""Look up the status of the tasks that a task depends on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping

from lineage.domain.run import Dependency, RunStatus
from lineage.domain.task import DeclareDependencies
from lineage.events import TaskDependencyDeclared, streams
from lineage.kernel.errors import DependencyCycleError, DependencyError
from lineage.project import Project
from lineage.tasks.dependencies.values import TaskDependency, declared
from lineage.upkeep import liveness
from projections.documents.dependencies import latest_imported_run


def declare(project: Project, task_id: str, dependencies: Iterable[str | TaskDependency]) -> None:
    """Record which tasks a task depends on.

    Two tasks that declare each other at the same instant have two streams, and neither decision
    sees the other. So each checks again once its own is recorded: the later one of the two finds
    the cycle, withdraws what it declared, and is refused.

    Raises:
        DependencyCycleError: They would form a cycle; the message names it.
        TaskNotRegisteredError: The task is not registered.
    """
    session = project.task_session(task_id)
    earlier = tuple(session.state.dependencies.values())
    wanted = tuple(map(declared, dependencies))
    if not session.handle(_declaration(project, task_id, wanted)):
        return
    try:
        session.handle(_declaration(project, task_id, wanted))
    except DependencyCycleError:
        session.handle(DeclareDependencies(task=task_id, declared=earlier, known={}))
        raise


def look_up(project: Project, dependencies: Iterable[str | TaskDependency]) -> list[Dependency]:
    """Return for each dependency the run that counts, and its status.

    Runs that died are recorded as interrupted first, so that none counts as running. A task
    that never ran here has the status of its latest imported run.

    Raises:
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    return [_look_up(project, declared(dependency)) for dependency in dependencies]


def assert_completed(
    project: Project,
    task_id: str,
    dependencies: Iterable[str | TaskDependency],
    *,
    continue_on_error: bool,
    logger: logging.Logger,
) -> bool:
    """Make sure that every dependency has the run it asks for, and that it succeeded.

    Returns:
        True; under `continue_on_error` False if one has not, and each such one is logged.

    Raises:
        DependencyError: One has not; all of them are named.
    """
    unmet = [d for d in look_up(project, dependencies) if d.fault is not None]
    if unmet and not continue_on_error:
        raise DependencyError(
            f"task {task_id!r}",
            problem="; ".join(str(dependency.fault) for dependency in unmet),
            remedy=f"run them first: lineage run {unmet[0].task}",
        )
    for dependency in unmet:
        logger.warning("task %s: %s", task_id, dependency.fault)
    return not unmet


def upstream_runs(found: Iterable[Dependency]) -> dict[str, str]:
    """Return task id to the id of the run that counts, without tasks that have none."""
    return {d.task: d.run for d in found if d.run is not None and d.status is not RunStatus.ABSENT}


def successful_run(project: Project, dependency: str | TaskDependency) -> str:
    """Return the run whose results a dependency means: the one it names, or the latest success.

    Raises:
        DependencyError: There is none.
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    asked = declared(dependency)
    if asked.require == "latest_run":
        asked = asked.model_copy(update={"require": "latest_success"})
    found = _look_up(project, asked)
    if found.run is None or found.fault is not None:
        raise DependencyError(
            f"results of task {found.task!r}",
            problem=found.fault,
            remedy=f"run it first: lineage run {found.task}",
        )
    return found.run


def _declaration(
    project: Project, task_id: str, wanted: tuple[TaskDependencyDeclared, ...]
) -> DeclareDependencies:
    known = _reachable(project, [d.depends_on for d in wanted])
    return DeclareDependencies(task=task_id, declared=wanted, known=known)


def _reachable(project: Project, tasks: Iterable[str]) -> Mapping[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    to_visit = list(tasks)
    while to_visit:
        task = to_visit.pop()
        if task not in known:
            known[task] = frozenset(project.task_session(task).state.dependencies)
            to_visit.extend(known[task])
    return known


def _look_up(project: Project, asked: TaskDependencyDeclared) -> Dependency:
    task = asked.depends_on
    if asked.run is not None:
        status = _status_of(project, asked.run, task)
        return Dependency(task=task, run=asked.run, status=status, require=asked.require)
    liveness.settle_recent_runs(project, task)
    run = _run_that_counts(project, asked)
    status = RunStatus.ABSENT if run is None else project.run_status(run, task)
    return Dependency(task=task, run=run, status=status, require=asked.require)


def _status_of(project: Project, run: str, task: str) -> RunStatus:
    first = next(project.ledger.iter_stream(streams.run(run)), None)
    if first is None or first.task != task:
        return RunStatus.ABSENT
    liveness.settle(project, run, task)
    return project.run_status(run, task)


def _run_that_counts(project: Project, asked: TaskDependencyDeclared) -> str | None:
    task = asked.depends_on
    if asked.require == "latest_success":
        succeeded = (
            run
            for run in _runs(project, task)
            if project.run_status(run, task) is RunStatus.SUCCEEDED
        )
        found = next(succeeded, None) or _latest_imported(project, task, successful=True)
        if found is not None:
            return found
    latest = project.ledger.runs_of_task(task)
    return latest[0] if latest else _latest_imported(project, task, successful=False)


def _runs(project: Project, task: str) -> Iterator[str]:
    """Yield the runs of a task that began here, newest first; few are read at a time."""
    seen, limit = 0, liveness.RECENT_RUNS
    while True:
        runs = project.ledger.runs_of_task(task, limit=limit)
        yield from runs[seen:]
        if len(runs) < limit:
            return
        seen, limit = limit, 2 * limit


def _latest_imported(project: Project, task: str, *, successful: bool) -> str | None:
    with project.catalog() as catalog:
        return latest_imported_run(catalog, task, successful=successful)
