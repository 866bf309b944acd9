"""Find task classes by the id they are registered under, or by what a user types."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from lineage import settings
from lineage.kernel import paths
from lineage.kernel.errors import (
    ConfigurationError,
    PathRefusedError,
    TaskNotFoundError,
    safe_message,
)
from lineage.project import Project
from lineage.recording.error_facts import qualified_name
from lineage.tasks.lifecycle.base_task import BaseTask
from lineage.tasks.registry import discovery
from lineage.tasks.registry.metadata import get_task_metadata, make_task

ENTRY_POINTS: Final = "lineage.tasks"
"""Group of entry points by which an installed package offers tasks: id = "module:Class"."""


_PROBLEMS_SHOWN: Final = 3


class TaskRegistry:
    """Task classes by id."""

    def __init__(self) -> None:
        self._classes: dict[str, type[BaseTask]] = {}

    def register_task_class(self, task_id: str, task_class: type[BaseTask]) -> bool:
        """Register a class under an id.

        Returns:
            True.

        Raises:
            ConfigurationError: It is not a task that can run, or another class has the id.
            PathRefusedError: The id cannot be a folder name.
        """
        paths.check_name(task_id, "task id")
        if not discovery.is_task_class(task_class):
            raise ConfigurationError(
                f"task {task_id!r}",
                found=getattr(task_class, "__qualname__", type(task_class).__name__),
                expected="a subclass of BaseTask with configure_operations",
            )
        known = self._classes.get(task_id, task_class)
        if qualified_name(known) != qualified_name(task_class):
            raise _claimed_twice(task_id, known, task_class)
        self._classes[task_id] = task_class
        return True

    def get_task_class(self, task_id: str) -> type[BaseTask]:
        """Return the class registered under an id.

        Raises:
            TaskNotFoundError: There is none; similar ids are suggested.
        """
        if task_id not in self._classes:
            raise _unknown(task_id, self._classes, remedy="register it with register_task_class")
        return self._classes[task_id]

    def list_registered_tasks(self) -> dict[str, dict[str, Any]]:
        """Return what the registered classes say about themselves (`TaskMetadata`), by id.

        Raises:
            ConfigurationError: A class that needs no arguments cannot be made.
        """
        listed = sorted(self._classes.items())
        return {task_id: asdict(get_task_metadata(cls, task_id)) for task_id, cls in listed}

    def create_task_instance(self, task_id: str, /, **kwargs: Any) -> BaseTask:
        """Return a new task of the class registered under an id.

        Args:
            task_id: The id.
            kwargs: Arguments of the class.

        Raises:
            TaskNotFoundError: There is no class.
            ConfigurationError: It does not take these arguments, fails, or has another id.
        """
        task = make_task(self.get_task_class(task_id), **kwargs)
        if task.task_id != task_id:
            raise ConfigurationError(
                f"task class {qualified_name(type(task))!r}",
                problem=f"its task id is {task.task_id!r}",
                expected=f"{task_id!r}, which it is registered under",
                remedy="register it under its own id",
            )
        return task

    def register_discovered_tasks(self, place: str | Path, *, recursive: bool = True) -> int:
        """Register all task classes of a package or folder and return how many there are.

        Raises:
            ConfigurationError: As `discover_task_classes`; or another class has one of the ids.
        """
        found = discover_task_classes(place, recursive=recursive)
        for task_id, cls in found.items():
            self.register_task_class(task_id, cls)
        return len(found)

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._classes

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._classes))


_registry: Final = TaskRegistry()

register_task_class = _registry.register_task_class
get_task_class = _registry.get_task_class
list_registered_tasks = _registry.list_registered_tasks
create_task_instance = _registry.create_task_instance
register_discovered_tasks = _registry.register_discovered_tasks


def discover_task_classes(
    place: str | Path, *, recursive: bool = True
) -> dict[str, type[BaseTask]]:
    """Import the modules of a package or folder and return their task classes by id.

    Only classes that need no arguments are found, because only those have one id.

    Args:
        place: Name of a package, or a folder; modules in a folder that begin with "_" are left
            out.
        recursive: Also search the packages or folders in it.

    Raises:
        ConfigurationError: Modules cannot be imported (all are named), a class cannot be made,
            or two have one id.
    """
    found = (
        discovery.search_package(place, recursive=recursive)
        if isinstance(place, str)
        else discovery.search_folder(place.resolve(), place.resolve().parent, recursive=recursive)
    )
    if found.problems:
        raise ConfigurationError(
            f"tasks in {str(place)!r}",
            problem="; ".join(str(problem) for problem in found.problems),
        )
    classes, faults = by_id(found.classes)
    for fault in faults.values():
        raise fault
    return classes


def by_id(
    classes: Iterable[type[BaseTask]],
) -> tuple[dict[str, type[BaseTask]], dict[str, ConfigurationError]]:
    """Return task classes by their own ids, and what is wrong with the others.

    Returns:
        The classes that can be run; and an error for each id that two classes have or that cannot
        be a folder name, and for each class that cannot be made, under its name.
    """
    claims: dict[str, list[type[BaseTask]]] = {}
    faults: dict[str, ConfigurationError] = {}
    for cls in classes:
        try:
            claims.setdefault(make_task(cls).task_id, []).append(cls)
        except ConfigurationError as fault:
            match fault.__cause__:
                case PathRefusedError(found=str(task_id)):
                    faults[task_id] = fault
                case _:
                    faults[qualified_name(cls)] = fault
    faults |= {
        task_id: _claimed_twice(task_id, *claimants[:2])
        for task_id, claimants in claims.items()
        if len(claimants) > 1
    }
    return {task_id: cls for task_id, (cls, *_) in claims.items() if task_id not in faults}, faults


def find_task(project: Project, name: str) -> BaseTask:
    """Return a new task of the class that a name means, bound to the project.

    Args:
        project: The project; its folder can be imported from.
        name: An id under "tasks" in the project file, one that is registered, one of the entry
            points `lineage.tasks`, or that of a class in the project's `tasks` folder; or
            "module:Class"; or a Python script with one task class.

    Raises:
        TaskNotFoundError: Nothing has the name, or the class is not a task.
        ConfigurationError: A module cannot be imported, or a class cannot be made.
    """
    task = make_task(_find_class(project, name))
    task.bind(project)
    return task


def from_project_file(project: Project, target: str) -> type[BaseTask]:
    """Return the class that "module:Class", a module with one task, or a script's path means.

    A path is looked for in the project's folder, then in the current one.

    Raises:
        TaskNotFoundError: There is none, or it is not a task.
        ConfigurationError: The module cannot be imported.
    """
    if target.endswith(".py"):
        inside = project.root / target
        script = inside if inside.is_file() else Path(target).absolute()
        return _only_class(discovery.load_script(script), None)
    module_name, _, class_name = target.partition(":")
    return _only_class(discovery.import_module(module_name, project.root), class_name or None)


def from_entry_point(entry_point: metadata.EntryPoint) -> type[BaseTask]:
    """Return the class that an installed package offers.

    Raises:
        TaskNotFoundError: It is not a task.
        ConfigurationError: The package cannot be imported.
    """
    try:
        loaded = entry_point.load()
    except (Exception, SystemExit) as error:
        raise ConfigurationError(
            f"entry point {entry_point.name!r}",
            problem=f"cannot be imported: {safe_message(error)}",
        ) from error
    if not discovery.is_task_class(loaded):
        raise TaskNotFoundError(
            f"entry point {entry_point.name!r}",
            found=entry_point.value,
            expected="a subclass of BaseTask with configure_operations",
        )
    return loaded


def entry_points() -> dict[str, metadata.EntryPoint]:
    """Return the entry points of installed packages that offer tasks, by id."""
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS)}


def registered() -> TaskRegistry:
    """Return the registry that `register_task_class` and its like use."""
    return _registry


def in_tasks_folder(project: Project) -> discovery.Discovery:
    """Search the project's `tasks` folder."""
    return discovery.search_folder(project.root / discovery.TASKS_FOLDER, project.root)


