"""The rules of a run.

A run is begun or refused, then takes facts until one terminal event: succeeded, failed,
interrupted or refused. After that only its description changes, and a failed or interrupted
run can be resumed by one other run at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from lineage.domain import file_lists
from lineage.domain.decider import Decider
from lineage.domain.run_commands import (
    AddFiles,
    AnnotateRun,
    ArchiveRun,
    BeginOperation,
    BeginRun,
    Dependency,
    DiscardCheckpoints,
    EndOperation,
    EndRun,
    ImportRun,
    Observe,
    OperationOutcome,
    RecordCheckpoint,
    RestoreRun,
    ResumeRun,
    RunCommand,
    RunFact,
    RunOutcome,
    RunStatus,
    SkipOperation,
)
from lineage.events import (
    CheckpointRecorded,
    Event,
    JsonObject,
    OperationFailed,
    OperationSkipped,
    OperationStarted,
    OperationSucceeded,
    RunAnnotated,
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
)
from lineage.kernel.errors import (
    CommandRejectedError,
    OperationNotStartedError,
    OperationOpenError,
    ResumeInProgressError,
    RunClosedError,
    RunExistsError,
    RunNotStartedError,
)

__all__ = [
    "GIVEN_NAMES",
    "IDENTITY_FIELDS",
    "RUN",
    "RUN_ENDS",
    "AddFiles",
    "AnnotateRun",
    "ArchiveRun",
    "BeginOperation",
    "BeginRun",
    "Dependency",
    "DiscardCheckpoints",
    "EndOperation",
    "EndRun",
    "ImportRun",
    "Observe",
    "OperationOutcome",
    "RecordCheckpoint",
    "RestoreRun",
    "ResumeRun",
    "RunCommand",
    "RunFact",
    "RunOutcome",
    "RunState",
    "RunStatus",
    "SkipOperation",
    "decide",
    "evolve",
]

RUN_ENDS = (RunSucceeded, RunFailed, RunInterrupted, RunRefused, RunImported)
"""Events after which a run takes no facts."""


GIVEN_NAMES = ("automatic-", "error-")
"""Prefixes of the names that the framework gives to checkpoints."""

IDENTITY_FIELDS = frozenset({"task_id", "task_run_id", "timestamp"})
"""Keys of an execution record that nobody may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What the rules need to know of a run.

    Attributes:
        status: Its status.
        operations: How many operations have begun or been skipped.
        open_operations: Those still running, each with the version of its `operation.started`.
        checkpoints: How many have been recorded.
        version: Number of events folded.
        resumed_by: The run that last resumed this one.
        is_archived: Whether it is hidden from the execution log.
        started: Its first event; None before it begins.
        file_lists: The lists of files in its record that were changed since, by their key.
    """

    status: RunStatus = RunStatus.ABSENT
    operations: int = 0
    open_operations: tuple[tuple[int, int], ...] = ()
    checkpoints: int = 0
    version: int = 0
    resumed_by: str | None = None
    is_archived: bool = False
    started: RunStarted | None = None
    file_lists: JsonObject = field(default_factory=dict)

    def version_of(self, operation: int | None) -> int | None:
        """Return the version of an open operation's start; None if it is not open."""
        return dict(self.open_operations).get(operation) if operation is not None else None


def decide(state: RunState, command: RunCommand) -> tuple[Event, ...]:
    """Return the events that a command leads to.

    Raises:
        RunExistsError: The run has already begun or been refused.
        RunNotStartedError: The run has not begun.
        RunClosedError: The run has ended.
        OperationNotStartedError: The operation is not running.
        OperationOpenError: The run cannot succeed while an operation is running.
        ResumeInProgressError: Another run has resumed it and is still open.
        CommandRejectedError: Identity fields would change, the run cannot be resumed, or the
            name of a checkpoint is one that the framework gives.
    """
    if isinstance(command, BeginRun):
        return _begin(state, command)
    if isinstance(command, ImportRun):
        return (command.imported,) if state.status is RunStatus.ABSENT else ()
    if state.status is RunStatus.ABSENT:
        raise RunNotStartedError("run", problem="not started", remedy="start it first")
    match command:
        case DiscardCheckpoints():
            return command.discarded
        case AddFiles():
            return _files_added(state, command)
        case ResumeRun() | AnnotateRun() | ArchiveRun() | RestoreRun():
            return _after_the_end(state, command)
    _refuse_unless_open(state)
    return _while_open(state, command)


