"""Find a task by what a person types."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

from lineage.kernel.errors import TaskNotFoundError
from lineage.project import Project
from lineage.tasks.base_task import BaseTask


def find_task(project: Project, name: str) -> BaseTask:
    """Return a new task of the class that a name means, bound to the project.

    Args:
        project: The project; its folder can be imported from.
        name: An id under "tasks" in the project file, "module:Class", or a Python script with
            one task class.

    Raises:
        TaskNotFoundError: Nothing answers to the name, or the class is no task.
    """
    target = project.settings.tasks.get(name, name)
    if target.endswith(".py"):
        module, class_name = _load_script(project.root / target), None
    elif ":" in target:
        module_name, _, class_name = target.partition(":")
        module = _import(project, module_name)
    else:
        raise _unknown(project, name)
    # a task class that can be run from outside takes no arguments
    make = cast("Callable[[], BaseTask]", _task_class(module, class_name))
    task = make()
    task.bind(project)
    return task


def _import(project: Project, module_name: str) -> ModuleType:
    root = str(project.root)
    if root not in sys.path:
        sys.path.append(root)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise TaskNotFoundError(
            f"module {module_name!r}",
            found=f"no module {error.name!r}",
            expected="a module in the project's folder or an installed one",
        ) from error


def _load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise TaskNotFoundError(f"script {str(path)!r}", expected="a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _task_class(module: ModuleType, class_name: str | None) -> type[BaseTask]:
    candidates = [
        value
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and issubclass(value, BaseTask)
        and not inspect.isabstract(value)
        and (name == class_name if class_name else value.__module__ == module.__name__)
    ]
    if len(candidates) != 1:
        raise TaskNotFoundError(
            f"task {class_name or ''} in {module.__name__!r}".replace("  ", " "),
            found=f"{len(candidates)} task classes",
            expected="exactly one subclass of BaseTask with configure_operations",
            remedy="name it as module:Class",
        )
    return candidates[0]


def _unknown(project: Project, name: str) -> TaskNotFoundError:
    known = sorted(project.settings.tasks)
    close = difflib.get_close_matches(name, known, n=3) or known
    return TaskNotFoundError(
        f"task {name!r}",
        expected="one of " + ", ".join(close) if close else "a task listed in the project file",
        remedy="list it under 'tasks' in configs/prj_config.json, or give module:Class or a script",
    )
