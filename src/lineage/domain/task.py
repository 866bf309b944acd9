"""The rules of a task: it is known, configured, and depends on others without a cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from lineage import events
from lineage.domain.decider import Decider
from lineage.kernel.errors import DependencyCycleError, TaskNotRegisteredError


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """What the rules need to know about a task.

    Attributes:
        registered: Its latest registration; None before the first.
        config_sha256: Digest of its latest configuration; None before the first.
        dependencies: Id of each task it depends on to what it asks of it.
        imported: What was last imported; None if nothing was.
    """

    registered: events.TaskRegistered | None = None
    config_sha256: str | None = None
    dependencies: Mapping[str, events.TaskDependencyDeclared] = field(default_factory=dict)
    imported: events.TaskImported | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTask:
    """Make a task known; nothing is recorded when nothing changed."""

    registered: events.TaskRegistered


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureTask:
    """Note the configuration it will run under; nothing is recorded when it is the same."""

    configured: events.TaskConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareDependencies:
    """Declare which tasks it depends on, replacing the earlier declaration.

    Attributes:
        task: Id of the task itself.
        declared: What it asks of the others.
        known: Task id to the ids it depends on, for the tasks that can be reached.
    """

    task: str
    declared: tuple[events.TaskDependencyDeclared, ...]
    known: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTask:
    """Import what another log says of a task; nothing is recorded if it is known."""

    imported: events.TaskImported


TaskCommand: TypeAlias = RegisterTask | ConfigureTask | DeclareDependencies | ImportTask


def decide(state: TaskState, command: TaskCommand) -> tuple[events.Event, ...]:
    """Return the events that a command leads to; none if it changes nothing.

    Raises:
        TaskNotRegisteredError: The task is not known yet.
        DependencyCycleError: The dependencies would form a cycle; the message names it.
    """
    if isinstance(command, RegisterTask):
        return () if state.registered == command.registered else (command.registered,)
    if isinstance(command, ImportTask):
        is_same = state.imported is not None and state.imported.summary == command.imported.summary
        return () if is_same else (command.imported,)
    if state.registered is None:
        raise TaskNotRegisteredError("task", problem="not registered")
    match command:
        case ConfigureTask():
            is_same = state.config_sha256 == command.configured.config_sha256
            return () if is_same else (command.configured,)
        case DeclareDependencies():
            return _declare(state, command)
    assert_never(command)


def evolve(state: TaskState, event: events.Event) -> TaskState:
    """Return the state after an event."""
    match event:
        case events.TaskRegistered():
            return replace(state, registered=event)
        case events.TaskConfigured():
            return replace(state, config_sha256=event.config_sha256)
        case events.TaskImported():
            return replace(state, imported=event)
        case events.TaskDependencyDeclared():
            return replace(state, dependencies={**state.dependencies, event.depends_on: event})
        case events.TaskDependencyWithdrawn():
            others = {t: d for t, d in state.dependencies.items() if t != event.depends_on}
            return replace(state, dependencies=others)
    return state


TASK: Decider[TaskState, TaskCommand] = Decider(initial=TaskState(), decide=decide, evolve=evolve)
"""The rules of the streams `task:<id>`."""


def _declare(state: TaskState, command: DeclareDependencies) -> tuple[events.Event, ...]:
    cycle = _cycle_through(command)
    if cycle is not None:
        raise DependencyCycleError(
            f"dependencies of task {command.task!r}",
            problem=f"they form the cycle {' -> '.join(cycle)}",
            remedy="remove one of these dependencies",
        )
    wanted = {declared.depends_on: declared for declared in command.declared}
    gone = sorted(state.dependencies.keys() - wanted.keys())
    return (
        *(d for task, d in wanted.items() if state.dependencies.get(task) != d),
        *(events.TaskDependencyWithdrawn(depends_on=task) for task in gone),
    )


def _cycle_through(command: DeclareDependencies) -> list[str] | None:
    """Return a path from the task back to itself, or None."""
    came_from: dict[str, str] = {}
    to_visit = list(dict.fromkeys(d.depends_on for d in command.declared))
    came_from.update(dict.fromkeys(to_visit, command.task))
    while to_visit:
        task = to_visit.pop()
        if task == command.task:
            return _path_back(command.task, came_from)
        for other in sorted(command.known.get(task, ())):
            if other not in came_from:
                came_from[other] = task
                to_visit.append(other)
    return None


def _path_back(task: str, came_from: Mapping[str, str]) -> list[str]:
    path = [task]
    while came_from[path[-1]] != task:
        path.append(came_from[path[-1]])
    return [task, *reversed(path)]
