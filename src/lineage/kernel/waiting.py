"""Wait for work in other threads without losing Ctrl-C, and abandon it if necessary.

A thread cannot be ended. Whoever waits for one here can be interrupted at any time, stops waiting
when the time is up, and goes on; the thread ends by itself, at the latest with the process.
"""

from __future__ import annotations

import concurrent.futures
import math
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from lineage.kernel.clock import POLL_S

Result = TypeVar("Result")


def start(act: Callable[[], Result], name: str) -> Future[Result]:
    """Call a function in its own thread and return a future for its result.

    Args:
        act: The function.
        name: What the thread is called.
    """
    future: Future[Result] = Future()
    Thread(target=fulfil, args=(future, act), daemon=True, name=name).start()
    return future


def fulfil(future: Future[Result], act: Callable[[], Result]) -> None:
    """Call a function and put what it returns or raises, whatever that is, into a future."""
    try:
        future.set_result(act())
    except BaseException as error:  # noqa: BLE001  # it is raised where it is waited for
        future.set_exception(error)


def wait(futures: Collection[Future[Any]], timeout_s: float = math.inf) -> bool:
    """Wait until all have ended, or one has raised.

    Args:
        futures: What to wait for.
        timeout_s: How long to wait, in seconds; at least one look is taken.

    Returns:
        Whether that is so; False after the timeout.

    Raises:
        BaseException: Whatever interrupts the caller's thread. What a future holds is not raised.
    """
    until = time.monotonic() + timeout_s
    while True:
        left_s = max(until - time.monotonic(), 0)
        ended, others = concurrent.futures.wait(
            futures, min(left_s, POLL_S), concurrent.futures.FIRST_EXCEPTION
        )
        if not others or any(future.exception() is not None for future in ended):
            return True
        if left_s <= POLL_S:
            return False
