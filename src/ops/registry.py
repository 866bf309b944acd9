"""Find operation classes by name, so that configurations and `add_operation` can name them."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from lineage.kernel.errors import ConfigurationError
from ops.base import BaseOperation

_Operation = TypeVar("_Operation", bound=type[BaseOperation])
_registered: dict[str, type[BaseOperation]] = {}

# `@register` at the left margin, further decorators and comments, the class.
_REGISTERED_CLASS: Final = re.compile(r"^@register\b.*\n(?:[@#) ].*\n)*class (\w+)", re.MULTILINE)


def register(cls: _Operation) -> _Operation:
    """Register an operation class under its class name; usable as a decorator.

    Raises:
        ConfigurationError: Another class has that name.
    """
    place = f"{cls.__module__}.{cls.__qualname__}"
    taken = _place_of(cls.__name__)
    if taken not in {None, place}:
        raise ConfigurationError(
            f"operation name {cls.__name__!r}",
            problem=f"both {place} and {taken} have it",
            remedy="rename one of the classes",
        )
    _registered[cls.__name__] = cls
    return cls


def resolve(name: str) -> type[BaseOperation]:
    """Return the operation class of a name, importing it if it comes with the product.

    Raises:
        ConfigurationError: No class has that name; the message lists close ones.
    """
    if name not in _registered and name in built_in():
        importlib.import_module(built_in()[name])
    if name not in _registered:
        close = difflib.get_close_matches(name, names(), n=3) or names()
        raise ConfigurationError(
            f"operation {name!r}",
            problem="no such operation",
            expected="one of " + ", ".join(close),
            remedy="correct the name, or import the module that registers it first",
        )
    return _registered[name]


def is_registered(cls: type[BaseOperation]) -> bool:
    """Return whether a class is the one that its name leads to."""
    return _registered.get(cls.__name__) is cls


def names() -> list[str]:
    """Return all names, sorted: of registered classes and of those that come with the product."""
    return sorted({*_registered, *built_in()})


@cache
def built_in() -> Mapping[str, str]:
    """Return the operations that come with the product: name of the class to its module.

    They are found by reading the source of this package. Importing it instead would load
    pandas and Arrow, which takes half a second.
    """
    folder = Path(__file__).parent
    return {
        name: ".".join((folder.name, *file.relative_to(folder).with_suffix("").parts))
        for file in sorted(folder.rglob("*.py"))
        for name in _REGISTERED_CLASS.findall(file.read_text("utf-8"))
    }


def _place_of(name: str) -> str | None:
    known = _registered.get(name)
    if known is not None:
        return f"{known.__module__}.{known.__qualname__}"
    return f"{built_in()[name]}.{name}" if name in built_in() else None
