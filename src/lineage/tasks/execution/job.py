"""One operation to execute, with everything that belongs to its execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, TypeAlias

from lineage.tasks.execution.attempt import Outcome
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.retry import OnRetry
from lineage.tasks.execution.retry_rules import RetryPolicy
from ops.base import BaseOperation, DataUse
from ops.data.source import DataSource
from ops.progress import ProgressTracker

NO_PARAMETERS: Final = frozenset({"task_dir", "cancellation_token"})
"""Arguments of an operation that do not shape its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An operation and how to execute it.

    Attributes:
        operation: The operation.
        key: Its name among the results.
        arguments: What its `execute` may take, but for source, tracker and token.
        source: Gives the datasets to this operation alone; None without one.
        shared_source: Gets what it wrote; the same as `source`, or what that was forked from.
        tracker: Shown its progress; a bar of its own when None.
        token: Asks it to stop.
        retry: When to try again; None tries once.
        on_retry: Told of each retry.
        timeout_s: Seconds that one attempt may take; None is as long as it takes.
        use: What it may touch, because others work at the same time; None for anything.
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
    use: DataUse | None = None

    def offered(self, tracker: ProgressTracker) -> dict[str, Any]:
        """Return everything that the operation may take."""
        source = {} if self.source is None else {"data_source": self.source}
        own = {"progress_tracker": tracker, "cancellation_token": self.token}
        return {**own, **self.arguments, **source}


Attempt: TypeAlias = Callable[[Job, ProgressTracker], Outcome]
"""One way to execute an operation once: here, in a thread with a timeout, in a process."""

BackendName: TypeAlias = Literal["threads", "processes"]
"""What a caller names a backend by."""


class Backend(Protocol):
    """Where the operations of one parallel execution work. Safe for many threads.

    Threads of this process begin and end the operations; a backend is asked by each of them for
    the way to do what lies between.
    """

    def attempts(self) -> AbstractContextManager[Attempt]:
        """Give a thread the way in which it executes its operations, one after the other."""
        ...

    def close(self) -> None:
        """Give back what is held; no operation is under way."""
        ...

    def kill(self) -> None:
        """End what is under way, as far as it can be ended, and give back what is held."""
        ...


def result_keys(operations: Iterable[BaseOperation]) -> list[str]:
    """Return a key for each operation: its name, for the second of that name "name#2", ..."""
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
