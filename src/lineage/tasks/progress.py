"""Show the progress of a task: bars on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

from lineage.kernel.plain import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

LOG_STEPS: Final = 4
"""Parts into which the log lines of one operation divide it."""


class OperationProgress:
    """The progress of one operation; an `ops.ProgressTracker`. Safe for many threads."""

    def __init__(
        self, manager: TaskProgressManager, name: str, total: int, description: str
    ) -> None:
        self.name = name
        self.total = total
        self.completed = 0
        self._manager = manager
        self._description = description or name
        self._logged = 0
        self._lock = Lock()
        self._is_closed = False
        self._bar = manager.add_bar(self._description, total)

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Advance by `steps` of `total` and show `postfix` beside the bar."""
        with self._lock:
            self.completed += steps
            if not self._is_closed:
                self._show(steps, postfix or {})

    def close(self) -> None:
        """Finish the display; a later update shows nothing."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._manager.drop_bar(self._bar)

    def _show(self, steps: int, postfix: Mapping[str, object]) -> None:
        self._manager.move_bar(self._bar, steps, postfix)
        done = min(self.completed, self.total)
        part = LOG_STEPS * done // max(self.total, 1)
        if self._bar is None and part > self._logged:
            self._logged = part
            self._manager.logger.info("%s: %d of %d", self._description, done, self.total)


class TaskProgressManager:
    """Coordinates the bars of a task and its operations. Also a context manager.

    Safe for many threads, as `rich` is.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        logger: Gets lines instead of bars when the output is not a terminal.
        total_operations: Operations the task will execute; 0 if unknown.
        console: Where bars are drawn; standard error when None.
    """

    def __init__(
        self,
        task_id: str,
        task_type: str,
        logger: logging.Logger,
        total_operations: int = 0,
        *,
        console: Console | None = None,
    ) -> None:
        self.task_id = task_id
        self.task_type = task_type
        self.logger = logger
        self.total_operations = total_operations
        self._progress = self._display(console)
        self._bar = self.add_bar(f"{task_id} {task_type}", total_operations)

    @contextmanager
    def create_operation_context(
        self, name: str, total: int, description: str = ""
    ) -> Iterator[OperationProgress]:
        """Show the progress of one operation while the block runs.

        Args:
            name: What the operation is called.
            total: Steps it takes.
            description: What the bar says; the name when empty.

        Yields:
            A tracker for the progress.
        """
        progress = OperationProgress(self, name, total, description)
        try:
            yield progress
        finally:
            progress.close()
            self.move_bar(self._bar, 1, {})

    def close(self) -> None:
        """Remove the bars."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def add_bar(self, description: str, total: int) -> TaskID | None:
        """Draw a bar; None when the output is not a terminal."""
        progress = self._progress
        if progress is None:
            return None
        from rich.markup import escape  # noqa: PLC0415  # start-up time

        return progress.add_task(escape(plain(description)), total=total or None, postfix="")

    def move_bar(self, bar: TaskID | None, steps: int, postfix: Mapping[str, object]) -> None:
        """Advance a bar."""
        progress = self._progress
        if progress is not None and bar is not None:
            from rich.markup import escape  # noqa: PLC0415  # start-up time

            text = " ".join(f"{key}={value}" for key, value in postfix.items())
            progress.update(bar, advance=steps, postfix=escape(plain(text)))

    def drop_bar(self, bar: TaskID | None) -> None:
        """Remove a bar."""
        progress = self._progress
        if progress is not None and bar is not None:
            progress.remove_task(bar)

    def _display(self, console: Console | None) -> Progress | None:
        if console is None and not sys.stderr.isatty():
            return None
        import rich.console  # noqa: PLC0415  # start-up time
        from rich import progress as parts  # noqa: PLC0415

        console = console or rich.console.Console(file=sys.stderr)
        if not console.is_terminal:
            return None
        progress = parts.Progress(
            parts.TextColumn("{task.description}"),
            parts.BarColumn(),
            parts.MofNCompleteColumn(),
            parts.TimeElapsedColumn(),
            parts.TextColumn("{task.fields[postfix]}"),
            console=console,
            transient=True,
        )
        progress.start()
        # a program that never closes it gets its cursor back anyway
        weakref.finalize(self, progress.stop)
        return progress


def create_task_progress_manager(
    task_id: str,
    task_type: str,
    logger: logging.Logger,
    total_operations: int = 0,
) -> TaskProgressManager:
    """Return a progress manager for a task; parameters as in `TaskProgressManager`."""
    return TaskProgressManager(task_id, task_type, logger, total_operations)
