"""Count what a long-running process does, so that it survives interruptions and restarts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from lineage import settings
from lineage.domain import PROCESS, ProcessState
from lineage.domain.process import (
    EndProcess,
    ErrorThreshold,
    NoticeSilence,
    StartProcess,
)
from lineage.events import ProcessProgressed
from lineage.kernel.secrets.redaction import redacted_metrics
from lineage.kernel.values import JsonValue
from lineage.processes.history import ProcessHistory, summary
from lineage.processes.recorder import ProcessRecorder
from lineage.processes.segment import stated
from lineage.project import Project
from projections.documents.processes.process_summary import Document, seconds

RECENT_UPDATES: Final = 5
"""Progress updates that count as recent."""


class ProcessSummary:
    """What one process of a pipeline run has done, over all its sessions.

    Creating one begins a session: the first of the process, or the next one of a process that
    has not ended. If its last checkpoint is over 300 seconds old, an interruption is
    counted. A process that has ended takes no counts until `start_process`.

    All methods but `save` work in memory: they are fast, and safe in an event loop and in
    many threads. `save` (or `await save_process_summary(summary)`) makes everything before it
    durable, in one transaction of the ledger; a process that is killed loses what it counted
    since. Between two saves counts become one event, errors one per type, custom metrics one
    per name, checkpoints one; each progress update is an event, after one with the counts
    until then.

    A summary that opened the project itself holds the ledger open only while it is made and
    while it is saved: there is nothing to close.

    Times are seconds since 1970 in UTC, valid after a restart. Durations are seconds of work
    by the monotonic clock, all sessions together; idle time does not count.

    Types and messages of errors and progress messages are kept in the caller's words, with
    passwords hidden, and cut beyond 1,000 characters: do not put data into them. Text in custom
    metrics and progress details is "***" if its name sounds like a secret.

    Args:
        process_name: What the process is called ("collect").
        run_name: The pipeline run it belongs to ("harvard_2024").
        project: Where it is recorded; when None, the project that LINEAGE_PROJECT names or
            that contains the current folder, or else the current folder.
        thresholds: When errors are worth an alert: an event, and a warning in the log.

    Raises:
        PathRefusedError: A name cannot be part of a file name.
        ConfigurationError: The project file has mistakes.
        LedgerUnavailableError: The ledger cannot be read.
    """

    def __init__(
        self,
        process_name: str,
        run_name: str,
        *,
        project: Project | None = None,
        thresholds: Iterable[ErrorThreshold] = (),
    ) -> None:
        self.process_name = process_name
        self.run_name = run_name
        self._is_own_project = project is None
        self._project = project or Project(settings.find_root_or_here())
        self._clock = self._project.clock
        # Counting takes `_lock` and never waits for the ledger; saving holds `_saving` while
        # it writes, and `_lock` for moments.
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        with self._ledger():
            history = ProcessHistory(self._project, run_name, process_name)
        self._recorder = ProcessRecorder(
            history, clock=self._clock, thresholds=thresholds, lock=self._lock
        )
        if not self._recorder.is_ended:
            self._begin(is_checkpoint=self._recorder.is_new)

    def start_process(self) -> None:
        """Start the process if it is new or has ended; a checkpoint if it is running."""
        with self._lock:
            if self._recorder.is_untouched or self._recorder.is_ended:
                self._begin(is_checkpoint=True)
            else:
                self.checkpoint()

    def end_process(self) -> None:
        """End the process; does nothing if it has ended."""
        with self._lock:
            if not self._recorder.is_ended:
                self._recorder.close_segment(always=True)
                self._recorder.take(EndProcess(occurred_at=self._clock.now()))

    def checkpoint(self) -> None:
        """Show that the process is alive.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._recorder.refuse_if_ended()
            self._recorder.segment.checkpoint_at = self._clock.now()

    def increment_items(
        self,
        processed: int = 0,
        successful: int = 0,
        failed: int = 0,
        retried: int = 0,
        bytes_count: int = 0,
    ) -> None:
        """Add to the counts.

        Args:
            processed: Items handled.
            successful: Of these, successful.
            failed: Of these, failed.
            retried: Attempts repeated.
            bytes_count: Bytes moved.

        Raises:
            CommandRejectedError: A number is below 0 or not whole, together they exceed 64
                bits, or the process has ended.
        """
        with self._lock:
            if self._recorder.is_ended:
                self._recorder.refuse_if_ended()
            self._recorder.segment.count(processed, successful, failed, retried, bytes_count)

    def add_error(self, error_type: str, error_message: str) -> None:
        """Count an error.

        Args:
            error_type: Its type; errors are counted by it.
            error_message: What it says. It is recorded as given, so it should not quote data.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._recorder.refuse_if_ended()
            self._recorder.segment.add_error(error_type, error_message, self._clock.now())

    def add_progress_update(self, message: str, **kwargs: object) -> None:
        """Report the progress of the process.

        Args:
            message: What to say.
            **kwargs: What to add; any values, kept as JSON.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._recorder.refuse_if_ended()
            progressed = ProcessProgressed(
                message=stated(message),
                context=redacted_metrics(kwargs),
                occurred_at=self._clock.now(),
            )
            self._recorder.close_segment(progressed)

    def set_custom_metric(self, key: str, value: object) -> None:
        """Set a custom metric.

        Args:
            key: Its name.
            value: Its value; any, kept as JSON.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._recorder.refuse_if_ended()
            self._recorder.segment.set_metric(key, value)

    def detect_interruption(self) -> bool:
        """Return whether the process was interrupted and has made no checkpoint since.

        It was if a session resumed it, or this is called, over 300 seconds after the last
        checkpoint (or the start of the session, if that was later) and nothing ended it. Each
        such silence is counted once.
        """
        with self._lock:
            command = NoticeSilence(occurred_at=self._clock.now())
            if PROCESS.decide(self._recorder.current, command):
                self._recorder.close_segment(always=True)
                self._recorder.take(command)
            return self._recorder.current.is_silent

    def save(self) -> None:
        """Make everything so far durable, then write the exported summary; blocks until done.

        What cannot be recorded is kept for the next save. A summary that cannot be written is
        logged; it can be rebuilt from the ledger.

        Raises:
            CommandRejectedError: Another session has ended the process; `start_process`
                begins it again, and the next save records what is left.
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        with self._saving, self._ledger():
            self._recorder.record()
            self._recorder.export()

    @property
    def session_id(self) -> int:
        """Seconds since 1970 at the start of the first session; kept across restarts."""
        return self._now().session_id or 0

    @property
    def start_time(self) -> float:
        """When the first session began, seconds since 1970."""
        return seconds(self._now().started_at) or 0.0

    @property
    def end_time(self) -> float | None:
        """When the process ended, seconds since 1970; None while it is open."""
        return seconds(self._now().ended_at)

    @property
    def duration_seconds(self) -> float | None:
        """Seconds of work in all sessions; None while the process is open."""
        state = self._now()
        return None if state.ended_at is None else state.duration_s

    @property
    def items_processed(self) -> int:
        """Items handled."""
        return self._now().items_processed

    @property
    def items_successful(self) -> int:
        """Items handled successfully."""
        return self._now().items_successful

    @property
    def items_failed(self) -> int:
        """Items that failed."""
        return self._now().items_failed

    @property
    def items_retried(self) -> int:
        """Attempts repeated."""
        return self._now().items_retried

    @property
    def bytes_processed(self) -> int:
        """Bytes moved."""
        return self._now().bytes_processed

    @property
    def error_count(self) -> int:
        """Errors of all types."""
        return self._now().error_count

    @property
    def error_types(self) -> dict[str, int]:
        """Number of errors per type."""
        return dict(self._now().error_types)

    @property
    def last_error_message(self) -> str | None:
        """What the last error said; None without one."""
        return self._now().last_error_message

    @property
    def last_error_time(self) -> float | None:
        """When the last error occurred, seconds since 1970; None without one."""
        return seconds(self._now().last_error_at)

    @property
    def interruption_count(self) -> int:
        """Silences of over 300 seconds without an end."""
        return self._now().interruption_count

    @property
    def last_checkpoint_time(self) -> float | None:
        """When the last checkpoint was made, seconds since 1970; None before the first."""
        return seconds(self._now().last_checkpoint_at)

    @property
    def progress_updates(self) -> list[Document]:
        """All progress updates, oldest first, as `get_summary_dict` shows them."""
        with self._lock:
            return [dict(update) for update in self._recorder.progress]

    @property
    def custom_metrics(self) -> dict[str, JsonValue]:
        """Name of a metric to its latest value, as JSON."""
        with self._lock:
            return self._recorder.metrics

    def get_summary_dict(self) -> Document:
        """Return the complete summary.

        Returns:
            The keys of the process summary format, in its order (`summary_document`), as of
            now; if nothing happened since the last save, as of the last recorded event, so that
            it equals the exported file.
        """
        with self._lock:
            saved_at = self._recorder.saved_at
            return summary(
                self._recorder.current if saved_at is None else self._recorder.state,
                self.progress_updates,
                self.custom_metrics,
                as_of=saved_at or self._clock.now(),
            )

    def get_progress_summary(self) -> Document:
        """Return the recent progress.

        Returns:
            Nothing without a progress update; else total_updates, recent_updates (the last 5,
            oldest first), first_update and latest_update.
        """
        updates = self.progress_updates
        if not updates:
            return {}
        return {
            "total_updates": len(updates),
            "recent_updates": [*updates[-RECENT_UPDATES:]],
            "first_update": updates[0],
            "latest_update": updates[-1],
        }

    def _begin(self, *, is_checkpoint: bool) -> None:
        command = StartProcess(
            run_name=self.run_name,
            process_name=self.process_name,
            occurred_at=self._clock.now(),
        )
        self._recorder.begin(command, is_checkpoint=is_checkpoint)

    def _now(self) -> ProcessState:
        with self._lock:
            return self._recorder.current

    @contextmanager
    def _ledger(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._is_own_project:
                self._project.disconnect()
