"""Find operation classes by name, so that configurations and `add_operation` can name them."""

from __future__ import annotations

import difflib
import importlib
from typing import Final, TypeVar

from lineage.kernel.errors import ConfigurationError
from ops.base import BaseOperation

_Operation = TypeVar("_Operation", bound=type[BaseOperation])
_registered: dict[str, type[BaseOperation]] = {}

# The operations that come with the product, imported when they are first asked for, because
# their modules load pandas and Arrow.
_BUILT_IN: Final[dict[str, str]] = {
    "AddSyntheticIdentifiersOperation": "ops.synthetic_identifiers",
    "AnonymizeOperation": "ops.anonymize.anonymize_operation",
    "CorrelationOperation": "ops.profiling.correlate",
    "IngestOperation": "ops.ingest",
    "KAnonymizeOperation": "ops.anonymize.k_anonymity",
    "MeasureRiskOperation": "ops.anonymize.measure_risk",
    "ProfileOperation": "ops.profiling.profile",
}


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
            found=place,
            expected=f"a name not taken by {taken}",
            remedy="rename one of the classes",
        )
    _registered[cls.__name__] = cls
    return cls


def resolve(name: str) -> type[BaseOperation]:
    """Return the operation class of a name, importing it if it comes with the product.

    Raises:
        ConfigurationError: No class has that name; the message lists close ones.
    """
    if name in _BUILT_IN:
        importlib.import_module(_BUILT_IN[name])
    if name not in _registered:
        close = difflib.get_close_matches(name, names(), n=3) or names()
        raise ConfigurationError(
            f"operation {name!r}",
            expected="one of " + ", ".join(close),
            remedy="import the module that registers it before naming it",
        )
    return _registered[name]


def names() -> list[str]:
    """Return all names, sorted: of registered classes and of those that come with the product."""
    return sorted({*_registered, *_BUILT_IN})


def _place_of(name: str) -> str | None:
    if name in _BUILT_IN:
        return f"{_BUILT_IN[name]}.{name}"
    known = _registered.get(name)
    return None if known is None else f"{known.__module__}.{known.__qualname__}"
