"""What can be asked of a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never

from lineage import events
from lineage.kernel.values import JsonValue

RunFact: TypeAlias = (
    events.ArtifactGrouped
    | events.ArtifactWritten
    | events.BudgetSpent
    | events.ClassificationProposed
    | events.CodeCaptured
    | events.ColumnsAssumed
    | events.ColumnsDerived
    | events.ColumnsObserved
    | events.DatasetRead
    | events.EnvironmentCaptured
    | events.FileImported
    | events.MetricRecorded
    | events.OperationProgressed
    | events.OperationReported
    | events.OperationRetryScheduled
    | events.PurposeDeclared
    | events.RiskMeasured
    | events.WarningRaised
)
"""What an open run takes at any time."""

RunOutcome: TypeAlias = events.RunSucceeded | events.RunFailed | events.RunInterrupted


OperationOutcome: TypeAlias = events.OperationSucceeded | events.OperationFailed


class RunStatus(StrEnum):
    """The status of a run."""

    ABSENT = "absent"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What the caller found out about a task that the run's task depends on.

    Attributes:
        task: Id of the other task.
        run: The run that counts: the one asked for, else the latest that began; None if none
            did.
        status: Status of that run; ABSENT if there is none.
        require: Which run was asked for.
    """

    task: str
    run: str | None
    status: RunStatus
    require: events.Requirement = "latest_run"

    @property
    def fault(self) -> str | None:
        """Why it blocks the run, for a reader; None if it does not."""
        if self.status is RunStatus.SUCCEEDED:
            return None
        if self.require == "run" and self.status is RunStatus.ABSENT:
            return f"task {self.task!r} has no run {self.run!r}"
        if self.run is None:
            return f"task {self.task!r} has never run"
        match self.require:
            case "latest_run":
                return f"the latest run of task {self.task!r} ({self.run}) is {self.status.value}"
            case "latest_success":
                return (
                    f"no run of task {self.task!r} has succeeded, "
                    f"the latest ({self.run}) is {self.status.value}"
                )
            case "run":
                return f"run {self.run!r} of task {self.task!r} is {self.status.value}"
        assert_never(self.require)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRun:
    """Begin a run, unless a dependency blocks it.

    Attributes:
        started: The event to record.
        dependencies: One entry per declared dependency.
        continue_on_error: True begins despite unmet ones, with a warning for each.
    """

    started: events.RunStarted
    dependencies: tuple[Dependency, ...] = ()
    continue_on_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """Import a run that was recorded elsewhere; nothing is recorded if it is known."""

    imported: events.RunImported


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginOperation:
    """Begin the next operation; the attributes are those of `OperationStarted`."""

    name: str
    class_name: str
    code_version: str
    parameters: events.JsonObject
    seed: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOperation:
    """Record what an operation did, together with how it ended."""

    outcome: OperationOutcome
    facts: tuple[RunFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipOperation:
    """Record that the next operation is not executed."""

    name: str
    reason: str
    reused_run: str | None = None
    reused_operation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """Record facts of an open run."""

    facts: tuple[RunFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheckpoint:
    """Keep the state of an open run.

    Attributes:
        name: What to call it; None for the next name of its kind.
        kind: Who makes it.
        state: What to keep; None if a file holds it.
        sha256: Digest of that file, or of the state's canonical JSON.
        size_bytes: Length of that file, or of that JSON.
        is_encrypted: Whether the file is encrypted.
        discarded: Checkpoints that are discarded to make room for it.
    """

    name: str | None
    kind: events.CheckpointKind
    state: events.JsonObject | None
    sha256: str
    size_bytes: int
    is_encrypted: bool = False
    discarded: tuple[events.CheckpointDiscarded, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardCheckpoints:
    """Discard checkpoints, whether the run is open or has ended."""

    discarded: tuple[events.CheckpointDiscarded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """End an open run, with facts that belong to its end."""

    outcome: RunOutcome
    facts: tuple[RunFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """Let another run resume this one.

    Attributes:
        by: Id of the other run.
        earlier: The run that resumed it before, `RunState.resumed_by`; None if none did. If
            another one has done so since, the command is refused: one of two resumes wins.
        earlier_status: Status of that run; ABSENT if none did or it never began.
    """

    by: str
    earlier: str | None = None
    earlier_status: RunStatus = RunStatus.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiles:
    """Add files to what a run has read or written.

    Attributes:
        key: The list of the execution record that they belong to, "input_files" or
            "output_files".
        facts: What to record of them while the run is open.
        files: Their entries in that list, for a run that has ended; one whose path is there
            already is not added again.
        known: That list as it was when the run had ended and nobody had changed it since; None
            for a run that was open when it was read.
    """

    key: str
    facts: tuple[RunFact, ...]
    files: tuple[events.JsonObject, ...]
    known: tuple[JsonValue, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateRun:
    """Change the description of a run."""

    changes: events.JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRun:
    """Hide a run from the execution log."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRun:
    """Show a hidden run in the execution log again."""

    reason: str


RunCommand: TypeAlias = (
    BeginRun
    | ImportRun
    | BeginOperation
    | EndOperation
    | SkipOperation
    | Observe
    | RecordCheckpoint
    | DiscardCheckpoints
    | EndRun
    | ResumeRun
    | AddFiles
    | AnnotateRun
    | ArchiveRun
    | RestoreRun
)
