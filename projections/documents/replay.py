"""A run as it happened: its events in order, and its state after each.

Events are read as needed and the state has counts, not lists, so memory use does not depend on
the length of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

from lineage.events import (
    ArtifactWritten,
    CheckpointRecorded,
    DatasetRead,
    Event,
    FileImported,
    MetricRecorded,
    OperationFailed,
    OperationProgressed,
    OperationReported,
    OperationRetryScheduled,
    OperationSkipped,
    OperationStarted,
    OperationSucceeded,
    RunArchived,
    RunFailed,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunRestored,
    RunResumed,
    RunStarted,
    RunSucceeded,
    WarningRaised,
    streams,
)
from lineage.kernel.errors import RunNotFoundError
from lineage.ledger import Ledger
from lineage.ledger.envelope import RecordedEvent

RUNNING: Final = "running"


class HasLedger(Protocol):
    """An object with a ledger, such as an open project."""

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOperation:
    """A running operation.

    Attributes:
        number: Its number in the run, from 1.
        name: Its name in reports.
    """

    number: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayState:
    """The state of a run after an event; the last one agrees with the catalog's row of the run.

    Attributes:
        run_id: Id of the run.
        events: Number of its events so far.
        status: running, succeeded, failed, interrupted or refused.
        first_recorded_at: When its first event was recorded.
        started_at: When it began or was refused; for an imported run, as stated in its record.
        ended_at: When it ended; None while it runs, and for an imported run.
        elapsed_s: Seconds between the recording of its first event and of this one.
        duration_s: Duration in seconds (monotonic clock); None before its end or if interrupted.
        peak_memory_mb: Peak memory of its process, MiB; None before its end.
        message: Why it failed, was interrupted or refused; None otherwise.
        open_operations: The running operations, in the order they began.
        operations_succeeded: Operations that succeeded.
        operations_failed: Operations that ended with an error.
        operations_skipped: Operations that were not executed.
        operations_interrupted: Operations still running when the run ended.
        steps_reported: Steps that a program ran itself.
        retries: Retries of operations.
        milestones: Milestones of operations.
        inputs: Files read.
        imports: Files copied into the task's folder.
        artifacts: Files written.
        artifact_bytes: Their total size, as far as known.
        metrics: Metrics recorded.
        warnings: Warnings raised.
        checkpoints: Checkpoints recorded.
        resumed_by: The run that resumed it; None if none did.
        is_archived: Whether it is hidden from the execution log.
    """

    run_id: str
    events: int = 0
    status: str = RUNNING
    first_recorded_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_s: float = 0.0
    duration_s: float | None = None
    peak_memory_mb: float | None = None
    message: str | None = None
    open_operations: tuple[OpenOperation, ...] = ()
    operations_succeeded: int = 0
    operations_failed: int = 0
    operations_skipped: int = 0
    operations_interrupted: int = 0
    steps_reported: int = 0
    retries: int = 0
    milestones: int = 0
    inputs: int = 0
    imports: int = 0
    artifacts: int = 0
    artifact_bytes: int = 0
    metrics: int = 0
    warnings: int = 0
    checkpoints: int = 0
    resumed_by: str | None = None
    is_archived: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the run is still running."""
        return self.status == RUNNING

    @property
    def operations_done(self) -> int:
        """Operations that succeeded, failed or were skipped."""
        return self.operations_succeeded + self.operations_failed + self.operations_skipped


Step: TypeAlias = tuple[RecordedEvent, ReplayState]
"""An event of a run, and the state of the run after it."""


def replay(
    history: Ledger | HasLedger, run_id: str, *, after: ReplayState | None = None
) -> Iterator[Step]:
    """Yield the events of a run in order, each with the state of the run after it.

    Args:
        history: The ledger, or a project.
        run_id: Id of the run.
        after: Continue after this state of the run; from the first event when None.

    Yields:
        Event and state, up to the last event recorded so far.

    Raises:
        RunNotFoundError: The ledger has no event of the run.
        LedgerError: The ledger cannot be read.
    """
    ledger = history if isinstance(history, Ledger) else history.ledger
    state = after or ReplayState(run_id=run_id)
    for recorded in ledger.iter_stream(streams.run(run_id), after=state.events):
        state = advance(state, recorded)
        yield recorded, state
    if not state.events:
        raise RunNotFoundError(
            f"run {run_id!r}",
            problem="not recorded",
            remedy="`lineage runs` lists them",
        )