def _find_class(project: Project, name: str) -> type[BaseTask]:
    listed = settings.load(project.root).tasks
    if name in listed or name.endswith(".py") or ":" in name:
        return from_project_file(project, listed.get(name, name))
    if name in _registry:
        return get_task_class(name)
    offered = entry_points()
    if name in offered:
        return from_entry_point(offered[name])
    found = in_tasks_folder(project)
    classes, faults = by_id(found.classes)
    if name in faults:
        raise faults[name]
    problems = [*found.problems, *faults.values()]
    if name not in classes and problems:
        shown = "; ".join(str(problem) for problem in problems[:_PROBLEMS_SHOWN])
        raise TaskNotFoundError(
            f"task {name!r}",
            problem=f"no such task, but parts of the tasks folder cannot be used: {shown}",
            remedy="correct the name or these; `lineage tasks` lists all problems",
        )
    if name not in classes:
        raise _unknown(
            name,
            {*listed, *_registry, *offered, *classes},
            remedy="put its class in the tasks folder, list it under 'tasks' in "
            "configs/prj_config.json, or give module:Class or a script",
        )
    return classes[name]


def _only_class(module: ModuleType, class_name: str | None) -> type[BaseTask]:
    candidates = (
        discovery.task_classes(module)
        if class_name is None
        else [
            cls
            for cls in [discovery.task_class_of(getattr(module, class_name, None))]
            if discovery.is_task_class(cls)
        ]
    )
    if len(candidates) != 1:
        named = f"task {class_name} in" if class_name else "tasks in"
        raise TaskNotFoundError(
            f"{named} {module.__name__!r}",
            problem=f"{len(candidates)} task classes",
            expected="exactly one subclass of BaseTask with configure_operations",
            remedy="name it as module:Class",
        )
    return candidates[0]


def _claimed_twice(task_id: str, one: type[BaseTask], other: type[BaseTask]) -> ConfigurationError:
    return ConfigurationError(
        f"task id {task_id!r}",
        problem=f"both {qualified_name(one)} and {qualified_name(other)} have it",
        remedy="give one of them another id",
    )


def _unknown(name: str, known: Iterable[str], *, remedy: str) -> TaskNotFoundError:
    ids = sorted(known)
    close = difflib.get_close_matches(name, ids, n=3)
    return TaskNotFoundError(
        f"task {name!r}",
        problem="no such task",
        expected="one of " + ", ".join(ids) if ids and not close else None,
        remedy=f"did you mean {' or '.join(map(repr, close))}?" if close else remedy,
    )
