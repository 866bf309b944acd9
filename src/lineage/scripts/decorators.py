"""`@lineage.task` and `@lineage.operation`: functions whose calls are recorded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from lineage.kernel.errors import ConfigurationError
from lineage.scripts import open_runs
from lineage.scripts.function_task import RUN, FunctionTask, TaskFunction, call
from lineage.scripts.run import ScriptRun

P = ParamSpec("P")
R = TypeVar("R")
Decorator = Callable[[Callable[P, R]], Callable[P, R]]


@overload
def task(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def task(
    *,
    name: str | None = ...,
    description: str = ...,
    version: str = ...,
    task_type: str = ...,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str = "",
    version: str = "1.0.0",
    task_type: str = "script",
) -> Any:
    """Make a function a task: each call is a run with its arguments as parameters.

    A parameter called `run` gets the run, and callers leave it out. `lineage run script.py` finds
    the function and executes it; `--set min_age=30` sets its parameters.

    Args:
        function: The function.
        name: What it does, in your words; the function's name when None.
        description: What it is for; the first line of its docstring, or the name, when empty.
        version: Your version of it.
        task_type: "script", "profiling", "anonymization", ...

    Raises:
        ConfigurationError: It is no plain function.
    """

    def decorate(plain: Callable[..., Any]) -> Callable[..., Any]:
        _require_function(plain, "task")
        said = inspect.getdoc(plain) or ""
        of = TaskFunction(
            function=plain,
            name=name or plain.__name__,
            description=description or said.partition("\n")[0] or name or plain.__name__,
            version=version,
            task_type=task_type,
        )
        names = {"of": of, "__module__": plain.__module__, "__qualname__": plain.__qualname__}
        task_class = type(plain.__name__, (FunctionTask,), {**names, "__doc__": plain.__doc__})

        @functools.wraps(plain)
        def recorded_task(*args: Any, **kwargs: Any) -> Any:
            arguments = _bound(of.signature, args, kwargs)
            with ScriptRun(task_class(), _flat(of.signature, arguments)) as run:
                return call(of, arguments, run)

        recorded_task.lineage_task = task_class  # type: ignore[attr-defined]  # found by discovery
        return recorded_task

    return decorate if function is None else decorate(function)


@overload
def operation(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def operation(*, name: str | None = ...) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def operation(function: Callable[..., Any] | None = None, /, *, name: str | None = None) -> Any:
    """Make a function an operation: inside a run each call is a step of it.

    Its arguments are the parameters of the step; frames and other big values are recorded by type
    and shape. Outside of any run it is the plain function.

    Args:
        function: The function.
        name: What the step is called; the function's name when None.

    Raises:
        ConfigurationError: It is no plain function.
    """

    def decorate(plain: Callable[..., Any]) -> Callable[..., Any]:
        _require_function(plain, "operation")
        signature = inspect.signature(plain)
        class_name = f"{plain.__module__}.{plain.__qualname__}"

        @functools.wraps(plain)
        def recorded_operation(*args: Any, **kwargs: Any) -> Any:
            run = open_runs.current()
            if not isinstance(run, ScriptRun):
                return plain(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = _flat(signature, bound.arguments)
            with run.step_of(name or plain.__name__, given, class_name=class_name):
                return plain(*args, **kwargs)

        return recorded_operation

    return decorate if function is None else decorate(function)


def _bound(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by parameter, defaults included, without the run."""
    parameters = [p for p in signature.parameters.values() if p.name != RUN]
    bound = signature.replace(parameters=parameters).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _flat(signature: inspect.Signature, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with those of `**kwargs` under their own names."""
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        is_many = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        flat |= value if is_many else {name: value}
    return flat


def _require_function(value: object, what: str) -> None:
    is_lazy = inspect.iscoroutinefunction(value) or inspect.isgeneratorfunction(value)
    if not inspect.isfunction(value) or is_lazy or inspect.isasyncgenfunction(value):
        raise ConfigurationError(
            f"@lineage.{what}",
            found=getattr(value, "__qualname__", type(value).__name__),
            expected="a function that returns when its work is done",
            remedy="write @lineage.task() arguments by name; wrap a generator or coroutine in "
            "a function",
        )
