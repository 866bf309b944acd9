"""Record how far an operation has come: milestones, not every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from ops.progress import ProgressTracker

PARTS: Final = 4
"""Into how many parts milestones divide an operation that announces at least so many steps."""


class MilestoneTracker:
    """Passes progress on to another tracker, and tells of the milestones.

    With a known number of steps these are a quarter, half and three quarters of them; the end
    of an operation says the rest. Otherwise they are 10, 100, 1,000, ... steps.

    Args:
        tracker: Shows the progress.
        total: Steps of the operation; 0 if unknown.
        record: Told of a milestone: how many steps are done.
    """

    def __init__(
        self, tracker: ProgressTracker, *, total: int, record: Callable[[int], None]
    ) -> None:
        self._tracker = tracker
        self._total = total
        self._record = record
        self._completed = 0
        self._has_ended = False
        self._lock = Lock()

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Move on by `steps`; safe for many threads."""
        self._tracker.update(steps, postfix)
        with self._lock:
            before, self._completed = self._completed, self._completed + steps
            if not self._has_ended and self._is_milestone(before, self._completed):
                self._record(self._completed)

    def close(self) -> None:
        """Finish the display, as the operation wants it."""
        self._tracker.close()

    def end(self) -> None:
        """Tell of no more milestones, whoever still moves on."""
        with self._lock:
            self._has_ended = True

    def __getattr__(self, name: str) -> Any:
        """Return what else the tracker of a caller has."""
        return getattr(self._tracker, name)

    def _is_milestone(self, before: int, after: int) -> bool:
        if self._total == 0:
            return after >= 10 and len(str(after)) > len(str(before))  # noqa: PLR2004  # decades
        if self._total < PARTS or after >= self._total:
            return False
        return PARTS * after // self._total > PARTS * before // self._total
