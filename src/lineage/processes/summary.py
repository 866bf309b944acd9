"""Count what a long-running process does, so that it survives interruptions and restarts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lineage.domain import ProcessState
from lineage.kernel.values import JsonValue
from lineage.processes.history import summary
from lineage.processes.recorder import ProcessRecorder
from projections.documents.process_summary import Document

RECENT_UPDATES: Final = 5
"""Progress updates that count as recent."""


class ProcessSummary(ProcessRecorder):
    """What one process of a pipeline run has done, over all its sessions.

    Making one begins a session: the first of the process, or the next one of a process that
    has not ended. If the last checkpoint is over 300 seconds old then, an interruption is
    counted. A process that has ended takes no counts until `start_process`.

    All methods but `save` work in memory: they are fast, and safe in an event loop and in
    many threads. `save` (or `await save_process_summary(summary)`) makes everything before it
    durable, in one transaction of the ledger; a process that is killed loses what it counted
    since. Between two saves counts become one event, errors one event a type, custom metrics
    one a name, checkpoints one; a progress update is an event of its own, after one with the
    counts until then.

    Times are seconds since 1970 in UTC, valid after a restart. Durations are seconds of work
    by the monotonic clock, all sessions together; the time nobody worked is not in them.

    Types and messages of errors and progress messages are kept in the caller's words, with
    passwords hidden, and cut beyond 1,000 characters: do not put data into them. Text in custom
    metrics and progress details is "***" if its name sounds like a secret.

    Args:
        process_name: What the process is called ("collect").
        run_name: The pipeline run it belongs to ("harvard_2024").
        project: Where it is recorded; when None, the project that LINEAGE_PROJECT names or
            that is around the current folder, or else the current folder.
        thresholds: When errors are worth an alert: an event, and a warning in the log.

    Raises:
        PathRefusedError: A name cannot be part of a file name.
        ConfigurationError: The project file has mistakes.
        LedgerUnavailableError: The ledger cannot be read.
    """

    @property
    def session_id(self) -> int:
        """Seconds since 1970 at the start of the first session; kept over restarts."""
        return self._live.state.session_id or 0

    @property
    def start_time(self) -> float:
        """When the first session began, seconds since 1970."""
        return _seconds(self._live.state.started_at) or 0.0

    @property
    def end_time(self) -> float | None:
        """When the process ended, seconds since 1970; None while it is open."""
        return _seconds(self._live.state.ended_at)

    @property
    def duration_seconds(self) -> float | None:
        """Seconds of work in all sessions; None while the process is open."""
        state = self._live.state
        return None if state.ended_at is None else state.worked_us / 1e6

    @property
    def items_processed(self) -> int:
        """Items handled."""
        with self._lock:
            return self._live.state.items_processed + self._segment.processed

    @property
    def items_successful(self) -> int:
        """Items done."""
        with self._lock:
            return self._live.state.items_successful + self._segment.successful

    @property
    def items_failed(self) -> int:
        """Items given up."""
        with self._lock:
            return self._live.state.items_failed + self._segment.failed

    @property
    def items_retried(self) -> int:
        """Attempts repeated."""
        with self._lock:
            return self._live.state.items_retried + self._segment.retried

    @property
    def bytes_processed(self) -> int:
        """Bytes moved."""
        with self._lock:
            return self._live.state.bytes_processed + self._segment.bytes_processed

    @property
    def error_count(self) -> int:
        """Errors of all types."""
        return self._state().error_count

    @property
    def error_types(self) -> dict[str, int]:
        """Type of error to how many."""
        return dict(self._state().error_types)

    @property
    def last_error_message(self) -> str | None:
        """What the last error said; None without one."""
        return self._state().last_error_message

    @property
    def last_error_time(self) -> float | None:
        """When the last error occurred, seconds since 1970; None without one."""
        return _seconds(self._state().last_error_at)

    @property
    def interruption_count(self) -> int:
        """Silences of over 300 seconds without an end."""
        return self._live.state.interruption_count

    @property
    def last_checkpoint_time(self) -> float | None:
        """When the last checkpoint was made, seconds since 1970; None before the first."""
        return _seconds(self._state().last_checkpoint_at)

    @property
    def progress_updates(self) -> list[Document]:
        """All progress updates, oldest first, as `get_summary_dict` shows them."""
        with self._lock:
            updates = (*self._history.recorded.progress, *self._live.progress)
        return [dict(update) for update in updates]

    @property
    def custom_metrics(self) -> dict[str, JsonValue]:
        """Name of a metric to its latest value, as JSON."""
        with self._lock:
            return self._history.recorded.metrics | self._live.metrics | self._segment.metrics

    def get_summary_dict(self) -> Document:
        """Return the complete summary.

        Returns:
            The keys of the process summary format, in its order (`summary_document`), as of
            now; if nothing happened since the last save, as of the last recorded event, so it
            equals the exported file.
        """
        with self._lock:
            saved_at = self._history.recorded_at
            is_saved = saved_at is not None and self._segment.is_empty and not self._steps
            return summary(
                self._live.state if is_saved else self._current(),
                self.progress_updates,
                self.custom_metrics,
                as_of=saved_at if saved_at is not None and is_saved else self._clock.now(),
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

    def _state(self) -> ProcessState:
        with self._lock:
            return self._current()


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
