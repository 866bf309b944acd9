"""What has happened to a run: one execution of a task."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
)

from lineage.events.base import Event, JsonField, JsonObject, Sha256
from lineage.events.operation import ErrorFact


class RunStarted(Event):
    """A run began.

    Attributes:
        task_type: Type of the task.
        description: What the task is for.
        task_version: The author's version of the task.
        product_version: Version of this product.
        script_path: The program that was started.
        report_path: Where its report is exported, relative to the project if inside.
        host: Network name of the machine.
        pid: Process number.
        process_started_at: Start of the process, seconds since 1970.
        config_sha256: Digest of the configuration it runs under; None without one.
        seed: Seed of all random choices; None if none was given.
        upstream_runs: Task id to run id of each dependency's run that it builds on.
        resumes: The run it resumes; None if it resumes none.
    """

    TOPIC: ClassVar[str] = "run.started"
    task_type: str
    description: str
    task_version: str
    product_version: str
    script_path: str
    report_path: str
    host: str
    pid: NonNegativeInt
    process_started_at: NonNegativeFloat
    config_sha256: Sha256 | None = None
    seed: int | None = None
    upstream_runs: dict[str, str] = {}
    resumes: str | None = None


class RunRefused(Event):
    """A run was requested and refused.

    Attributes:
        task_type: Type of the task.
        description: What the task is for.
        report_path: Where its report would be exported.
        reason: What refused it.
        message: Why, for a reader.
        depends_on: The task that blocked it.
        depends_on_run: That task's run that counted, most often its latest; None if it never ran.
    """

    TOPIC: ClassVar[str] = "run.refused"
    task_type: str
    description: str
    report_path: str
    reason: Literal["dependency"]
    message: str
    depends_on: str
    depends_on_run: str | None


class RunImported(Event):
    """A run that was recorded elsewhere was imported, with what its record said.

    Attributes:
        occurred_at: When it happened, as far as its record says; a record without offset is
            taken as UTC.
        is_success: Whether its record calls it a success.
        record: The record as it was, every key kept.
        source: Name of the file it came from.
    """

    TOPIC: ClassVar[str] = "run.imported"
    occurred_at: AwareDatetime
    is_success: bool
    record: JsonObject
    source: str


class RunResumed(Event):
    """Another run resumed this one where it stopped.

    Attributes:
        resumed_by: Id of the other run.
    """

    TOPIC: ClassVar[str] = "run.resumed"
    resumed_by: str


class RunInterrupted(Event):
    """A run stopped without an outcome.

    Attributes:
        reason: "keyboard": Ctrl-C; "signal": asked to end; "process_gone": its process died;
            "silent": no sign of life for longer than the threshold.
        detail: What was observed, for a reader.
    """

    TOPIC: ClassVar[str] = "run.interrupted"
    reason: Literal["keyboard", "signal", "process_gone", "silent"]
    detail: str


class RunSucceeded(Event):
    """A run succeeded.

    Attributes:
        duration_s: Seconds from start to end, monotonic clock.
        peak_memory_mb: Most memory its process held, MiB; None if not measured.
        operations_failed: Operations that failed under `continue_on_error`.
    """

    TOPIC: ClassVar[str] = "run.succeeded"
    duration_s: NonNegativeFloat
    peak_memory_mb: NonNegativeFloat | None
    operations_failed: NonNegativeInt = 0


class RunFailed(Event):
    """A run ended with an error.

    Attributes:
        duration_s: Seconds from start to end, monotonic clock.
        peak_memory_mb: Most memory its process held, MiB; None if not measured.
        error: What went wrong.
    """

    TOPIC: ClassVar[str] = "run.failed"
    duration_s: NonNegativeFloat
    peak_memory_mb: NonNegativeFloat | None
    error: ErrorFact


class RunAnnotated(Event):
    """Somebody added to or corrected the description of a run.

    Attributes:
        changes: Key of the execution record to its new value.
    """

    TOPIC: ClassVar[str] = "run.annotated"
    changes: JsonObject


class RunRestored(Event):
    """A hidden run is shown in the execution log again.

    Attributes:
        reason: Why.
    """

    TOPIC: ClassVar[str] = "run.restored"
    reason: str


class RecordSetAside(Event):
    """An entry of an execution log could not be imported and is kept here.

    Attributes:
        reason: What is wrong with it.
        record: The entry as it was.
        source: Name of the file it came from.
    """

    TOPIC: ClassVar[str] = "record.set_aside"
    reason: str
    record: JsonField
    source: str


class RecordCorrected(Event):
    """An entry that was set aside was corrected by a later import, or left the log.

    Attributes:
        set_aside_position: Position of the event that set it aside.
        source: Name of the file that was imported later.
    """

    TOPIC: ClassVar[str] = "record.corrected"
    set_aside_position: PositiveInt
    source: str


class RunArchived(Event):
    """A run was hidden from the execution log; its events stay.

    Attributes:
        reason: Why.
    """

    TOPIC: ClassVar[str] = "run.archived"
    reason: str


ComparisonOutcome = Literal["equal", "different", "not_comparable"]
"""The result of a comparison."""


class OutputCompared(BaseModel):
    """How one output came out when its run was executed again.

    Attributes:
        uri: The file as the run recorded it.
        outcome: "equal" if both digests are the same.
        recorded_sha256: Digest that the run recorded; None if it had none.
        found_sha256: Digest of what was written this time; None if nothing was.
        columns: Columns that differ, as far as is known.
        rows_differing: Rows that differ; None if not known.
        reason: How it differs or why it cannot be compared, no cell values; empty if equal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    uri: str
    outcome: ComparisonOutcome
    recorded_sha256: Sha256 | None
    found_sha256: Sha256 | None
    columns: tuple[str, ...]
    rows_differing: NonNegativeInt | None
    reason: str


class RunCompared(Event):
    """A run was executed again, outside the project, and its outputs were compared.

    It has its own stream, so that nothing is added to the run.

    Attributes:
        run: Id of the run.
        task: The task it executed.
        outcome: "equal" if every output is; "different" if one is; else "not_comparable".
        reason: Why it could not be executed again as it was; empty if it could.
        product_version: Version of this product that executed it again.
        outputs: One entry per file that the run had written.
        notes: What had changed: code, packages, configuration.
    """

    TOPIC: ClassVar[str] = "run.compared"
    run: str
    task: str
    outcome: ComparisonOutcome
    reason: str
    product_version: str
    outputs: tuple[OutputCompared, ...]
    notes: tuple[str, ...]
