"""A clock that stands until it is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """A clock for tests in which a certain time has to pass."""

    passed_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the wall time, timezone-aware in UTC."""
        return START + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.passed_s

    def wait(self, seconds: float, event: Event) -> bool:
        """Note the wait and let its time pass at once; tell whether the event is set."""
        self.waits.append(seconds)
        self.move(seconds)
        return event.is_set()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.passed_s += seconds
