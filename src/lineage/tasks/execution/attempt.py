"""Execute an operation once and keep its outcome, whatever that is."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

from lineage.events import ErrorFact
from lineage.kernel.errors import ConfigurationError, OperationError, OperationTimeoutError
from lineage.recording.error_facts import error_fact, qualified_name
from lineage.tasks.execution.retry_rules import is_retriable
from lineage.tasks.security.task_encryption import TaskEncryption
from ops.base import BaseOperation
from ops.data.encryption import encrypting_with
from ops.data.source import DataSource
from ops.result import DatasetRead, OperationResult, OperationStatus

OFFERED_TO_ALL: Final = frozenset(
    {"data_source", "task_dir", "progress_tracker", "cancellation_token", "reporter"}
)
"""Arguments of `execute` that every operation may leave out. The framework that this one replaces
handed each a reporter."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The outcome of an operation, or of one attempt.

    Attributes:
        result: What it handed back; one with status ERROR if it raised.
        error: What it raised, as the history keeps it; None if it raised nothing.
        exception: What it raised; None if it raised nothing, or did so in another process.
        is_retriable: Whether another attempt may do better.
        reads: The dataset versions it used.
        in_memory: Names of datasets that it took from memory or left there.
    """

    result: OperationResult
    error: ErrorFact | None = None
    exception: Exception | None = None
    is_retriable: bool = False
    reads: Sequence[DatasetRead] = ()
    in_memory: Sequence[str] = ()

    def note(self, source: DataSource) -> None:
        """Note what was read from a data source since the last time."""
        self.reads = source.drain_reads()
        self.in_memory = source.drain_in_memory()

    @property
    def has_failed(self) -> bool:
        """Whether the operation ended with an error."""
        return self.result.status is OperationStatus.ERROR


def failure(error: Exception) -> Outcome:
    """Return the outcome of an operation that raised."""
    fact = error_fact(error)
    return Outcome(
        result=OperationResult(status=OperationStatus.ERROR, error_message=fact.message),
        error=fact,
        exception=error,
        is_retriable=is_retriable(error),
    )


def attempt(
    operation: BaseOperation,
    offered: Mapping[str, Any],
    encryption: TaskEncryption | None = None,
) -> Outcome:
    """Execute an operation.

    Args:
        operation: The operation.
        offered: What it may take, by name.
        encryption: How everything that it reads and writes is encrypted; None for not at all.

    Returns:
        What it handed back; an exception becomes a failure.

    Raises:
        BaseException: It was interrupted, or it exited the program.
    """
    try:
        with nullcontext() if encryption is None else encrypting_with(encryption.files):
            done = operation.execute(**_taken(operation, offered))
        return Outcome(result=_checked(operation, done))
    except Exception as error:  # noqa: BLE001  # whatever user code raises is its outcome
        return failure(error)


def timed_out(name: str, timeout_s: float) -> OperationTimeoutError:
    """Return the error of an operation that takes too long."""
    return OperationTimeoutError(
        f"operation {name!r}",
        problem=f"not finished after {timeout_s:g} s",
        remedy="allow more time, or give it less work",
    )


def distinct(reads: Iterable[DatasetRead]) -> list[DatasetRead]:
    """Return each dataset version once, as it was read first."""
    found: dict[tuple[str, str, str], DatasetRead] = {}
    for read in reads:
        key = (read.name, read.uri, read.sha256)
        found[key] = found.get(key, read).with_types_of(read)
    return list(found.values())


def _checked(operation: BaseOperation, result: object) -> OperationResult:
    if not isinstance(result, OperationResult):
        raise OperationError(
            f"operation {operation.name!r}",
            problem=f"it returned {qualified_name(type(result))}",
            expected="an OperationResult",
            remedy="return one from execute",
        )
    return result


def require_taken(operations: Sequence[BaseOperation], offered: Iterable[str]) -> None:
    """Refuse arguments of `execute` that none of these operations takes.

    Raises:
        ConfigurationError: There are some; all are named.
    """
    known = {name for operation in operations for name in _named(operation)}
    unknown = sorted({*offered} - OFFERED_TO_ALL - known)
    if not operations or not unknown or any(_takes_all(operation) for operation in operations):
        return
    names = ", ".join(dict.fromkeys(operation.name for operation in operations))
    raise ConfigurationError(
        f"arguments of execute: {', '.join(unknown)}",
        problem=f"{names} would not take them",
        expected=", ".join(sorted(known)),
        remedy="correct the names; parameters are given to add_operation",
    )


def _taken(operation: BaseOperation, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that the operation's `execute` takes."""
    if _takes_all(operation):
        return dict(offered)
    named = _named(operation)
    return {name: value for name, value in offered.items() if name in named}


def _named(operation: BaseOperation) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(operation.execute).parameters


def _takes_all(operation: BaseOperation) -> bool:
    kinds = [parameter.kind for parameter in _named(operation).values()]
    return inspect.Parameter.VAR_KEYWORD in kinds
