"""The page about configuration: the project's file, a task's file, the environment."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from lineage.settings import ProjectSettings
from lineage.tasks import RetryPolicy, TaskDependency
from lineage.tasks.config import sources
from lineage.tasks.config.values import TaskValues
from ops import docstring
from ops.data.formats.csv_dialect import ReadOptions
from ops.description import type_text
from reference_pages.markdown import code, page, prose, table

_INTRODUCTION: Final = """
What can be configured, where, and what goes before what. `lineage config` shows each value of the
project with the place that it comes from, `lineage config TASK` those of a task.

Precedence, highest first:

1. the command line: `lineage run TASK --set KEY=VALUE`, or the arguments of `BaseTask.run`
2. the task's file: `configs/<task>.json`, `.yaml` or `.yml`
3. the environment: `LINEAGE_<TASK>_<KEY>`, then `LINEAGE_<KEY>`
4. the project's file: `configs/prj_config.json`, `.yaml` or `.yml`
5. the defaults of the task's class, then those below
"""

_PROJECT: Final = """
The keys of `configs/prj_config.json`. All are optional. It may also hold these keys of a task, for
every task: {shared}.
"""

_TASK: Final = """
The keys of `configs/<task>.json`. All are optional. Any other key is a parameter of the task's own,
which its class reads with `self.config.require("key")` or `self.config.get("key")`; a key that
looks like a misspelling of one of these is refused.
"""

_VARIABLES: Final = """
Each key of a task but `task_id` has a variable `LINEAGE_<KEY>` that holds for all tasks, and
`LINEAGE_<TASK>_<KEY>` for one, in capital letters and with `_` for other characters. A list is
written `a, b` or as JSON, an object as JSON. These variables belong to the product itself:
"""
_LITERAL: Final = re.compile(r"Literal\[([^\]]*)\]")


def pages() -> dict[str, str]:
    """Return the page of all keys and variables."""
    shared = ", ".join(map(code, sources.PROJECT_KEYS))
    lines = ["## Project file", "", _PROJECT.format(shared=shared).strip(), ""]
    lines += _keys(ProjectSettings)
    lines += ["## Task file", "", _TASK.strip(), "", *_keys(TaskValues)]
    lines += _section("An entry of dependencies", TaskDependency, _fields(TaskDependency))
    lines += _section("An entry of read_options", ReadOptions, _typed(ReadOptions))
    lines += _section("retry in operation_limits", RetryPolicy, _attributes(RetryPolicy))
    for model in _nested(ProjectSettings, TaskValues):
        lines += _section(model.__name__, model, _fields(model))
    lines += ["## Environment", "", _VARIABLES.strip(), ""]
    named = [(f"`{name}`", meaning) for name, meaning in sorted(sources.VARIABLES.items())]
    lines += table(("variable", "meaning"), named)
    return {"reference/configuration.md": page("Configuration", _INTRODUCTION, lines)}


def _keys(model: type[BaseModel]) -> list[str]:
    return _table(model, _fields(model))


def _section(title: str, documented: type, rows: Mapping[str, tuple[str, str]]) -> list[str]:
    summary = prose(docstring.read(documented).summary)
    return [f"### {title}", "", summary, "", *_table(documented, rows)]


def _table(documented: type, rows: Mapping[str, tuple[str, str]]) -> list[str]:
    meanings = docstring.read(documented).entries("Attributes")
    entries = [(code(n), code(t), default, meanings.get(n, "")) for n, (t, default) in rows.items()]
    if any(default for _, _, default, _ in entries):
        return table(("key", "type", "default", "meaning"), entries)
    return table(("key", "type", "meaning"), [(n, t, m) for n, t, _, m in entries])


def _fields(model: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """Return type and default of each field of a model."""
    written = {n: t for base in reversed(model.__mro__) for n, t in _annotations(base).items()}
    return {
        name: (_type(written[name]), _default(field)) for name, field in model.model_fields.items()
    }


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return code("{}" if isinstance(value, BaseModel) else _json(value))


def _attributes(cls: type) -> dict[str, tuple[str, str]]:
    fields = dataclasses.fields(cls)
    return {f.name: (_type(f.type), code(_json(f.default))) for f in fields}


def _typed(cls: type) -> dict[str, tuple[str, str]]:
    kinds = {n: getattr(t, "__forward_arg__", t) for n, t in _annotations(cls).items()}
    return {name: (_type(kind), "") for name, kind in kinds.items()}


def _type(annotation: object) -> str:
    """Return a type as it is written, and the words that a `Literal` allows."""
    return _LITERAL.sub(lambda found: found[1].replace(", ", " | "), type_text(annotation))


def _json(value: object) -> str:
    """Return a default as a configuration file holds it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _annotations(cls: type) -> Mapping[str, Any]:
    return vars(cls).get("__annotations__", {})


def _nested(*models: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the models in fields of models, at any depth, each once, in order."""
    found: dict[type[BaseModel], None] = {}
    waiting: list[Any] = [f.annotation for m in models for f in m.model_fields.values()]
    while waiting:
        annotation = waiting.pop(0)
        waiting += getattr(annotation, "__args__", ())
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        if is_model and annotation not in found and annotation is not TaskDependency:
            found[annotation] = None
            waiting += [field.annotation for field in annotation.model_fields.values()]
    return list(found)
