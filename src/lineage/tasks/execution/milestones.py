"""Record the progress of an operation: milestones, not every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from ops.progress import ProgressTracker

PARTS: Final = 4
"""Parts into which milestones divide an operation of at least this many announced steps."""


class MilestoneTracker:
    """Passes progress on to another tracker, and records milestones.

    With a known number of steps these are a quarter, half and three quarters; the end of the
    operation says the rest. Otherwise they are 10, 100, 1,000, ... steps.

    Args:
        tracker: Shows the progress.
        total: Steps of the operation; 0 if unknown.
        record: Called at a milestone with the number of steps done.
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
        """Advance by `steps`; safe for many threads."""
        self._tracker.update(steps, postfix)
        with self._lock:
            before, self._completed = self._completed, self._completed + steps
            if not self._has_ended and self._is_milestone(before, self._completed):
                self._record(self._completed)

    def close(self) -> None:
        """Finish the display, as the operation wants it."""
        self._tracker.close()

    def end(self) -> None:
        """Record no more milestones, even if something still advances."""
        with self._lock:
            self._has_ended = True

    def __getattr__(self, name: str) -> Any:
        """Return other attributes of the caller's tracker."""
        return getattr(self._tracker, name)

    def _is_milestone(self, before: int, after: int) -> bool:
        if self._total == 0:
            return after >= 10 and len(str(after)) > len(str(before))  # noqa: PLR2004  # decades
        if self._total < PARTS or after >= self._total:
            return False
        return PARTS * after // self._total > PARTS * before // self._total
