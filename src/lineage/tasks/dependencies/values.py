"""How a configuration declares the tasks that a task depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, model_validator

from lineage.events import Requirement, TaskDependencyDeclared
from lineage.kernel import paths
from lineage.kernel.errors import PathRefusedError


class TaskDependency(BaseModel):
    """A task that must have a run that succeeded.

    Attributes:
        task: Id of the task.
        require: Which run must have succeeded: "latest_run"; "latest_success", so that a later
            failure does not block; "run", a certain one; naming it is enough.
        run: Id of that certain run; None for the others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    task: str
    require: Requirement = "latest_run"
    run: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_run_is_required(cls, value: Any) -> Any:
        names_run = isinstance(value, dict) and value.get("run") is not None
        return {"require": "run", **value} if names_run else value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.require == "run") != (self.run is not None):
            raise ValueError("a run is named exactly if require is run")
        return self


DependencyValue: TypeAlias = Annotated[
    Annotated[str, Tag("id")] | Annotated[TaskDependency, Tag("declaration")],
    Discriminator(lambda value: "id" if isinstance(value, str) else "declaration"),
]
"""An entry of `dependencies`: a task's id, which asks for its latest run, or an object."""


def declared(dependency: str | TaskDependency) -> TaskDependencyDeclared:
    """Return the event that declares an entry of `dependencies`."""
    if isinstance(dependency, str):
        return TaskDependencyDeclared(depends_on=dependency)
    return TaskDependencyDeclared(
        depends_on=dependency.task, require=dependency.require, run=dependency.run
    )


def asked_of(dependencies: Iterable[str | TaskDependency], task: str) -> str | TaskDependency:
    """Return what is required of a task; for one that is not declared, just its id."""
    return next((one for one in dependencies if declared(one).depends_on == task), task)


def faults(dependencies: Iterable[str | TaskDependency]) -> Iterator[str]:
    """Yield what is wrong with entries that are valid one by one."""
    known: dict[str, TaskDependencyDeclared] = {}
    for one in map(declared, dependencies):
        try:
            paths.check_name(one.depends_on, "dependency")
        except PathRefusedError as error:
            yield str(error)
        if known.setdefault(one.depends_on, one) != one:
            yield f"dependency {one.depends_on!r} is declared twice, in different ways"
        if one.run is not None and not (one.run.strip() and one.run.isprintable()):
            yield f"dependency {one.depends_on!r}: its run is not a run id"
