"""A function as a task: its parameters are those of the task."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.recording.code_facts import CodePlace
from lineage.scripts.parameters import recorded, task_id_of
from lineage.scripts.run import ScriptRun
from lineage.scripts.script_task import ScriptTask
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.config.sources import DEFAULT

RUN: Final = "run"
"""The parameter that gets the run."""

_VARIABLE: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFunction:
    """A function, and what its author says of the task that it is.

    Attributes:
        function: The function.
        name: What it does, in words; its id follows from it.
        description: What it is for.
        version: The author's version.
        task_type: Its type.
    """

    function: Callable[..., Any]
    name: str
    description: str
    version: str
    task_type: str

    @property
    def signature(self) -> inspect.Signature:
        """Its parameters."""
        return inspect.signature(self.function)

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """Those that a configuration can set: all with a name, but for the run."""
        parameters = self.signature.parameters.values()
        return [p for p in parameters if p.name != RUN and p.kind not in _VARIABLE]


class FunctionTask(ScriptTask):
    """A task that calls a function; `lineage.task` makes a subclass for each.

    `lineage run` executes it like every task: the parameters come from the configuration, then from
    the defaults of the function.
    """

    of: ClassVar[TaskFunction]

    def __init__(self) -> None:
        function = inspect.unwrap(self.of.function)
        super().__init__(
            task_id_of(self.of.name),
            self.of.task_type,
            self.of.description,
            version=self.of.version,
            code=CodePlace(
                namespace=function.__globals__,
                filename=function.__code__.co_filename,
            ),
        )

    def configuration(self, project: Project, args: Mapping[str, Any] | None = None) -> TaskConfig:
        """Return the configuration in a project, with the defaults of the function."""
        given = {p.name: p.default for p in self.of.parameters if p.default is not p.empty}
        stated = {"task_type": self.task_type, "description": self.description}
        return TaskConfig(
            project, self.task_id, defaults={**recorded(given), **stated}, arguments=args
        )

    def execute(self) -> bool:
        """Call the function.

        Raises:
            ConfigurationError: A parameter has no value.
        """
        arguments = self._arguments()
        ScriptRun(self, arguments).perform(lambda run: call(self.of, arguments, run))
        return True

    def _arguments(self) -> dict[str, Any]:
        values = {
            p.name: self.config.get(p.name)
            for p in self.of.parameters
            if self.config.origins.get(p.name, DEFAULT) != DEFAULT
        }
        missing = [
            p.name for p in self.of.parameters if p.default is p.empty and p.name not in values
        ]
        if missing:
            raise ConfigurationError(
                f"parameter {missing[0]!r} of task {self.task_id!r}",
                problem="it has no value",
                remedy=f"give it with --set {missing[0]}=..., or a default in the function",
            )
        return values


def call(task: TaskFunction, arguments: Mapping[str, Any], run: ScriptRun) -> Any:
    """Call the function of a task with its arguments, and the run if it takes that."""
    bound = task.signature.bind_partial()
    for parameter in task.signature.parameters.values():
        if parameter.name == RUN and parameter.kind not in _VARIABLE:
            bound.arguments[RUN] = run
        elif parameter.name in arguments:
            bound.arguments[parameter.name] = arguments[parameter.name]
    return task.function(*bound.args, **bound.kwargs)
