"""List the tasks of a project: those that can be run, and those it remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from lineage import settings
from lineage.kernel.errors import ConfigurationError, PathRefusedError
from lineage.project import Project
from lineage.recording.error_facts import qualified_name
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.lifecycle.base_task import BaseTask
from lineage.tasks.registry import registry
from lineage.tasks.registry.metadata import TaskMetadata, get_task_metadata
from lineage.upkeep import liveness
from lineage.upkeep.liveness import Liveness
from projections import Catalog
from projections.documents.task_list import build_task_list

LEDGER: Final = "ledger"
_DESCRIBED: Final = ("task_type", "description", "version", "class_name", "source_sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTask:
    """One task of a project.

    Attributes:
        task_id: Its id; None if a problem keeps it from being known.
        task_type: Its type; None if nothing says it, like the following ones.
        description: What it is for.
        version: The author's version.
        class_name: Module and name of its class.
        source_sha256: Digest of the module that defines the class.
        dependencies: Ids of the tasks it depends on.
        places: Where it was found: "project file", "registered", "entry point", "tasks
            folder", "ledger".
        last_run_id: Its latest run; None if it never ran, like the next two.
        last_status: Status of that run, as it is on record.
        liveness: What is seen of that run if it is open; None if it is not.
        last_run_at: When it began.
        problem: Why it cannot be run as it is; None if no reason is known.
    """

    task_id: str | None = None
    task_type: str | None = None
    description: str | None = None
    version: str | None = None
    class_name: str | None = None
    source_sha256: str | None = None
    dependencies: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    last_run_id: str | None = None
    last_status: str | None = None
    liveness: Liveness | None = None
    last_run_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A task in one place, or what is wrong with it."""

    task_id: str | None
    place: str
    said: TaskMetadata | None
    problem: str | None


def list_tasks(project: Project, catalog: Catalog) -> list[ListedTask]:
    """Return the tasks of a project by id, then problems; modules of its tasks are imported.

    Args:
        project: The project.
        catalog: Its history.

    Raises:
        ConfigurationError: The project file has mistakes.
    """
    history = {str(task["task_id"]): task for task in build_task_list(catalog)}
    found: dict[str, list[_Found]] = {task_id: [] for task_id in history}
    unnamed = []
    for one in _everywhere(project):
        if one.task_id is None:
            unnamed.append(ListedTask(places=(one.place,), problem=one.problem))
        else:
            found.setdefault(one.task_id, []).append(one)
    return [
        *(_listed(project, key, found[key], history.get(key)) for key in sorted(found)),
        *unnamed,
    ]


def _everywhere(project: Project) -> Iterator[_Found]:
    """Yield what each place has, in the order that `find_task` prefers."""
    for task_id, target in settings.load(project.root).tasks.items():
        yield _look("project file", task_id, partial(registry.from_project_file, project, target))
    known = registry.registered()
    for task_id in known:
        yield _look("registered", task_id, partial(known.get_task_class, task_id))
    for task_id, point in registry.entry_points().items():
        yield _look("entry point", task_id, partial(registry.from_entry_point, point))
    yield from _in_folder(project)


def _in_folder(project: Project) -> Iterator[_Found]:
    place = "tasks folder"
    found = registry.in_tasks_folder(project)
    taken: dict[str | None, str] = {}
    for cls in found.classes:
        one = _described(place, None, cls)
        other = taken.setdefault(one.task_id, qualified_name(cls))
        claim = None if other == qualified_name(cls) else f"{other} has the same id"
        yield replace(one, problem=one.problem or claim)
    for problem in found.problems:
        yield _Found(task_id=None, place=place, said=None, problem=str(problem))


def _look(place: str, task_id: str, find: Callable[[], type[BaseTask]]) -> _Found:
    try:
        cls = find()
    except ConfigurationError as error:
        return _Found(task_id=task_id, place=place, said=None, problem=str(error))
    return _described(place, task_id, cls)


def _described(place: str, task_id: str | None, cls: type[BaseTask]) -> _Found:
    try:
        said = get_task_metadata(cls, task_id)
    except ConfigurationError as error:
        return _Found(task_id=task_id, place=place, said=None, problem=str(error))
    problem = None
    if task_id is not None and said.task_id != task_id:
        problem = f"its class has the id {said.task_id!r}"
    return _Found(task_id=task_id or said.task_id, place=place, said=said, problem=problem)


def _listed(
    project: Project, task_id: str, found: Iterable[_Found], history: Mapping[str, Any] | None
) -> ListedTask:
    places = list(found)
    said = next((one.said for one in places if one.said is not None), None)
    past = history or {}
    described = past if said is None else asdict(said)
    configured, mistake = _dependencies(project, task_id) if said is not None else (None, None)
    return ListedTask(
        task_id=task_id,
        **{key: described.get(key) for key in _DESCRIBED},
        dependencies=tuple(past.get("dependencies", ()) if configured is None else configured),
        places=tuple(
            dict.fromkeys([*(one.place for one in places), *([LEDGER] if history else [])])
        ),
        last_run_id=past.get("run_id"),
        last_status=past.get("status"),
        liveness=liveness.of_run(project, past) if past.get("status") else None,
        last_run_at=_time(past.get("started_at")),
        problem=next((one.problem for one in places if one.problem is not None), mistake),
    )


def _dependencies(project: Project, task_id: str) -> tuple[tuple[str, ...] | None, str | None]:
    """Return what a task's configuration says it depends on, or what is wrong with it."""
    try:
        return TaskConfig(project, task_id).values.dependency_ids, None
    except (ConfigurationError, PathRefusedError) as error:
        return None, str(error)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
