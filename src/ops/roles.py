"""Give operations their columns from the roles that a project declares for a dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import Roles

if TYPE_CHECKING:
    from ops.base import BaseOperation
    from ops.result import OperationResult


def completed(
    cls: type[BaseOperation], parameters: Mapping[str, object], declared: Mapping[str, Roles]
) -> dict[str, object]:
    """Return the parameters of an operation with those that the roles of its dataset give.

    Given parameters stay as they are, and a column that one of them names in another role has that
    one. A parameter for which no column has the role is left to the operation. `columns`, where
    it takes no role itself, narrows the others.

    Args:
        cls: The operation, which says in `column_roles` what it takes.
        parameters: The given parameters.
        declared: Dataset name to its columns by role.
    """
    wanted = {
        name: role if isinstance(role, tuple) else (role,)
        for name, role in cls.column_roles.items()
        if name not in parameters
    }
    exclusive = {*cls.column_roles, *cls.without_role} & parameters.keys()
    named = {column for name in exclusive for column in _texts(parameters[name])}
    known = [declared.get(name, {}) for name in cls.datasets_in(parameters)]
    chosen = None if "columns" in cls.column_roles else parameters.get("columns")
    found = {
        name: [
            column
            for roles in known
            for role in of
            for column in roles.get(role, ())
            if column not in named and (chosen is None or column in _texts(chosen))
        ]
        for name, of in wanted.items()
    }
    return {**parameters, **{name: list(dict.fromkeys(c)) for name, c in found.items() if c}}


def require_columns(operation: BaseOperation, parameter: str) -> None:
    """Refuse an operation without columns in a parameter, which no role gives it either.

    Raises:
        ConfigurationError: There are none.
    """
    if getattr(operation, parameter):
        return
    role = operation.column_roles[parameter]
    assert not isinstance(role, tuple)  # noqa: S101  # such columns are not required
    dataset, *_ = operation.datasets_in(operation.parameters)
    raise ConfigurationError(
        f"{parameter} of {type(operation).__name__}",
        problem=f"no {role.value.replace('_', '-')}",
        expected="at least one column",
        remedy=f"name them, or declare columns of dataset {dataset!r} with the role {role.value!r} "
        "in the project file, under 'datasets'",
    )


def tell_undeclared(
    result: OperationResult, columns: Sequence[str], *, how: str = "published"
) -> None:
    """Warn of columns that are published unchanged though nobody decided what they are.

    Args:
        result: Gets the warning; none without columns.
        columns: Their names.
        how: What was done with them: "published" by an operation that protects others, "passed on"
            by one that protects none.
    """
    if columns:
        result.warn(
            f"{how} unchanged, no role declared: {', '.join(columns)}; they may identify people",
            columns=list(columns),
        )


def _texts(value: object) -> Collection[object]:
    return value if isinstance(value, Sequence | set | frozenset) else ()
