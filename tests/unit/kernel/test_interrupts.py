"""Signals wait where they are held back, and come afterwards."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from lineage.kernel.interrupts import held_back


def test_interrupt_comes_after_what_it_is_held_back_from() -> None:
    """The work is done when Ctrl-C interrupts."""
    done = []

    def work() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("work")

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        work()

    assert done == ["work"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_inner_work_waits_for_the_outer() -> None:
    """Held back twice, a signal comes once, at the end of the outer work."""
    done = []

    def work() -> None:
        with held_back():
            with held_back():
                signal.raise_signal(signal.SIGINT)
            done.append("outer")

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        work()

    assert done == ["outer"]


def test_error_of_the_work_is_raised_if_no_signal_came() -> None:
    """Holding back changes nothing else."""
    with pytest.raises(ValueError, match="work"), held_back():
        raise ValueError("work")


def test_other_threads_hold_nothing_back() -> None:
    """Signals are the main thread's, which goes on being interrupted."""

    def work() -> object:
        with held_back():
            return signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() is signal.default_int_handler