def advance(before: ReplayState, recorded: RecordedEvent) -> ReplayState:
    """Return the state of a run after one more event."""
    event = recorded.event
    first = before.first_recorded_at or recorded.recorded_at
    changes: dict[str, Any] = {
        "events": recorded.version,
        "first_recorded_at": first,
        # a clock that was set back must not reduce it
        "elapsed_s": max(before.elapsed_s, (recorded.recorded_at - first).total_seconds()),
    }
    counter = _COUNTED.get(type(event))
    if counter is not None:
        changes[counter] = getattr(before, counter) + 1
    return replace(before, **changes, **_changes(before, recorded))


_COUNTED: Final[Mapping[type[Event], str]] = {
    ArtifactWritten: "artifacts",
    CheckpointRecorded: "checkpoints",
    DatasetRead: "inputs",
    FileImported: "imports",
    MetricRecorded: "metrics",
    OperationProgressed: "milestones",
    OperationReported: "steps_reported",
    OperationRetryScheduled: "retries",
    OperationSkipped: "operations_skipped",
    WarningRaised: "warnings",
}


def _changes(before: ReplayState, recorded: RecordedEvent) -> dict[str, Any]:
    """Return what an event changes besides the counts, by attribute."""
    event, at = recorded.event, recorded.recorded_at
    match event:
        case RunStarted():
            return {"started_at": at}
        case RunRefused():
            times = {"started_at": at, "ended_at": at}
            return {"status": "refused", "message": event.message, **times}
        case RunImported():
            return _imported(event)
        case RunSucceeded() | RunFailed() | RunInterrupted():
            interrupted = len(before.open_operations)
            ended = {"open_operations": (), "operations_interrupted": interrupted}
            return {"ended_at": at, **ended, **_outcome(event)}
        case RunResumed() | RunArchived() | RunRestored():
            return _afterwards(event)
        case OperationStarted() | OperationSucceeded() | OperationFailed():
            return _operations(before, event)
        case ArtifactWritten():
            return {"artifact_bytes": before.artifact_bytes + (event.size_bytes or 0)}
    return {}


def _imported(event: RunImported) -> dict[str, Any]:
    return {
        "status": "succeeded" if event.is_success else "failed",
        "started_at": event.occurred_at,
        "duration_s": _number(event.record.get("execution_time")),
        "inputs": _length(event.record.get("input_files")),
        "artifacts": _length(event.record.get("output_files")),
    }


def _outcome(event: RunSucceeded | RunFailed | RunInterrupted) -> dict[str, Any]:
    match event:
        case RunInterrupted():
            return {"status": "interrupted", "message": event.detail}
        case RunFailed():
            said: dict[str, Any] = {"status": "failed", "message": event.error.message}
        case RunSucceeded():
            said = {"status": "succeeded"}
    return {**said, "duration_s": event.duration_s, "peak_memory_mb": event.peak_memory_mb}


def _afterwards(event: RunResumed | RunArchived | RunRestored) -> dict[str, Any]:
    if isinstance(event, RunResumed):
        return {"resumed_by": event.resumed_by}
    return {"is_archived": isinstance(event, RunArchived)}


def _operations(
    before: ReplayState, event: OperationStarted | OperationSucceeded | OperationFailed
) -> dict[str, Any]:
    if isinstance(event, OperationStarted):
        begun = OpenOperation(number=event.operation, name=event.name)
        return {"open_operations": (*before.open_operations, begun)}
    still_open = tuple(o for o in before.open_operations if o.number != event.operation)
    if isinstance(event, OperationFailed):
        return {"open_operations": still_open, "operations_failed": before.operations_failed + 1}
    succeeded = before.operations_succeeded + 1
    return {"open_operations": still_open, "operations_succeeded": succeeded}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0
