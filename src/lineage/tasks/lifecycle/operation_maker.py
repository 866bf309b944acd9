"""Make an operation from what a task or a configuration names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from lineage.kernel.errors import ConfigurationError
from ops import keywords, registry
from ops.base import BaseOperation


def make_operation(
    given: str | type[BaseOperation] | BaseOperation,
    parameters: Mapping[str, Any],
    *,
    seed: int | None,
) -> BaseOperation:
    """Return an operation with its parameters.

    Args:
        given: A class, the name of a registered one, or an operation that has its parameters.
        parameters: Its parameters by name.
        seed: For a class that takes a seed, if the parameters have none.

    Raises:
        ConfigurationError: No such operation, or it does not take these parameters.
    """
    if isinstance(given, BaseOperation):
        _refuse(given, parameters)
        return given
    cls = registry.resolve(given) if isinstance(given, str) else given
    _require_operation(cls)
    if seed is not None and "seed" in keywords.keywords_of(cls):
        parameters = {"seed": seed, **parameters}
    is_listed = registry.is_registered(cls)
    remedy = f"`lineage operations {cls.__name__}` describes them" if is_listed else None
    made: BaseOperation = keywords.make(cls, parameters, remedy)
    return made


def _require_operation(cls: object) -> None:
    if not (inspect.isclass(cls) and issubclass(cls, BaseOperation)) or inspect.isabstract(cls):
        raise ConfigurationError(
            "operation",
            found=cls,
            expected="a subclass of BaseOperation with execute, a registered name, or an operation",
        )


def _refuse(operation: BaseOperation, parameters: Mapping[str, Any]) -> None:
    if parameters:
        raise ConfigurationError(
            f"parameters of operation {operation.name!r}",
            found=sorted(parameters),
            expected="none, because the operation already has its parameters",
        )
