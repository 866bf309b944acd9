"""Find out how the tasks stand that a task depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lineage.domain.run import Dependency, RunStatus
from lineage.domain.task import DeclareDependencies
from lineage.project import Project
from lineage.upkeep import liveness

RECENT_RUNS: Final = 16
"""Runs of a task that are looked at for ones that died; more never run at once."""


def declare(project: Project, task_id: str, dependencies: Iterable[str]) -> None:
    """Record on which tasks a task depends.

    Raises:
        DependencyCycleError: They would form a cycle; the message names it.
        TaskNotRegisteredError: The task is not registered.
    """
    wanted = tuple(dependencies)
    command = DeclareDependencies(
        task=task_id, depends_on=wanted, known=_reachable(project, wanted)
    )
    project.task_session(task_id).handle(command)


def look_up(project: Project, dependencies: Iterable[str]) -> list[Dependency]:
    """Return how the latest run of each task stands.

    Runs that died are recorded as interrupted first, so that none counts as running.

    Raises:
        LedgerUnavailableError: The ledger cannot be read or written.
    """
    return [_latest(project, task) for task in dependencies]


def upstream_runs(found: Iterable[Dependency]) -> dict[str, str]:
    """Return task id to the id of its latest run, without tasks that never ran."""
    return {dependency.task: dependency.run for dependency in found if dependency.run is not None}


def settle_recent_runs(project: Project, task_id: str) -> list[str]:
    """Record the recent runs of a task that died as interrupted and return their ids."""
    recent = project.ledger.runs_of_task(task_id, limit=RECENT_RUNS)
    return [run for run in recent if liveness.settle(project, run, task_id)]


def _latest(project: Project, task: str) -> Dependency:
    settle_recent_runs(project, task)
    latest = project.ledger.runs_of_task(task)
    if not latest:
        return Dependency(task=task, run=None, status=RunStatus.ABSENT)
    return Dependency(task=task, run=latest[0], status=project.run_status(latest[0], task))


def _reachable(project: Project, tasks: Iterable[str]) -> Mapping[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    to_visit = list(tasks)
    while to_visit:
        task = to_visit.pop()
        if task not in known:
            known[task] = project.task_session(task).state.dependencies
            to_visit.extend(known[task])
    return known
