"""Stop a query that takes too long: its steps run in a thread that can be abandoned.

DuckDB checks for interruption between two chunks of rows, and ignores Ctrl-C. A separate thread
lets the caller wait for the allowed time, be interrupted at any time, and continue even if a
single function call never checks.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from lineage.kernel import host, waiting
from lineage.kernel.errors import QueryStoppedError

Result = TypeVar("Result")

GRACE_S: Final = 2.0
"""Seconds a query may take to react to being stopped."""

QUERY_THREAD: Final = "lineage-query"
"""How the threads of queries are called; the name of an abandoned one begins with it."""
_ABANDONED: Final = f"{QUERY_THREAD}-abandoned"
_PAUSE_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a query may use.

    Attributes:
        timeout_s: Seconds it may run, not counting its reader's time; None for no limit.
        memory_bytes: Bytes it may use in addition to the catalog; None for DuckDB's default.
            Nothing is ever spilled to disk.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None


UNLIMITED: Final = Limits()
QUERY_LIMITS: Final = Limits(timeout_s=60, memory_bytes=2 * 2**30)
"""For queries that a person types."""


_UNCOUNTED: Final = 512 * 2**20
"""Bytes of threads, buffers and what Python itself needs."""


@contextmanager
def limiting_process(limits: Limits) -> Iterator[None]:
    """Limit the process, too: DuckDB does not count single values, such as a text of 3 GB.

    Only one part of a process may do so at a time: at the end the limit is as it was.

    Args:
        limits: Its memory is what the process may take in addition.
    """
    try:
        import resource  # noqa: PLC0415  # POSIX only
    except ImportError:
        resource = None  # type: ignore[assignment]  # absent on Windows
    if limits.memory_bytes is None or resource is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = host.data_bytes() + limits.memory_bytes + _UNCOUNTED
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


class TimedCalls:
    """Runs the calls of one query, one after the other, until their time is used up.

    Without a limit they run in the caller's thread, which is faster for small queries.

    Args:
        interrupt: Asks the running step to end.
        limits: How long all calls together may take.
    """

    def __init__(self, interrupt: Callable[[], None], limits: Limits) -> None:
        self.is_abandoned = False
        self._interrupt = interrupt
        self._timeout_s = limits.timeout_s
        self._used_s = 0.0
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] | None = None
        if limits != UNLIMITED:
            self._calls = SimpleQueue()
            self._thread = threading.Thread(
                target=_work, args=(self._calls,), name=QUERY_THREAD, daemon=True
            )
            self._thread.start()

    def run(self, step: Callable[[], Result]) -> Result:
        """Run a step and return its result.

        Raises:
            QueryStoppedError: The time is used up.
            BaseException: Whatever the step raises, and the caller's KeyboardInterrupt.
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
                problem=f"stopped after {self._timeout_s:g} s",
                remedy="simplify it, or allow more time (--timeout, Limits.timeout_s)",
            )
        return future.result()

    def close(self) -> None:
        """End the thread, unless a step blocks it."""
        if self._calls is not None:
            self._calls.put(None)
            if not self.is_abandoned:
                self._thread.join()  # it cannot clean up at the end of the process

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
    """Tell whether a stopped query is still running; it ends with the process."""
    return any(thread.name == _ABANDONED for thread in threading.enumerate())


def _work(calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
    while (call := calls.get()) is not None:
        waiting.fulfil(*call)
