"""The interface through which an operation shows its progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class ProgressTracker(Protocol):
    """Shows how far work has got; any object with these methods will do."""

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Move on by `steps` and show `postfix` beside the bar."""
        ...

    def close(self) -> None:
        """Finish the display."""
        ...


class SilentProgress:
    """A tracker that shows nothing, for notebooks and tests."""

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
