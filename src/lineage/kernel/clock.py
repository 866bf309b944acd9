"""The only source of time: wall clock in UTC, a monotonic clock for durations, and waiting."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final, Protocol

POLL_S: Final = 0.2
"""Longest sleep of a wait: where a lock cannot be interrupted (Windows), Ctrl-C takes as long."""


class Clock(Protocol):
    """Tells the time, and waits."""

    def now(self) -> datetime:
        """Return the wall time, timezone-aware in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards within one process."""
        ...

    def wait(self, seconds: float, event: Event) -> bool:
        """Wait for the event, at most `seconds`, and return whether it is set."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the wall time, timezone-aware in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards within one process."""
        return time.monotonic()

    def wait(self, seconds: float, event: Event) -> bool:
        """Wait for the event, at most `seconds`, and return whether it is set."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            if event.wait(min(left, POLL_S)):
                break
        return event.is_set()


@dataclass(slots=True)
class SteppingClock:
    """A clock for reproducible histories: each reading moves it on by `step`.

    Args:
        start: The first wall time it gives, timezone-aware.
        step: How far one reading of `now` moves it.
    """

    start: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))
    step: timedelta = field(default=timedelta(seconds=1))
    _readings: int = field(default=0, init=False)

    def now(self) -> datetime:
        """Return the next wall time, timezone-aware in UTC."""
        moment = self.start + self.step * self._readings
        self._readings += 1
        return moment.astimezone(UTC)

    def monotonic(self) -> float:
        """Return the seconds passed since `start`."""
        return (self.step * self._readings).total_seconds()

    def wait(self, seconds: float, event: Event) -> bool:
        """Move on by `seconds` at once, and return whether the event is set."""
        self._readings += round(seconds / self.step.total_seconds())
        return event.is_set()
