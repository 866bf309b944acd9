"""The rules of a counted process.

A process begins with its first session and takes facts until it ends; started again, it keeps
its counts and its session id. A session that resumes it finds out whether the previous one
fell silent: whether the last checkpoint is older than 300 seconds and nothing ended it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Final, TypeAlias, assert_never

from lineage.domain.decider import Decider
from lineage.events import (
    Event,
    ProcessCheckpointed,
    ProcessCounted,
    ProcessEnded,
    ProcessErrorRecorded,
    ProcessInterrupted,
    ProcessMetricSet,
    ProcessProgressed,
    ProcessStarted,
)
from lineage.events.process import MAX_COUNT, AlertMeasure, ProcessAlertRaised
from lineage.kernel.errors import CommandRejectedError, ConfigurationError

INTERRUPTED_AFTER: Final = timedelta(seconds=300)
"""Silence after which a process that has not ended counts as interrupted."""

ProcessFact: TypeAlias = (
    ProcessCounted
    | ProcessErrorRecorded
    | ProcessProgressed
    | ProcessMetricSet
    | ProcessCheckpointed
)
"""What an open process takes at any time."""


class ProcessStatus(StrEnum):
    """The status of a process."""

    ABSENT = "absent"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """What the rules and the counting code need to know about a process.

    Attributes:
        status: Its status.
        run_name: The pipeline run it belongs to; empty before its first session.
        process_name: What it is called in that run; empty before its first session.
        session_id: Seconds since 1970 at the start of its first session; None before it.
        started_at: When its first session began; None before it.
        ended_at: When it ended; None while it is open.
        last_checkpoint_at: Its last checkpoint; None before the first.
        alive_at: Its last sign of life: a session's start, a checkpoint, or the moment a
            silence was found.
        is_silent: Whether it was found interrupted and has not made a checkpoint since.
        worked_us: Microseconds of work, all sessions together.
        items_processed: Items handled.
        items_successful: Of these, successful.
        items_failed: Of these, failed.
        items_retried: Attempts repeated.
        bytes_processed: Bytes moved.
        error_types: Number of errors per type.
        last_error_message: What the last error said; None without one.
        last_error_at: When it occurred; None without one.
        interruption_count: Silences found.
    """

    status: ProcessStatus = ProcessStatus.ABSENT
    run_name: str = ""
    process_name: str = ""
    session_id: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_checkpoint_at: datetime | None = None
    alive_at: datetime | None = None
    is_silent: bool = False
    worked_us: int = 0
    items_processed: int = 0
    items_successful: int = 0
    items_failed: int = 0
    items_retried: int = 0
    bytes_processed: int = 0
    error_types: Mapping[str, int] = field(default_factory=dict)
    last_error_message: str | None = None
    last_error_at: datetime | None = None
    interruption_count: int = 0

    @property
    def duration_s(self) -> float:
        """Seconds of work, all sessions together."""
        return self.worked_us / 1e6

    @property
    def error_count(self) -> int:
        """Errors of all types."""
        return sum(self.error_types.values())

    @property
    def total_count(self) -> int:
        """Everything counted in one number; it must fit in 64 bits, and so does each count."""
        return (
            self.items_processed
            + self.items_successful
            + self.items_failed
            + self.items_retried
            + self.bytes_processed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorThreshold:
    """When errors are worth an alert.

    The measure is checked when counts are recorded. The alert is raised when it reaches the limit,
    and again only after it has dropped below it: a count never does, a percentage may.

    Attributes:
        limit: The value at which to alert.
        measure: "error_count", or "failed_percent" of the items processed.
        error_type: Count only errors of this type; None for all.

    Raises:
        ConfigurationError: The limit is not above 0, or a percentage is to be of one type.
    """

    limit: float
    measure: AlertMeasure = "error_count"
    error_type: str | None = None

    def __post_init__(self) -> None:
        """Refuse limits that are never reached or always exceeded."""
        if not self.limit > 0:
            raise ConfigurationError("limit of a threshold", found=self.limit, expected="above 0")
        if self.measure == "failed_percent" and self.error_type is not None:
            raise ConfigurationError(
                "threshold on failed_percent",
                problem=f"error type {self.error_type!r} given",
                expected="none, because it is a share of the items",
            )

    def measured(self, state: ProcessState) -> float:
        """Return what the threshold is compared with."""
        if self.measure == "failed_percent":
            return 100 * state.items_failed / state.items_processed if state.items_processed else 0
        if self.error_type is None:
            return state.error_count
        return state.error_types.get(self.error_type, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartProcess:
    """Begin a session: the first, one that resumes an open process, or one after its end."""

    run_name: str
    process_name: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserveProcess:
    """Record facts of an open process, and alerts if they reach a threshold."""

    facts: tuple[ProcessFact, ...]
    thresholds: tuple[ErrorThreshold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSilence:
    """Record an interruption if the process has been silent for too long."""

    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndProcess:
    """End an open process; nothing is recorded if it has ended."""

    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """Carry out commands in order, all or none."""

    commands: tuple[ProcessCommand, ...]


ProcessCommand: TypeAlias = StartProcess | ObserveProcess | NoticeSilence | EndProcess | InOrder


def decide(state: ProcessState, command: ProcessCommand) -> tuple[Event, ...]:
    """Return the events that a command leads to; none if it changes nothing.

    Raises:
        CommandRejectedError: Facts or an end are offered to a process that has not begun, or
            facts to one that has ended, or more is counted than 64 bits hold.
    """
    match command:
        case StartProcess():
            return _start(state, command)
        case ObserveProcess():
            return _observe(state, command)
        case NoticeSilence():
            return _interruption(state, command.occurred_at)
        case EndProcess():
            return _end(state, command)
        case InOrder():
            return _one_after_the_other(state, command)
    assert_never(command)


def evolve(state: ProcessState, event: Event) -> ProcessState:
    """Return the state after an event; events that change nothing here are ignored."""
    match event:
        case ProcessStarted():
            return _after_start(state, event)
        case ProcessCounted():
            return _after_count(state, event)
        case ProcessErrorRecorded():
            return _after_error(state, event)
        case ProcessCheckpointed():
            return _after_checkpoint(state, event)
        case ProcessInterrupted():
            return _after_interruption(state, event)
        case ProcessEnded():
            return _after_end(state, event)
    return state


PROCESS: Decider[ProcessState, ProcessCommand] = Decider(
    initial=ProcessState(), decide=decide, evolve=evolve
)
"""The rules of the streams `process:<run_name>/<process_name>`."""


def _start(state: ProcessState, command: StartProcess) -> tuple[Event, ...]:
    first_session = int(command.occurred_at.timestamp())
    return (
        *_interruption(state, command.occurred_at),
        ProcessStarted(
            run_name=command.run_name,
            process_name=command.process_name,
            session_id=first_session if state.session_id is None else state.session_id,
            occurred_at=command.occurred_at,
        ),
    )


def _observe(state: ProcessState, command: ObserveProcess) -> tuple[Event, ...]:
    _refuse_unless_open(state)
    after = reduce(evolve, command.facts, state)
    if after.total_count > MAX_COUNT:
        raise CommandRejectedError(
            f"counts of {_name(state)}", found=after.total_count, expected=f"at most {MAX_COUNT}"
        )
    reached = (
        threshold
        for threshold in command.thresholds
        if threshold.measured(state) < threshold.limit <= threshold.measured(after)
    )
    return (*command.facts, *(_alert(threshold, after) for threshold in reached))


def _alert(threshold: ErrorThreshold, state: ProcessState) -> ProcessAlertRaised:
    return ProcessAlertRaised(
        measure=threshold.measure,
        error_type=threshold.error_type,
        threshold=threshold.limit,
        measured=threshold.measured(state),
    )


def _name(state: ProcessState) -> str:
    return f"process {state.process_name!r} of run {state.run_name!r}"


def _refuse_unless_open(state: ProcessState) -> None:
    if state.status is not ProcessStatus.OPEN:
        raise CommandRejectedError(
            _name(state),
            found=state.status.value,
            expected="an open process",
            remedy="start_process() starts it, even after it has ended",
        )


def _interruption(state: ProcessState, now: datetime) -> tuple[ProcessInterrupted, ...]:
    if state.status is not ProcessStatus.OPEN or state.alive_at is None:
        return ()
    silence = now - state.alive_at
    if silence <= INTERRUPTED_AFTER:
        return ()
    return (ProcessInterrupted(silent_s=silence.total_seconds(), occurred_at=now),)


def _end(state: ProcessState, command: EndProcess) -> tuple[Event, ...]:
    if state.status is ProcessStatus.ENDED:
        return ()
    _refuse_unless_open(state)
    return (ProcessEnded(occurred_at=command.occurred_at),)


def _one_after_the_other(state: ProcessState, command: InOrder) -> tuple[Event, ...]:
    events: list[Event] = []
    for step in command.commands:
        decided = decide(state, step)
        state = reduce(evolve, decided, state)
        events += decided
    return tuple(events)


def _after_start(state: ProcessState, event: ProcessStarted) -> ProcessState:
    return replace(
        state,
        status=ProcessStatus.OPEN,
        run_name=event.run_name,
        process_name=event.process_name,
        session_id=event.session_id,
        started_at=state.started_at or event.occurred_at,
        ended_at=None,
        alive_at=event.occurred_at,
    )


def _after_count(state: ProcessState, event: ProcessCounted) -> ProcessState:
    return replace(
        state,
        worked_us=state.worked_us + event.worked_us,
        items_processed=state.items_processed + event.processed,
        items_successful=state.items_successful + event.successful,
        items_failed=state.items_failed + event.failed,
        items_retried=state.items_retried + event.retried,
        bytes_processed=state.bytes_processed + event.bytes_processed,
    )


def _after_error(state: ProcessState, event: ProcessErrorRecorded) -> ProcessState:
    count = state.error_types.get(event.error_type, 0) + event.count
    return replace(
        state,
        error_types={**state.error_types, event.error_type: count},
        last_error_message=event.message,
        last_error_at=event.occurred_at,
    )


def _after_checkpoint(state: ProcessState, event: ProcessCheckpointed) -> ProcessState:
    return replace(
        state,
        last_checkpoint_at=event.occurred_at,
        alive_at=event.occurred_at,
        is_silent=False,
    )


def _after_interruption(state: ProcessState, event: ProcessInterrupted) -> ProcessState:
    return replace(
        state,
        interruption_count=state.interruption_count + 1,
        alive_at=event.occurred_at,
        is_silent=True,
    )


def _after_end(state: ProcessState, event: ProcessEnded) -> ProcessState:
    return replace(state, status=ProcessStatus.ENDED, ended_at=event.occurred_at, is_silent=False)
