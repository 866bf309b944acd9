"""Record what one process of a pipeline run does: the writing half of a process summary."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from lineage import settings
from lineage.domain import PROCESS, ProcessState
from lineage.domain.process import (
    EndProcess,
    ErrorThreshold,
    NoticeSilence,
    ObserveProcess,
    ProcessCommand,
    ProcessFact,
    ProcessStatus,
    StartProcess,
)
from lineage.events import Event, ProcessProgressed
from lineage.events.process import ProcessAlertRaised
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.redaction import redacted_metrics
from lineage.processes.history import ProcessHistory, ProcessTimeline
from lineage.processes.segment import ProcessSegment, stated
from lineage.project import Project

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A command that is not recorded yet, and the events it led to when it was given."""

    command: ProcessCommand
    events: tuple[Event, ...]


class ProcessRecorder:
    """The counts of a process in memory, and their way into the ledger.

    Arguments and errors are those of `ProcessSummary`.
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
        self._thresholds = tuple(thresholds)
        opened = project or _open_project()
        if project is None:
            weakref.finalize(self, opened.close)
        self._clock = opened.clock
        self._history = ProcessHistory(opened, run_name, process_name)
        # Counting takes `_lock` and never waits for the ledger; saving holds `_saving` while
        # it writes, and `_lock` for moments.
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        self._steps: list[_Step] = []
        self._rebase()
        self._segment = ProcessSegment(self._live.state.total_count)
        if not self._is_ended:
            self._begin(is_checkpoint=self._is_new)

    def start_process(self) -> None:
        """Begin the process: again if it has ended, anew if nothing has happened yet.

        In between it is under way, and this is a checkpoint.
        """
        with self._lock:
            is_untouched = self._is_new and len(self._steps) == 1 and not self._segment.is_counted
            if is_untouched:
                self._steps.clear()
            if is_untouched or self._is_ended:
                self._begin(is_checkpoint=True)
            else:
                self.checkpoint()

    def end_process(self) -> None:
        """End the process; without effect if it has ended."""
        with self._lock:
            if not self._is_ended:
                self._close_segment(always=True)
                self._do(EndProcess(occurred_at=self._clock.now()))

    def checkpoint(self) -> None:
        """Show that the process is alive.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._refuse_if_ended()
            self._segment.checkpoint_at = self._clock.now()

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
            successful: Of these, done.
            failed: Of these, given up.
            retried: Attempts repeated.
            bytes_count: Bytes moved.

        Raises:
            CommandRejectedError: A number is below 0 or not whole, all together are more than
                64 bits hold, or the process has ended.
        """
        with self._lock:
            if self._is_ended:
                self._refuse_if_ended()
            self._segment.count(processed, successful, failed, retried, bytes_count)

    def add_error(self, error_type: str, error_message: str) -> None:
        """Count an error.

        Args:
            error_type: Its type; errors are counted by it.
            error_message: What it says. It is recorded as given, so it should not quote data.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._refuse_if_ended()
            self._segment.add_error(error_type, error_message, self._clock.now())

    def add_progress_update(self, message: str, **kwargs: object) -> None:
        """Say how far the process is.

        Args:
            message: What to say.
            **kwargs: What to add; any values, kept as JSON.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._refuse_if_ended()
            progressed = ProcessProgressed(
                message=stated(message),
                context=redacted_metrics(kwargs),
                occurred_at=self._clock.now(),
            )
            self._close_segment(progressed)

    def set_custom_metric(self, key: str, value: object) -> None:
        """Set a metric of the process's own.

        Args:
            key: Its name.
            value: Its value; any, kept as JSON.

        Raises:
            CommandRejectedError: The process has ended.
        """
        with self._lock:
            self._refuse_if_ended()
            self._segment.set_metric(key, value)

    def detect_interruption(self) -> bool:
        """Tell whether the process was interrupted and has made no checkpoint since.

        It was if a session took it up, or this is called, over 300 seconds after the last
        checkpoint (or the start of the session, if that was later) without an end. Each such
        silence is counted once.
        """
        with self._lock:
            command = NoticeSilence(occurred_at=self._clock.now())
            if PROCESS.decide(self._current(), command):
                self._close_segment(always=True)
                self._do(command)
            return self._current().is_silent

    def save(self) -> None:
        """Make everything so far durable, then write the exported summary; blocks meanwhile.

        What cannot be recorded is kept for the next save. A summary that cannot be written is
        logged; it can be rebuilt from the ledger.

        Raises:
            CommandRejectedError: Another session has ended the process; `start_process`
                begins it again, and the next save records what is left.
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        with self._saving:
            with self._lock:
                self._close_segment()
                commands = [step.command for step in self._steps]
            if commands:
                self._record(commands)
            self._history.export(self._catch_up)

    @property
    def _is_new(self) -> bool:
        return self._history.recorded.state.status is ProcessStatus.ABSENT

    def _begin(self, *, is_checkpoint: bool) -> None:
        """Begin a session, the first or one after an end, or take the process up."""
        now = self._clock.now()
        command = StartProcess(
            run_name=self.run_name, process_name=self.process_name, occurred_at=now
        )
        recorded = self._history.recorded.state
        if recorded.status is ProcessStatus.ENDED and self._steps:
            # Another session has ended it: what is left to record has to follow a new start.
            self._steps.insert(0, _Step(command=command, events=PROCESS.decide(recorded, command)))
        self._rebase()
        if self._live.state.status is not ProcessStatus.OPEN or not self._steps:
            self._do(command)
        self._began_s = self._clock.monotonic()
        self._recorded_us = 0
        if is_checkpoint:
            self._segment.checkpoint_at = now

    def _refuse_if_ended(self) -> None:
        if self._is_ended:
            PROCESS.decide(self._live.state, ObserveProcess(facts=()))

    def _close_segment(self, *more: ProcessFact, always: bool = False) -> None:
        """Turn what was counted into facts, with more after them."""
        if self._segment.is_empty and not (more or always):
            return
        worked_us = self._unrecorded_us()
        facts = (*self._segment.facts(worked_us), *more)
        self._do(ObserveProcess(facts=facts, thresholds=self._thresholds))
        self._recorded_us += worked_us
        self._segment = ProcessSegment(self._live.state.total_count)

    def _do(self, command: ProcessCommand) -> None:
        step = _Step(command=command, events=PROCESS.decide(self._live.state, command))
        self._steps.append(step)
        self._live.apply(step.events)
        self._is_ended = self._live.state.status is ProcessStatus.ENDED

    def _unrecorded_us(self) -> int:
        worked_us = round((self._clock.monotonic() - self._began_s) * 1e6)
        return max(0, worked_us - self._recorded_us)

    def _current(self) -> ProcessState:
        """Return the state with everything that has been counted."""
        if self._is_ended:
            return self._live.state
        return PROCESS.fold(self._segment.facts(self._unrecorded_us()), self._live.state)

    def _record(self, commands: list[ProcessCommand]) -> None:
        try:
            events = self._history.append(commands)
        except CommandRejectedError:
            self._catch_up()
            raise
        with self._lock:
            del self._steps[: len(commands)]
        for event in events:
            if isinstance(event, ProcessAlertRaised):
                self._warn(event)

    def _catch_up(self) -> None:
        news = self._history.news()
        with self._lock:
            self._history.take_in(news)
            self._rebase()

    def _rebase(self) -> None:
        """See what is not recorded yet as following on what is."""
        self._live = ProcessTimeline(self._history.recorded.state)
        for step in self._steps:
            self._live.apply(step.events)
        self._is_ended = self._live.state.status is ProcessStatus.ENDED

    def _warn(self, alert: ProcessAlertRaised) -> None:
        _log.warning(
            "process %r of run %r: %s%s is %g, the threshold is %g",
            self.process_name,
            self.run_name,
            alert.measure,
            "" if alert.error_type is None else f" of {alert.error_type}",
            alert.measured,
            alert.threshold,
        )


def _open_project() -> Project:
    return Project(settings.find_root_or_here())
