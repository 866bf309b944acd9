"""Execute an operation once and keep what came of it, whatever that is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

from lineage.events import ErrorFact
from lineage.kernel.clock import POLL_S, SystemClock
from lineage.kernel.errors import OperationError, OperationTimeoutError
from lineage.recording.error_facts import error_fact, qualified_name
from lineage.tasks.execution.retry_rules import is_retriable
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.result import DatasetRead, OperationResult, OperationStatus

_T = TypeVar("_T")
_NEVER_S: Final = float("inf")


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of an operation, or of one attempt.

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
        """Note what was used of a data source since the last time."""
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


def attempt(operation: BaseOperation, offered: Mapping[str, Any]) -> Outcome:
    """Execute an operation.

    Args:
        operation: The operation.
        offered: What it may take, by name.

    Returns:
        What it handed back; an exception becomes a failure.

    Raises:
        BaseException: An interrupt, or that it left the program.
    """
    try:
        return Outcome(result=_checked(operation, operation.execute(**_taken(operation, offered))))
    except Exception as error:  # noqa: BLE001  # whatever user code raises is its outcome
        return failure(error)


def in_time(name: str, act: Callable[[], _T], timeout_s: float) -> _T:
    """Call a function in a thread and wait for it.

    Args:
        name: What the operation is called.
        act: The function. It goes on by itself when nobody waits for it any more.
        timeout_s: How long to wait.

    Returns:
        What it returned.

    Raises:
        OperationTimeoutError: It has not returned in time.
        BaseException: What it raised, or that somebody interrupted the waiting.
    """
    box: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

    def work() -> None:
        try:
            box.put((True, act()))
        except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
            box.put((False, error))

    Thread(target=work, daemon=True, name="operation").start()
    try:
        is_return, value = take(box, timeout_s)
    except Empty:
        raise timed_out(name, timeout_s) from None
    if is_return:
        return value  # type: ignore[no-any-return]  # what `act` returned
    raise value


def timed_out(name: str, timeout_s: float) -> OperationTimeoutError:
    """Return the error of an operation that takes too long."""
    return OperationTimeoutError(
        f"operation {name!r}",
        found=f"no end after {timeout_s:g} s",
        expected="one within its timeout",
        remedy="allow more time, or let it do less at once",
    )


def take(queue: SimpleQueue[_T], timeout_s: float = _NEVER_S) -> _T:
    """Return the next item of a queue; Ctrl-C gets through while it waits.

    Raises:
        Empty: None has come in time.
    """
    clock = SystemClock()
    until = clock.monotonic() + timeout_s
    while True:
        left = max(until - clock.monotonic(), 0)
        try:
            return queue.get(timeout=min(left, POLL_S))
        except Empty:
            if left <= POLL_S:
                raise


def distinct(reads: Iterable[DatasetRead]) -> list[DatasetRead]:
    """Return each dataset version once, as it was read first."""
    found: dict[tuple[str, Path, str], DatasetRead] = {}
    for read in reads:
        found.setdefault((read.name, read.path, read.sha256), read)
    return list(found.values())


def _checked(operation: BaseOperation, result: object) -> OperationResult:
    if not isinstance(result, OperationResult):
        raise OperationError(
            f"operation {operation.name!r}",
            found=f"{qualified_name(type(result))} returned",
            expected="an OperationResult",
            remedy="return one from execute",
        )
    return result


def _taken(operation: BaseOperation, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that the operation's `execute` takes."""
    parameters = inspect.signature(operation.execute).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}
