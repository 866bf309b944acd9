"""Add values to what belongs to code: defaults, variables around a function, parameters."""

from __future__ import annotations

import enum
import functools
import logging
import re
import sys
import types
import typing
from collections.abc import Sequence
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ops.code.forms import constant_form
from ops.code.walk import Walk, functions_in

PLAIN: Final = (
    *(type(None), bool, int, float, complex, str, bytes, types.EllipsisType, range),
    *(date, time, timedelta, timezone, ZoneInfo, Decimal, Fraction, PurePath, UUID),
)
"""Types whose values are told apart by what `repr` says."""

_ANNOTATIONS: Final = (types.GenericAlias, types.UnionType, typing.TypeVar)
_OF_SLOTS: Final = frozenset({"__dict__", "__weakref__"})
_WITHOUT_STATE: Final = ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol")


def add_value(walk: Walk, name: str, value: object) -> None:
    """Add a value to what belongs to some code.

    Args:
        walk: What has been found.
        name: How a message calls the value, such as "parameter 'rule'".
        value: The value; one that has no form that stays the same is an obstacle.
    """
    _add(walk, name, value, ())


def _add(walk: Walk, name: str, value: object, within: tuple[int, ...]) -> None:  # noqa: C901  # one case a type
    match value:
        case enum.Enum():
            walk.add_class(type(value))
            walk.parts.append(value.name)
        case _ if isinstance(value, PLAIN):
            walk.parts.append(constant_form(value))
        case re.Pattern():
            walk.parts.append(constant_form((value.pattern, value.flags)))
        case _ if isinstance(value, _ANNOTATIONS) or type(value).__module__ == "typing":
            walk.parts.append(repr(value))
        case type():
            walk.parts.append(f"class {value.__qualname__}")
            walk.add_class(value)
        case types.FunctionType():
            walk.parts.append(f"function {value.__qualname__}")
            walk.add_function(value, is_live=True)
        case types.ModuleType():
            walk.add_namespace(vars(value))
        case logging.Logger():
            walk.parts.append("logger")
        case _ if id(value) in within:
            walk.parts.append("as above")
        case _:
            _add_compound(walk, name, value, (*within, id(value)))


def _add_compound(walk: Walk, name: str, value: object, within: tuple[int, ...]) -> None:
    walk.parts.append(type(value).__qualname__)
    parts = _parts(walk, value)
    if parts is None:
        walk.stop(f"{name} is of type {type(value).__module__}.{type(value).__qualname__}")
        return
    walk.parts.append(str(len(parts)))
    for part in parts:
        _add(walk, name, part, within)


def _parts(walk: Walk, value: object) -> Sequence[object] | None:
    """Return what a value consists of, in an order of its own; None if that is not known."""
    match value:
        case list() | tuple():
            return value
        case dict():
            return [part for item in value.items() for part in item]
        case set() | frozenset() if all(isinstance(item, PLAIN) for item in value):
            return sorted(map(constant_form, value))
        case types.MethodType():
            return (value.__func__, value.__self__)
        case functools.partial():
            return (value.func, value.args, value.keywords)
    return list(functions_in(value)) or _importable(value) or _state(walk, value)


def _importable(value: object) -> tuple[object, ...] | None:
    """Return module and name of what a module has under its own name, such as `numpy.mean`."""
    module = sys.modules.get(str(getattr(value, "__module__", None)))
    name = getattr(value, "__name__", None)
    if type(value).__module__ == "dataclasses":
        return (type(value).__qualname__,)  # a sentinel in code that a dataclass has generated
    if module is None or not isinstance(name, str) or getattr(module, name, None) is not value:
        return None
    return (module, name)


def _state(walk: Walk, value: object) -> Sequence[object] | None:
    """Return class and attributes of a value that is nothing else, if its class is local."""
    names = set(getattr(value, "__dict__", ()))
    for base in type(value).__mro__:
        if f"{base.__module__}.{base.__qualname__}" in _WITHOUT_STATE:
            continue
        module = sys.modules.get(base.__module__)
        if module is not None and walk.is_foreign(vars(module)):
            return None
        slots = vars(base).get("__slots__", ())
        names |= {slots} if isinstance(slots, str) else set(slots)
    held = [
        (n, getattr(value, n)) for n in sorted(names) if n not in _OF_SLOTS and hasattr(value, n)
    ]
    return [type(value), *(part for item in held for part in item)]
