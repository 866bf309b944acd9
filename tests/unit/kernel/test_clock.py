"""Time comes from a clock that can be replaced."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Timer

from lineage.kernel.clock import SteppingClock, SystemClock


def test_system_clock_is_in_utc() -> None:
    """Wall times carry their offset, which is zero."""
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_monotonic_clock_never_runs_backwards() -> None:
    """Of two readings the second is not smaller."""
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()


def test_stepping_clock_moves_with_each_reading() -> None:
    """Histories made with it repeat to the microsecond."""
    clock = SteppingClock(start=datetime(2026, 1, 1, tzinfo=UTC), step=timedelta(microseconds=1))

    assert [clock.now().microsecond for _ in range(3)] == [0, 1, 2]
    assert clock.monotonic() == 0.000003


def test_stepping_clock_of_another_zone_gives_utc() -> None:
    """Wherever it starts, it tells the time in UTC."""
    east = timezone(timedelta(hours=2))
    clock = SteppingClock(start=datetime(2026, 1, 1, 2, tzinfo=east))

    assert clock.now().isoformat() == "2026-01-01T00:00:00+00:00"


def test_wait_lets_the_time_pass() -> None:
    """Waiting for what does not happen takes as long as it may."""
    began = time.monotonic()

    assert not SystemClock().wait(0.3, Event())
    assert time.monotonic() - began >= 0.3


def test_wait_ends_when_the_event_is_set() -> None:
    """Waiting for an hour ends with what it is for."""
    event = Event()
    Timer(0.05, event.set).start()

    assert SystemClock().wait(3600, event)


def test_stepping_clock_waits_in_no_time() -> None:
    """Its time has passed when `wait` returns."""
    clock = SteppingClock()
    event = Event()

    assert not clock.wait(3600, event)
    assert clock.monotonic() == 3600
    event.set()
    assert clock.wait(1, event)
