"""The only source of time: wall clock in UTC, and a monotonic clock for durations."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the wall time, timezone-aware in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards within one process."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the wall time, timezone-aware in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards within one process."""
        return time.monotonic()


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
