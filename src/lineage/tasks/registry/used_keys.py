"""Refuse configuration values that nothing would use.

A task reads keys of its own wherever it likes, so which ones is read from its code: every key that
the task's modules, and the modules of the user's own that they import, write as a text, an
attribute, an argument or an annotated name. That lets some keys pass that nothing reads, and
refuses misspelt ones. A key that the code puts together at run time has to be in a file.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Final

from lineage import settings
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import did_you_mean
from lineage.project import Project
from lineage.tasks.config import sources
from lineage.tasks.config.values import TaskValues
from lineage.tasks.lifecycle.base_task import BaseTask
from ops.code.places import Place, place_of

_ALL: Final = frozenset({"entries", "model_dump", "model_extra", "to_dict"})
"""Names of what gives all values at once; code that uses one may read any key."""


def refuse_unused(project: Project, task: BaseTask, values: Mapping[str, object]) -> None:
    """Refuse values of the command line that neither the product nor the task uses.

    Args:
        project: Where the task would run.
        task: The task.
        values: Key to value.

    Raises:
        ConfigurationError: Nothing uses some of the keys; all are named, and no value.
    """
    stated = _stated_keys(project, task.task_id)
    unused = [key for key in values if key not in stated]
    words = _words_of(type(task)) if unused else set()
    if words is None or not _ALL.isdisjoint(words):
        return
    unused = [key for key in unused if key not in words]
    if unused:
        known = stated | {word for word in words if word.isidentifier()}
        told = [f"{key!r}{did_you_mean(key, known)}" for key in unused]
        raise ConfigurationError(
            f"values for task {task.task_id!r}",
            problem=f"nothing uses {'; '.join(told)}",
            remedy=f"correct the key, or name it in {settings.CONFIG_FOLDER}/{task.task_id}.json "
            "if the task reads it",
        )


def _stated_keys(project: Project, task_id: str) -> set[str]:
    """Return the keys that every task has, and those that a file or the environment has."""
    stated = settings.load(project.root)
    places = sources.of_task(project.root, stated, task_id, defaults={}, arguments={})
    return {*TaskValues.model_fields, *(key for place in places for key in place.values)}


def _words_of(task: type[BaseTask]) -> set[str] | None:
    """Return every word by which the code of a task can name a key; None if it is not known."""
    own = [sys.modules.get(base.__module__) for base in task.__mro__ if _is_own(base)]
    seen: dict[str, ModuleType] = {}
    waiting = [module for module in own if module is not None]
    words: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module.__name__ in seen:
            continue
        seen[module.__name__] = module
        try:
            words |= set(_words_in(ast.parse(inspect.getsource(module))))
        except (OSError, SyntaxError, TypeError):
            return None
        waiting += _imported(module)
    return words if seen else None


def _is_own(base: type) -> bool:
    return issubclass(base, BaseTask) and base is not BaseTask


def _imported(module: ModuleType) -> Iterator[ModuleType]:
    """Yield the user's own modules of which a module has something."""
    for value in vars(module).values():
        name = value.__name__ if isinstance(value, ModuleType) else _text(value, "__module__")
        found = sys.modules.get(name)
        file = getattr(found, "__file__", None)
        if found is not None and file and place_of(name, file) is Place.LOCAL:
            yield found


def _text(value: object, attribute: str) -> str:
    found = getattr(value, attribute, None)
    return found if isinstance(found, str) else ""


def _words_in(tree: ast.AST) -> Iterator[str]:
    captions = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in captions:
                yield text
            case ast.Attribute(attr=word) | ast.arg(arg=word):
                yield word
            case ast.AnnAssign(target=ast.Name(id=word)):
                yield word
