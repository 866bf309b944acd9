"""One operation to execute, with everything its execution needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias

from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.retry import OnRetry
from lineage.tasks.limits import RetryPolicy
from lineage.tasks.security.task_encryption import TaskEncryption
from ops.base import BaseOperation, DataUse
from ops.data.source import DataSource
from ops.progress import ProgressTracker

NO_PARAMETERS: Final = frozenset({"task_dir", "cancellation_token"})
"""Arguments of an operation that do not affect its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An operation and how to execute it.

    Attributes:
        operation: The operation.
        key: Its name among the results.
        arguments: What its `execute` may take, except source, tracker and token.
        source: Gives the datasets to this operation alone; None without one.
        shared_source: Gets what it wrote; the same as `source`, or what that was forked from.
        tracker: Shows its progress; a new bar when None.
        token: Asks it to stop.
        retry: When to retry; None tries once.
        on_retry: Called for each retry.
        timeout_s: Seconds that one attempt may take; None for no limit.
        encryption: How everything that it reads and writes is encrypted; None for not at all.
        use: What it may touch while others run at the same time; None for anything.
    """

    operation: BaseOperation
    key: str
    arguments: Mapping[str, Any]
    source: DataSource | None
    shared_source: DataSource | None
    tracker: ProgressTracker | None = None
    token: CancellationToken = field(default_factory=CancellationToken)
    retry: RetryPolicy | None = None
    on_retry: OnRetry | None = None
    timeout_s: float | None = None
    encryption: TaskEncryption | None = None
    use: DataUse | None = None

    def offered(self, tracker: ProgressTracker) -> dict[str, Any]:
        """Return everything that the operation may take."""
        source = {} if self.source is None else {"data_source": self.source}
        own = {"progress_tracker": tracker, "cancellation_token": self.token}
        return {**own, **self.arguments, **source}


Attempt: TypeAlias = Callable[[Job, ProgressTracker], Outcome]
"""One way to execute an operation once: here, in a thread with a timeout, in a process."""

BackendName: TypeAlias = Literal["threads", "processes"]
"""The name of a backend."""


class Backend(Protocol):
    """Where the operations of one parallel execution run. Safe for many threads.

    Threads of this process begin and end the operations; each asks a backend for the way to do
    the work in between.
    """

    def attempts(self) -> AbstractContextManager[Attempt]:
        """Give a thread its way to execute operations, one after another."""
        ...

    def close(self) -> None:
        """Release everything; no operation is running."""
        ...

    def kill(self) -> None:
        """Stop what is running, as far as possible, and release everything."""
        ...


def result_keys(operations: Iterable[BaseOperation]) -> list[str]:
    """Return a key for each operation: its name; for the second of that name "name#2", ..."""
    keys: list[str] = []
    taken: set[str] = set()
    for operation in operations:
        key, number = operation.name, 1
        while key in taken:
            number += 1
            key = f"{operation.name}#{number}"
        taken.add(key)
        keys.append(key)
    return keys


def stated_use(operation: BaseOperation) -> DataUse | None:
    """Return what an operation declares to touch, unless a subclass overrides `execute`."""
    said = ("data_use", "execute")
    last = next(n for cls in type(operation).__mro__ for n in said if n in vars(cls))
    return operation.data_use() if last == "data_use" else None
