"""How threads are waited for."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event

import pytest

from lineage.kernel import waiting

WAIT_S = 60
"""How long a test waits for another thread before it fails."""


@pytest.fixture
def released() -> Iterator[Event]:
    """Lets threads end; after the test none is left."""
    event = Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name == "waited for":
            thread.join(WAIT_S)


def test_result_of_a_thread_is_handed_over() -> None:
    """What a function returns in its thread is in its future, with the thread's name."""
    future = waiting.start(lambda: threading.current_thread().name, "waited for")

    assert waiting.wait([future], WAIT_S)
    assert future.result() == "waited for"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt("SIGTERM"), SystemExit(3)])
def test_whatever_a_thread_raises_is_handed_over(error: BaseException) -> None:
    """An exception, an interrupt and an exit are raised where the result is asked for."""

    def act() -> None:
        raise error

    future = waiting.start(act, "waited for")

    assert waiting.wait([future], WAIT_S)
    with pytest.raises(type(error), match=str(error)):
        future.result()


def test_waiting_ends_with_the_first_that_raises(released: Event) -> None:
    """One error ends the waiting for all, though others have not ended."""
    slow = waiting.start(lambda: released.wait(WAIT_S), "waited for")
    broken = waiting.start(lambda: 1 / 0, "waited for")

    assert waiting.wait([slow, broken], WAIT_S)
    assert (slow.done(), broken.done()) == (False, True)


@pytest.mark.parametrize("timeout_s", [0.0, 0.05, 0.3])
def test_late_thread_is_left_behind(released: Event, timeout_s: float) -> None:
    """After the timeout the caller goes on; the thread ends by itself."""
    late = waiting.start(lambda: released.wait(WAIT_S), "waited for")
    began = time.monotonic()

    assert not waiting.wait([late], timeout_s)
    assert timeout_s <= time.monotonic() - began < WAIT_S / 2
    released.set()
    assert waiting.wait([late], WAIT_S)


def test_nothing_to_wait_for_is_no_wait() -> None:
    """Where there is no future, and for one that has ended, the waiting is over at once."""
    ended: Future[int] = Future()
    ended.set_result(1)

    assert waiting.wait([])
    assert waiting.wait([ended], 0)


@pytest.mark.skipif(os.name != "posix", reason="sends itself a signal")
def test_ctrl_c_gets_through_while_waiting(released: Event) -> None:
    """An interrupt ends the waiting at once, without a timeout too."""
    slow = waiting.start(lambda: released.wait(WAIT_S), "waited for")
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        waiting.wait([slow])

    assert time.monotonic() - began < WAIT_S / 2