def evolve(state: RunState, event: Event) -> RunState:
    """Return the state after an event; events that change nothing here only count."""
    checkpoints = state.checkpoints + isinstance(event, CheckpointRecorded)
    state = replace(state, version=state.version + 1, checkpoints=checkpoints)
    match event:
        case RunStarted():
            return replace(state, status=RunStatus.RUNNING, started=event)
        case OperationStarted():
            opened = (*state.open_operations, (event.operation, state.version))
            return replace(state, operations=event.operation, open_operations=opened)
        case OperationSkipped():
            return replace(state, operations=event.operation)
        case OperationSucceeded() | OperationFailed():
            still_open = tuple(o for o in state.open_operations if o[0] != event.operation)
            return replace(state, open_operations=still_open)
        case RunResumed() | RunAnnotated() | RunArchived() | RunRestored():
            return _after_change(state, event)
        case RunSucceeded() | RunFailed() | RunInterrupted() | RunRefused() | RunImported():
            return replace(state, status=_status_after(event))
    return state


def _after_change(
    state: RunState, event: RunResumed | RunAnnotated | RunArchived | RunRestored
) -> RunState:
    match event:
        case RunResumed():
            return replace(state, resumed_by=event.resumed_by)
        case RunAnnotated():
            return replace(state, file_lists=file_lists.changed(state.file_lists, event.changes))
        case RunArchived() | RunRestored():
            return replace(state, is_archived=isinstance(event, RunArchived))
    assert_never(event)


def _status_after(
    event: RunSucceeded | RunFailed | RunInterrupted | RunRefused | RunImported,
) -> RunStatus:
    if isinstance(event, RunImported):
        return RunStatus.SUCCEEDED if event.is_success else RunStatus.FAILED
    return _STATUS_AFTER[type(event)]


_STATUS_AFTER: dict[type[Event], RunStatus] = {
    RunSucceeded: RunStatus.SUCCEEDED,
    RunFailed: RunStatus.FAILED,
    RunInterrupted: RunStatus.INTERRUPTED,
    RunRefused: RunStatus.REFUSED,
}

RUN: Decider[RunState, RunCommand] = Decider(initial=RunState(), decide=decide, evolve=evolve)
"""The rules of the streams `run:<id>`."""


def _begin(state: RunState, command: BeginRun) -> tuple[Event, ...]:
    if state.status is not RunStatus.ABSENT:
        raise RunExistsError("run", problem=f"the id is already in use ({state.status.value})")
    unmet = [(d, d.fault) for d in command.dependencies if d.fault is not None]
    if unmet and not command.continue_on_error:
        return (_refusal(command.started, *unmet[0]),)
    warnings = [
        WarningRaised(operation=None, name="dependencies", message=fault) for _, fault in unmet
    ]
    return (command.started, *warnings)


def _refusal(started: RunStarted, dependency: Dependency, fault: str) -> RunRefused:
    return RunRefused(
        task_type=started.task_type,
        description=started.description,
        report_path=started.report_path,
        reason="dependency",
        message=fault,
        depends_on=dependency.task,
        depends_on_run=dependency.run,
    )


def _while_open(
    state: RunState,
    command: BeginOperation | EndOperation | SkipOperation | Observe | RecordCheckpoint | EndRun,
) -> tuple[Event, ...]:
    match command:
        case BeginOperation():
            return (_operation_started(state, command),)
        case SkipOperation():
            return (_operation_skipped(state, command),)
        case EndOperation():
            if state.version_of(command.outcome.operation) is None:
                raise OperationNotStartedError(
                    "operation", found=command.outcome.operation, expected="one that is running"
                )
            return (*command.facts, command.outcome)
        case Observe():
            return command.facts
        case RecordCheckpoint():
            return (_checkpoint_recorded(state, command), *command.discarded)
        case EndRun():
            return _ended(state, command)
    assert_never(command)


