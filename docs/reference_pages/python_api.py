"""The pages about the public names of each package."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

from ops import docstring, registry
from ops.description import type_text, value_text
from reference_pages.markdown import anchor, described, page, prose, table

PACKAGES: Final = ("lineage", "lineage.tasks", "ops", "projections")

_OVERVIEW: Final = """
The public names of each package. Import them from there, as in
`from lineage.tasks import BaseTask`; the modules behind may move.
"""
_INTRODUCTION: Final = "{summary}\n\n{body}"
_WIDTH: Final = 100
_OURS: Final = frozenset({"lineage", "ops", "projections"})


def pages() -> dict[str, str]:
    """Return a page for each package, and one that lists them."""
    modules = {name: importlib.import_module(name) for name in PACKAGES}
    rows = [
        (f"[`{name}`]({name}.md)", docstring.read(module).summary)
        for name, module in modules.items()
    ]
    overview = page("Python API", _OVERVIEW, table(("package", "what is in it"), rows))
    found = {f"reference/python-api/{name}.md": _page(module) for name, module in modules.items()}
    return {"reference/python-api/README.md": overview, **found}


def _page(module: ModuleType) -> str:
    read = docstring.read(module)
    names = [(name, getattr(module, name)) for name in module.__all__]
    rows = [(f"[`{name}`](#{anchor(name)})", _summary(value)) for name, value in names]
    lines = table(("name", "what it is"), rows)
    for name, value in names:
        lines += _section(name, value, {member for _, member in names if inspect.isclass(member)})
    introduction = _INTRODUCTION.format(summary=prose(read.summary), body=prose(read.body))
    return page(module.__name__, introduction, lines)


def _summary(value: object) -> str:
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        return docstring.read(value).summary
    if typing.get_origin(value) is typing.Literal:
        return "A choice of words."
    return f"A constant of type {type(value).__name__}."


def _section(name: str, value: Any, public: set[type]) -> list[str]:
    lines = ["## " + name.replace("__", r"\_\_"), ""]
    if inspect.ismodule(value):
        return [*lines, f"The module `{value.__name__}`.", "", *described(docstring.read(value))]
    if inspect.isclass(value):
        return lines + _class(name, value, public)
    if inspect.isroutine(value):
        return lines + _signature(name, value) + described(docstring.read(value))
    if typing.get_origin(value) is typing.Literal:
        choices = ", ".join(f"`{choice}`" for choice in typing.get_args(value))
        return [*lines, f"One of {choices}.", ""]
    return [*lines, _summary(value), ""]


def _class(name: str, cls: type, public: set[type]) -> list[str]:
    if cls in (registry.resolve(known) for known in registry.built_in()):
        link = f"../operations.md#{anchor(name)}"
        return [prose(docstring.read(cls).summary), "", f"See [operations]({link}).", ""]
    if issubclass(cls, enum.Enum):
        values = ", ".join(f"`{member.name}` ({member.value!r})" for member in cls)
        return [*described(docstring.read(cls)), f"Values: {values}.", ""]
    if issubclass(cls, BaseException):
        return described(docstring.read(cls))
    lines = _signature(name, cls) + described(docstring.read(cls))
    for member, value in _members(cls, public):
        lines += [f"### {name}.{member}", ""]
        if not isinstance(value, property):
            lines += _signature(member, value)
        lines += described(docstring.read(value))
    return lines


def _members(cls: type, public: set[type]) -> Iterator[tuple[str, Any]]:
    """Yield public methods and properties: its own, and those of bases without a section."""
    for base in cls.__mro__:
        is_ours = base.__module__.partition(".")[0] in _OURS
        if not is_ours or (base is not cls and base in public):
            continue
        for name, value in vars(base).items():
            method = getattr(value, "__func__", value)
            if name.startswith("_") or vars(cls).get(name, value) is not value:
                continue
            if isinstance(value, property) or inspect.isfunction(method):
                yield name, method


def _signature(name: str, value: Any) -> list[str]:
    if getattr(value, "_is_protocol", False):
        return []
    # of `__init__`, as a class may have a `__new__`; pydantic gives its models a signature
    has_init = inspect.isclass(value) and not hasattr(value, "__signature__")
    signature = inspect.signature(value.__init__ if has_init else value)
    taken = [p for p in signature.parameters.values() if p.name not in _BOUND]
    parameters = [_parameter(p, value) for p in taken]
    kinds = [p.kind for p in taken]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parameters.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    returned = signature.return_annotation
    has_result = returned is not signature.empty and not inspect.isclass(value)
    arrow = f" -> {type_text(returned) or None}" if has_result else ""
    line = f"{name}({', '.join(parameters)}){arrow}"
    if len(line) > _WIDTH:
        line = "\n".join([f"{name}(", *(f"    {p}," for p in parameters), f"){arrow}"])
    return ["```text", line, "```", ""]


_BOUND: Final = frozenset({"self", "cls"})
_FIELDS: Final = "__dataclass_fields__"


def _parameter(parameter: inspect.Parameter, value: Any) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}"
    typed = parameter.annotation is not parameter.empty
    text += f": {type_text(parameter.annotation)}" if typed else ""
    if parameter.default is parameter.empty:
        return text
    factories = {f.name: f.default_factory for f in getattr(value, _FIELDS, {}).values()}
    factory = factories.get(parameter.name, dataclasses.MISSING)
    made = parameter.default if factory is dataclasses.MISSING else factory()
    default = value_text(made)
    return f"{text} = {default}" if typed else f"{text}={default}"
