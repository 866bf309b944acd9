"""Which limits hold for the operations of a task: those of its file, then those of its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import did_you_mean
from lineage.tasks.execution.job import result_keys
from lineage.tasks.limits import Limits
from ops.base import BaseOperation


class OperationLimits:
    """The limits of each operation of a task.

    Args:
        operations: Returns the operations, in order.
    """

    def __init__(self, operations: Callable[[], Sequence[BaseOperation]]) -> None:
        self._operations = operations
        self._own: list[tuple[BaseOperation, Limits]] = []
        self._named: Mapping[str, Limits] = {}

    def __call__(self, operation: BaseOperation) -> Limits:
        """Return what holds for an operation."""
        own = next((limits for known, limits in self._own if known is operation), Limits())
        if not self._named:
            return own
        nothing = Limits()
        numbered = next((key for known, key in self._keys() if known is operation), operation.name)
        of_key, of_name = (self._named.get(name, nothing) for name in (numbered, operation.name))
        return of_key.over(of_name).over(own)

    def add(self, operation: BaseOperation, limits: Limits) -> None:
        """Keep what the code says of an operation."""
        if limits != Limits():
            self._own.append((operation, limits))

    def name(self, named: Mapping[str, Mapping[str, object]]) -> None:
        """Keep what the configuration says of operations by name.

        Args:
            named: The name of an operation, or "name#2" for the second of that name and so on,
                to its limits.

        Raises:
            ConfigurationError: The task has no operation of a name, or limits are wrong.
        """
        known = {name for operation, key in self._keys() for name in (key, operation.name)}
        for name in named.keys() - known:
            raise ConfigurationError(
                "operation_limits of the configuration",
                problem=f"no operation {name!r}{did_you_mean(name, known)}",
                expected=", ".join(sorted(known)) or "none, because the task has none",
            )
        self._named = {name: Limits.read(values) for name, values in named.items()}

    def _keys(self) -> list[tuple[BaseOperation, str]]:
        operations = self._operations()
        return list(zip(operations, result_keys(operations), strict=True))