def _refuse_unless_open(state: RunState) -> None:
    if state.status is not RunStatus.RUNNING:
        raise RunClosedError(
            "run", found=state.status.value, expected="an open run", remedy="start a new run"
        )


def _ended(state: RunState, command: EndRun) -> tuple[Event, ...]:
    # a run that fails or is interrupted may leave operations without an end: that is what happened
    if state.open_operations and isinstance(command.outcome, RunSucceeded):
        raise OperationOpenError(
            "success of a run",
            problem=f"operation {state.open_operations[0][0]} is still running",
            remedy="record how it ended, or let the run fail",
        )
    return (*command.facts, command.outcome)


def _operation_started(state: RunState, command: BeginOperation) -> OperationStarted:
    return OperationStarted(
        operation=state.operations + 1,
        name=command.name,
        class_name=command.class_name,
        code_version=command.code_version,
        parameters=command.parameters,
        seed=command.seed,
        reason=command.reason,
    )


def _checkpoint_recorded(state: RunState, command: RecordCheckpoint) -> CheckpointRecorded:
    started = state.started
    return CheckpointRecorded(
        name=_checkpoint_name(state, command),
        kind=command.kind,
        operation=state.operations or None,
        state=command.state,
        sha256=command.sha256,
        size_bytes=command.size_bytes,
        is_encrypted=command.is_encrypted,
        task_version=started.task_version if started is not None else None,
        config_sha256=started.config_sha256 if started is not None else None,
    )


def _checkpoint_name(state: RunState, command: RecordCheckpoint) -> str:
    # from the run's sequence, as two can be made in one second
    if command.name is None:
        return f"{command.kind}-{state.checkpoints + 1}"
    if command.name.startswith(GIVEN_NAMES):
        raise CommandRejectedError(
            "name of a checkpoint",
            found=command.name,
            expected="one that does not start with " + " or ".join(map(repr, GIVEN_NAMES)),
            remedy="choose another; these prefixes are for checkpoints without a name of yours",
        )
    return command.name


def _operation_skipped(state: RunState, command: SkipOperation) -> OperationSkipped:
    return OperationSkipped(
        operation=state.operations + 1,
        name=command.name,
        reason=command.reason,
        reused_run=command.reused_run,
        reused_operation=command.reused_operation,
    )


def _files_added(state: RunState, command: AddFiles) -> tuple[Event, ...]:
    if state.status is RunStatus.RUNNING:
        return command.facts
    if command.known is None:
        _refuse_unless_open(state)
    known = state.file_lists.get(command.key, list(command.known or ()))
    extended = file_lists.extended(known, command.files)
    return () if extended is None else (RunAnnotated(changes={command.key: extended}),)


def _after_the_end(
    state: RunState, command: ResumeRun | AnnotateRun | ArchiveRun | RestoreRun
) -> tuple[Event, ...]:
    match command:
        case ResumeRun():
            return (_resumed(state, command),)
        case AnnotateRun():
            fixed = sorted(IDENTITY_FIELDS & command.changes.keys())
            if fixed:
                raise CommandRejectedError(
                    "changes to a run",
                    found=fixed,
                    expected="no identity field (" + ", ".join(sorted(IDENTITY_FIELDS)) + ")",
                )
            return (RunAnnotated(changes=command.changes),)
        case ArchiveRun():
            return () if state.is_archived else (RunArchived(reason=command.reason),)
        case RestoreRun():
            return (RunRestored(reason=command.reason),) if state.is_archived else ()
    assert_never(command)


def _resumed(state: RunState, command: ResumeRun) -> RunResumed:
    if state.status not in {RunStatus.FAILED, RunStatus.INTERRUPTED}:
        raise CommandRejectedError(
            "run to resume",
            found=state.status.value,
            expected="a failed or interrupted run",
            remedy="start a new run",
        )
    is_resumed = command.earlier_status in {RunStatus.RUNNING, RunStatus.SUCCEEDED}
    if is_resumed or command.earlier != state.resumed_by:
        status = command.earlier_status.value if is_resumed else "just now"
        raise ResumeInProgressError(
            "run to resume",
            problem=f"already resumed by run {state.resumed_by} ({status})",
            remedy="look at that run",
        )
    return RunResumed(resumed_by=command.by)
