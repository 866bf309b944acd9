"""Make an operation from what a task or a configuration names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import Roles
from ops import registry, roles
from ops.base import BaseOperation


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
    # Of __init__ and not of the class: where that is inherited, Python answers with __new__.
    signature = inspect.signature(cls.__init__)
    signature = signature.replace(parameters=list(signature.parameters.values())[1:])
    if seed is not None and _takes_seed(cls, signature):
        parameters = {"seed": seed, **parameters}
    try:
        signature.bind(**parameters)
    except TypeError as error:
        raise ConfigurationError(
            f"parameters of operation {cls.__name__!r}",
            problem=str(error),
            expected=str(signature),
        ) from error
    return cls(**parameters)


def _takes_seed(cls: type[BaseOperation], signature: inspect.Signature) -> bool:
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    takes_any = inspect.Parameter.VAR_KEYWORD in kinds
    return "seed" in signature.parameters or (takes_any and hasattr(cls, "seed"))


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
