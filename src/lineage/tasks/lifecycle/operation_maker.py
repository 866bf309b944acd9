"""Make an operation from what a task or a configuration names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import Roles
from lineage.tasks.limits import Limits
from ops import keywords, registry, roles
from ops.base import BaseOperation

_LIMITS: Final = frozenset({"retry", "timeout"})


def make_limited(
    given: str | type[BaseOperation] | BaseOperation,
    keywords_given: Mapping[str, Any],
    *,
    seed: int | None,
    declared: Mapping[str, Roles] = MappingProxyType({}),
) -> tuple[BaseOperation, Limits]:
    """Return an operation with its parameters, and the limits of its execution.

    Args:
        given: As for `make_operation`.
        keywords_given: Its parameters, `retry` and `timeout`. Each of these two is a parameter if
            the class declares one of that name, and a limit otherwise.
        seed: As for `make_operation`.
        declared: As for `make_operation`.

    Raises:
        ConfigurationError: As for `make_operation`, or a limit is wrong.
    """
    is_made = isinstance(given, BaseOperation)
    cls = registry.resolve(given) if isinstance(given, str) else given
    own = keywords.keywords_of(cls) if inspect.isclass(cls) and not is_made else {}
    limits = {n: v for n, v in keywords_given.items() if n in _LIMITS and n not in own}
    parameters = {n: v for n, v in keywords_given.items() if n not in limits}
    return make_operation(given, parameters, seed=seed, declared=declared), Limits.of(**limits)


def make_operation(
    given: str | type[BaseOperation] | BaseOperation,
    parameters: Mapping[str, Any],
    *,
    seed: int | None,
    declared: Mapping[str, Roles] = MappingProxyType({}),
) -> BaseOperation:
    """Return an operation with its parameters.

    Args:
        given: A class, the name of a registered one, or an operation that has its parameters.
        parameters: Its parameters by name.
        seed: For a class that takes a seed, if the parameters have none.
        declared: Dataset name to the roles of its columns, for parameters that are not given.

    Raises:
        ConfigurationError: No such operation, or it does not take these parameters.
    """
    if isinstance(given, BaseOperation):
        _refuse(given, parameters)
        return given
    cls = registry.resolve(given) if isinstance(given, str) else given
    _require_operation(cls)
    parameters = roles.completed(cls, parameters, declared)
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
