"""Stop a query that takes too long: its steps run in a thread that can be left behind.

DuckDB looks for an interruption between two chunks of rows, and not for Ctrl-C at all. A thread
of its own lets the caller wait for as long as is allowed, be interrupted at any time, and go on
even if one call of one function never looks up.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from lineage.kernel import waiting
from lineage.kernel.errors import QueryStoppedError

Result = TypeVar("Result")

GRACE_S: Final = 2.0
"""How long a query may take to notice that it is stopped."""

_ABANDONED: Final = "lineage-query-abandoned"
_PAUSE_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a query may use.

    Attributes:
        timeout_s: Seconds it may work, without those its reader takes; None for any number.
        memory_bytes: Bytes it may hold beside the catalog; None for what DuckDB allows itself.
            Nothing is ever spilled to the disk.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None


UNLIMITED: Final = Limits()
QUERY_LIMITS: Final = Limits(timeout_s=60, memory_bytes=2 * 2**30)
"""For questions that somebody types."""


class TimedCalls:
    """Runs the calls that one query takes, one after the other, until their time is used up.

    Without a limit they run in the caller's thread, which is quicker for small questions.

    Args:
        interrupt: Tells the step under way to end.
        limits: How long all of them may take together.
    """

    def __init__(self, interrupt: Callable[[], None], limits: Limits) -> None:
        self.is_abandoned = False
        self._interrupt = interrupt
        self._timeout_s = limits.timeout_s
        self._used_s = 0.0
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] | None = None
        if limits != UNLIMITED:
            self._calls = SimpleQueue()
            self._thread = threading.Thread(target=_work, args=(self._calls,), daemon=True)
            self._thread.start()

    def run(self, step: Callable[[], Result]) -> Result:
        """Run a step and return its result.

        Raises:
            QueryStoppedError: The time is used up.
            BaseException: Whatever the step raises, and KeyboardInterrupt of the caller.
        """
        if self._calls is None:
            return step()
        future: Future[Result] = Future()
        self._calls.put((future, step))
        try:
            is_done = self._wait(future)
        finally:
            if not future.done():
                self._stop(future)
        if not is_done:
            raise QueryStoppedError(
                "query",
                found=f"no end after {self._timeout_s:g} s",
                remedy="ask for less, or allow more time (--timeout, Limits.timeout_s)",
            )
        return future.result()

    def close(self) -> None:
        """End the thread, unless a step holds it."""
        if self._calls is not None:
            self._calls.put(None)
            if not self.is_abandoned:
                self._thread.join()  # at the end of the process it could no longer clean up

    def _wait(self, future: Future[Any]) -> bool:
        """Wait for a step until the time is used up; tell whether it is done."""
        began = time.monotonic()
        allowed_s = math.inf if self._timeout_s is None else self._timeout_s - self._used_s
        try:
            return waiting.wait([future], allowed_s)
        finally:
            self._used_s += time.monotonic() - began

    def _stop(self, future: Future[Any]) -> None:
        # An interruption between two statements is lost, so it is repeated.
        self.is_abandoned = True
        deadline = time.monotonic() + GRACE_S
        while not future.done() and time.monotonic() < deadline:
            self._interrupt()
            waiting.wait([future], _PAUSE_S)
        self.is_abandoned = not future.done()
        if self.is_abandoned:
            self._thread.name = _ABANDONED


def has_abandoned() -> bool:
    """Tell whether a query that was stopped is still at work; it ends with the process."""
    return any(thread.name == _ABANDONED for thread in threading.enumerate())


def _work(calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (call := calls.get()) is not None:
        waiting.fulfil(*call)
