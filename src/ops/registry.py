"""Find operation classes by name, so that configurations and `add_operation` can name them."""

from __future__ import annotations

import difflib
from typing import TypeVar

from lineage.kernel.errors import ConfigurationError
from ops.base import BaseOperation

_Operation = TypeVar("_Operation", bound=type[BaseOperation])
_registered: dict[str, type[BaseOperation]] = {}


def register(cls: _Operation) -> _Operation:
    """Register an operation class under its class name; usable as a decorator.

    Raises:
        ConfigurationError: Another class has that name.
    """
    known = _registered.setdefault(cls.__name__, cls)
    if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ConfigurationError(
            f"operation name {cls.__name__!r}",
            found=f"{cls.__module__}.{cls.__qualname__}",
            expected=f"a name not taken by {known.__module__}.{known.__qualname__}",
            remedy="rename one of the classes",
        )
    _registered[cls.__name__] = cls
    return cls


def resolve(name: str) -> type[BaseOperation]:
    """Return the operation class registered under a name.

    Raises:
        ConfigurationError: No class has that name; the message lists close ones.
    """
    if name not in _registered:
        close = difflib.get_close_matches(name, _registered, n=3) or sorted(_registered)
        raise ConfigurationError(
            f"operation {name!r}",
            expected="one of " + ", ".join(close),
            remedy="import the module that registers it before naming it",
        )
    return _registered[name]


def names() -> list[str]:
    """Return the registered names, sorted."""
    return sorted(_registered)
