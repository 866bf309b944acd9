"""What a process has done and not recorded yet, and how it gets into the ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock

from lineage.domain import PROCESS, ProcessState
from lineage.domain.process import (
    ErrorThreshold,
    ObserveProcess,
    ProcessCommand,
    ProcessFact,
    ProcessStatus,
    StartProcess,
)
from lineage.events import Event
from lineage.events.process import ProcessAlertRaised
from lineage.kernel.clock import Clock
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.values import JsonValue
from lineage.processes.history import ProcessHistory, ProcessTimeline
from lineage.processes.segment import ProcessSegment
from projections.documents.processes.process_summary import Document

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A command that is not recorded yet, and the events it led to when it was given."""

    command: ProcessCommand
    events: tuple[Event, ...]


class ProcessRecorder:
    """The counts and steps of a process that wait for the ledger.

    Counts and errors gather in a segment; closing it makes a step of it, decided at once.

    Args:
        history: What the ledger holds of the process.
        clock: Measures the work.
        thresholds: When errors are worth an alert.
        lock: Held by the caller of everything but `record` and `export`, which take it for
            moments and write without it.

    Attributes:
        segment: What was counted since the last step.
        is_ended: Whether the process has ended, as of the last step.
    """

    def __init__(
        self,
        history: ProcessHistory,
        *,
        clock: Clock,
        thresholds: Iterable[ErrorThreshold],
        lock: RLock,
    ) -> None:
        self._history = history
        self._clock = clock
        self._thresholds = tuple(thresholds)
        self._lock = lock
        self._steps: list[_Step] = []
        self._began_s = clock.monotonic()
        self._recorded_us = 0
        self._rebase()
        self.segment = ProcessSegment(self._live.state.total_count)

    @property
    def is_new(self) -> bool:
        """Whether nothing of the process is recorded."""
        return self._history.recorded.state.status is ProcessStatus.ABSENT

    @property
    def is_untouched(self) -> bool:
        """Whether nothing but the start of the process is recorded."""
        return self.is_new and len(self._steps) == 1 and not self.segment.is_counted

    @property
    def saved_at(self) -> datetime | None:
        """When the last event was recorded; None if something waits to be recorded."""
        is_saved = self.segment.is_empty and not self._steps
        return self._history.recorded_at if is_saved else None

    @property
    def state(self) -> ProcessState:
        """The state of the process as of the last step."""
        return self._live.state

    @property
    def current(self) -> ProcessState:
        """The state of the process with everything that has been counted."""
        if self.is_ended:
            return self.state
        return PROCESS.fold(self.segment.facts(self._unrecorded_us()), self.state)

    @property
    def progress(self) -> list[Document]:
        """All progress updates, oldest first."""
        return [*self._history.recorded.progress, *self._live.progress]

    @property
    def metrics(self) -> dict[str, JsonValue]:
        """The latest values of all custom metrics."""
        return self._history.recorded.metrics | self._live.metrics | self.segment.metrics

    def begin(self, command: StartProcess, *, is_checkpoint: bool) -> None:
        """Begin a session, the first or one after an end, or resume the process."""
        if self.is_untouched:
            self._steps.clear()
        recorded = self._history.recorded.state
        if recorded.status is ProcessStatus.ENDED and self._steps:
            # Another session has ended it: what is left to record has to follow a new start.
            self._steps.insert(0, _Step(command=command, events=PROCESS.decide(recorded, command)))
        self._rebase()
        if self.state.status is not ProcessStatus.OPEN or not self._steps:
            self.take(command)
        self._began_s = self._clock.monotonic()
        self._recorded_us = 0
        if is_checkpoint:
            self.segment.checkpoint_at = command.occurred_at

    def take(self, command: ProcessCommand) -> None:
        """Take a step.

        Raises:
            CommandRejectedError: The rules refuse it.
        """
        step = _Step(command=command, events=PROCESS.decide(self.state, command))
        self._steps.append(step)
        self._apply(step)

    def close_segment(self, *more: ProcessFact, always: bool = False) -> None:
        """Take a step with what was counted, and with more facts after it.

        Args:
            more: The further facts.
            always: Even if there is nothing to record but the time that has passed.
        """
        if self.segment.is_empty and not (more or always):
            return
        worked_us = self._unrecorded_us()
        facts = (*self.segment.facts(worked_us), *more)
        self.take(ObserveProcess(facts=facts, thresholds=self._thresholds))
        self._recorded_us += worked_us
        self.segment = ProcessSegment(self.state.total_count)

    def refuse_if_ended(self) -> None:
        """Refuse facts of a process that has ended, as the rules do.

        Raises:
            CommandRejectedError: It has.
        """
        if self.is_ended:
            PROCESS.decide(self.state, ObserveProcess(facts=()))

    def record(self) -> None:
        """Append everything that waits, durably; what cannot be recorded keeps waiting.

        Raises:
            CommandRejectedError: Another session has ended the process.
            LedgerUnavailableError: The ledger cannot be read or written.
        """
        with self._lock:
            self.close_segment()
            commands = [step.command for step in self._steps]
        if not commands:
            return
        try:
            events = self._history.append(commands)
        except CommandRejectedError:
            self._catch_up()
            raise
        with self._lock:
            del self._steps[: len(commands)]
        self._warn(events)

    def export(self) -> None:
        """Write the summary of what is recorded (`ProcessHistory.export`).

        Raises:
            LedgerUnavailableError: The ledger cannot be read.
        """
        self._history.export(self._catch_up)

    def _unrecorded_us(self) -> int:
        worked_us = round((self._clock.monotonic() - self._began_s) * 1e6)
        return max(0, worked_us - self._recorded_us)

    def _catch_up(self) -> None:
        news = self._history.news()
        with self._lock:
            self._history.take_in(news)
            self._rebase()

    def _rebase(self) -> None:
        """Rebase what is not recorded yet on what is."""
        self._live = ProcessTimeline(self._history.recorded.state)
        self.is_ended = self.state.status is ProcessStatus.ENDED
        for step in self._steps:
            self._apply(step)

    def _apply(self, step: _Step) -> None:
        self._live.apply(step.events)
        self.is_ended = self.state.status is ProcessStatus.ENDED

    def _warn(self, events: Sequence[Event]) -> None:
        for alert in events:
            if isinstance(alert, ProcessAlertRaised):
                _log.warning(
                    "process %r of run %r: %s%s is %g, the threshold is %g",
                    self.state.process_name,
                    self.state.run_name,
                    alert.measure,
                    "" if alert.error_type is None else f" of {alert.error_type}",
                    alert.measured,
                    alert.threshold,
                )
