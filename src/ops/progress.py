"""The interface through which an operation shows its progress, and trackers to be given to one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressTracker(Protocol):
    """Shows how far work has got; any object with these methods will do."""

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Move on by `steps` and show `postfix` beside the bar."""
        ...

    def close(self) -> None:
        """Finish the display."""
        ...


@runtime_checkable
class ProgressTree(Protocol):
    """A tracker that has trackers below it, for the parts of its work."""

    def create_subtask(
        self, total: int | None, description: str, unit: str = "items"
    ) -> ProgressTracker:
        """Return a tracker for a part of the work."""
        ...


class SilentProgress:
    """A tracker that shows nothing, for notebooks and tests."""

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class HierarchicalProgressTracker:
    """Counts steps, has trackers below it, and shows all of them on a terminal.

    Where standard error is no terminal nothing is shown. Safe to share between threads. As a
    context manager it closes itself at the end.

    Args:
        total: How many steps there will be; None if unknown.
        description: What is done.
        unit: What the steps are.
        parent: The tracker it is below of.

    Attributes:
        total: As given.
        description: As given.
        unit: As given.
        done: Steps so far.
        postfix: What was shown last beside the bar.
        subtasks: The trackers below it, in the order they were made.
        is_closed: Whether it was closed.
    """

    def __init__(
        self,
        total: int | None,
        description: str = "",
        unit: str = "items",
        *,
        parent: HierarchicalProgressTracker | None = None,
    ) -> None:
        self.total = total
        self.description = description
        self.unit = unit
        self.done = 0
        self.postfix: dict[str, object] = {}
        self.subtasks: list[HierarchicalProgressTracker] = []
        self.is_closed = False
        # One lock and one screen for the whole tree.
        self._level, self._lock, self._screen = (
            (0, threading.RLock(), _Screen.of_terminal()) if parent is None else parent._below()  # noqa: SLF001  # of the same class
        )
        with self._lock:
            self._bar = self._screen.add(self) if self._screen else None

    @property
    def fraction(self) -> float:
        """The share of steps that are done, from 0 to 1; 0 if their number is unknown or 0."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def label(self) -> str:
        """The description, indented by how deep the tracker is."""
        return "  " * self._level + self.description

    def create_subtask(
        self, total: int | None, description: str, unit: str = "items"
    ) -> HierarchicalProgressTracker:
        """Return a tracker for a part of this one's work; parameters as of the class."""
        child = HierarchicalProgressTracker(total, description, unit, parent=self)
        with self._lock:
            self.subtasks.append(child)
        return child

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Move on by `steps` and show `postfix` beside the bar."""
        with self._lock:
            self.done += steps
            self.postfix.update(postfix or {})
            if self._screen and self._bar is not None:
                self._screen.show(self._bar, self)

    def close(self) -> None:
        """Finish the display of this tracker and of those below it; again, it does nothing."""
        with self._lock:
            if self.is_closed:
                return
            for child in self.subtasks:
                child.close()
            self.is_closed = True
            if self._screen and self._level == 0:
                self._screen.stop()

    def _below(self) -> tuple[int, threading.RLock, _Screen | None]:
        return self._level + 1, self._lock, self._screen

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def subtask(
    tracker: ProgressTracker, total: int | None, description: str, unit: str
) -> Iterator[ProgressTracker]:
    """Give a tracker below another one, closed with the block; a silent one if it has none."""
    child: ProgressTracker = SilentProgress()
    if isinstance(tracker, ProgressTree):
        child = tracker.create_subtask(total, description, unit)
    try:
        yield child
    finally:
        child.close()


class _Screen:
    """The bars of a tree of trackers on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        progress.start()

    @classmethod
    def of_terminal(cls) -> _Screen | None:
        """Return the bars on standard error; None if that is no terminal."""
        if not sys.stderr.isatty():
            return None
        from rich import progress  # noqa: PLC0415  # start-up time
        from rich.console import Console  # noqa: PLC0415  # as above

        return cls(
            progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(),
                progress.TextColumn(
                    "{task.completed}/{task.total} {task.fields[unit]}", markup=False
                ),
                progress.TextColumn("{task.fields[postfix]}", markup=False),
                console=Console(stderr=True),
            )
        )

    def add(self, tracker: HierarchicalProgressTracker) -> TaskID:
        """Show a bar."""
        return self._progress.add_task(
            tracker.label, total=tracker.total, unit=tracker.unit, postfix=""
        )

    def show(self, bar: TaskID, tracker: HierarchicalProgressTracker) -> None:
        """Show how far a tracker is."""
        postfix = ", ".join(f"{name}: {value}" for name, value in tracker.postfix.items())
        self._progress.update(bar, completed=tracker.done, postfix=postfix)

    def stop(self) -> None:
        """Leave the bars as they are."""
        self._progress.stop()
