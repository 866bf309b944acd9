"""The rules of a run.

A run is begun or refused, then takes facts until one terminal event: succeeded, failed,
interrupted or refused. After that only its description changes, and a failed or interrupted
run can be resumed by one other run at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, assert_never

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
from lineage.kernel import errors

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


class RunState(NamedTuple):
    """What the rules need to know about a run.

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
    file_lists: JsonObject = {}  # noqa: RUF012  # nobody changes a state in place

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
        raise errors.RunNotStartedError("run", problem="not started", remedy="start it first")
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
    counted = state._replace(version=state.version + 1)
    change = _CHANGES.get(type(event))
    return counted if change is None else change(counted, event)


def _operation_begun(state: RunState, event: OperationStarted) -> RunState:
    opened = (*state.open_operations, (event.operation, state.version))
    return state._replace(operations=event.operation, open_operations=opened)


def _operation_over(state: RunState, event: OperationSucceeded | OperationFailed) -> RunState:
    still_open = tuple(o for o in state.open_operations if o[0] != event.operation)
    return state._replace(open_operations=still_open)


def _annotated(state: RunState, event: RunAnnotated) -> RunState:
    return state._replace(file_lists=file_lists.changed(state.file_lists, event.changes))


def _imported(state: RunState, event: RunImported) -> RunState:
    return state._replace(status=RunStatus.SUCCEEDED if event.is_success else RunStatus.FAILED)


_CHANGES: Final[dict[type[Event], Callable[[RunState, Any], RunState]]] = {
    RunStarted: lambda state, event: state._replace(status=RunStatus.RUNNING, started=event),
    RunSucceeded: lambda state, _: state._replace(status=RunStatus.SUCCEEDED),
    RunFailed: lambda state, _: state._replace(status=RunStatus.FAILED),
    RunInterrupted: lambda state, _: state._replace(status=RunStatus.INTERRUPTED),
    RunRefused: lambda state, _: state._replace(status=RunStatus.REFUSED),
    RunImported: _imported,
    RunResumed: lambda state, event: state._replace(resumed_by=event.resumed_by),
    RunAnnotated: _annotated,
    RunArchived: lambda state, _: state._replace(is_archived=True),
    RunRestored: lambda state, _: state._replace(is_archived=False),
    OperationStarted: _operation_begun,
    OperationSkipped: lambda state, event: state._replace(operations=event.operation),
    OperationSucceeded: _operation_over,
    OperationFailed: _operation_over,
    CheckpointRecorded: lambda state, _: state._replace(checkpoints=state.checkpoints + 1),
}

RUN: Decider[RunState, RunCommand] = Decider(initial=RunState(), decide=decide, evolve=evolve)
"""The rules of the streams `run:<id>`."""


def _begin(state: RunState, command: BeginRun) -> tuple[Event, ...]:
    if state.status is not RunStatus.ABSENT:
        raise errors.RunExistsError(
            "run", problem=f"the id is already in use ({state.status.value})"
        )
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
                raise errors.OperationNotStartedError(
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
        raise errors.RunClosedError(
            "run", found=state.status.value, expected="an open run", remedy="start a new run"
        )


def _ended(state: RunState, command: EndRun) -> tuple[Event, ...]:
    # a run that fails or is interrupted may leave operations without an end: that is what happened
    if state.open_operations and isinstance(command.outcome, RunSucceeded):
        raise errors.OperationOpenError(
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
        raise errors.CommandRejectedError(
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
                raise errors.CommandRejectedError(
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
        raise errors.CommandRejectedError(
            "run to resume",
            found=state.status.value,
            expected="a failed or interrupted run",
            remedy="start a new run",
        )
    is_resumed = command.earlier_status in {RunStatus.RUNNING, RunStatus.SUCCEEDED}
    if is_resumed or command.earlier != state.resumed_by:
        status = command.earlier_status.value if is_resumed else "just now"
        raise errors.ResumeInProgressError(
            "run to resume",
            problem=f"already resumed by run {state.resumed_by} ({status})",
            remedy="look at that run",
        )
    return RunResumed(resumed_by=command.by)
