"""What has happened to an operation: one step of a run."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt

from lineage.events.base import Event, JsonObject, OperationIndex, Recorded, Sha256


class ErrorFact(Recorded):
    """An error as the history keeps it: where it arose, without a value from the data.

    Attributes:
        error_type: Qualified name of the exception's class.
        message: What it says; for errors of other libraries, which may quote data, only their
            type is kept.
        traceback: One line per frame, innermost last, "file:line function".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    error_type: str
    message: str
    traceback: tuple[str, ...]


class OperationStarted(Event):
    """An operation began.

    Attributes:
        operation: Which one of the run.
        name: What reports call it.
        class_name: Qualified name of its class.
        code_version: Version and digest of its code.
        parameters: Its parameters, secrets redacted.
        seed: Seed of its random choices; None if it has none.
        reason: Why it is executed in a run that resumes another; None in other runs.
    """

    TOPIC: ClassVar[str] = "operation.started"
    operation: OperationIndex
    name: str
    class_name: str
    code_version: str
    parameters: JsonObject
    seed: int | None = None
    reason: str | None = None


class OperationProgressed(Event):
    """An operation passed a milestone.

    Attributes:
        operation: Which one of the run; None outside the executor.
        name: What it is called.
        message: The milestone.
        completed: Units done.
        total: Units to do; None if unknown.
    """

    TOPIC: ClassVar[str] = "operation.progressed"
    operation: OperationIndex | None
    name: str
    message: str
    completed: NonNegativeInt
    total: NonNegativeInt | None


class OperationSucceeded(Event):
    """An operation ended.

    Attributes:
        operation: Which one of the run.
        status: "warning" if it has something to say.
        duration_s: Seconds it took, monotonic clock.
        key: Digest of name, code version, parameters, seed and the digests of what it read.
        details: Facts for the report, no cell values.
        in_memory: Names of datasets that it took from memory or left there. No digest covers
            them, so such an operation is not reused.
    """

    TOPIC: ClassVar[str] = "operation.succeeded"
    operation: OperationIndex
    status: Literal["success", "warning"]
    duration_s: NonNegativeFloat
    key: Sha256
    details: JsonObject = {}
    in_memory: tuple[str, ...] = ()


class OperationFailed(Event):
    """An operation ended with an error.

    Attributes:
        operation: Which one of the run.
        duration_s: Seconds it took, monotonic clock.
        error: What went wrong.
        details: Facts for the report, no cell values.
    """

    TOPIC: ClassVar[str] = "operation.failed"
    operation: OperationIndex
    duration_s: NonNegativeFloat
    error: ErrorFact
    details: JsonObject = {}


class OperationRetryScheduled(Event):
    """An operation failed and will be tried again.

    Attributes:
        operation: Which one of the run.
        attempt: The attempt that failed, from 1.
        wait_s: Seconds until the next one.
        error: What went wrong.
    """

    TOPIC: ClassVar[str] = "operation.retry_scheduled"
    operation: OperationIndex
    attempt: PositiveInt
    wait_s: NonNegativeFloat
    error: ErrorFact


class OperationSkipped(Event):
    """An operation was not executed.

    Attributes:
        operation: Which one of the run.
        name: What reports call it.
        reason: Why not, for a reader.
        reused_run: The run whose result is reused; None if none is.
        reused_operation: Which operation of that run.
    """

    TOPIC: ClassVar[str] = "operation.skipped"
    operation: OperationIndex
    name: str
    reason: str
    reused_run: str | None = None
    reused_operation: OperationIndex | None = None


class OperationReported(Event):
    """A program stated the status of a step that it ran itself.

    Attributes:
        name: What it calls the step.
        status: "running", "success", "warning", "error" or its own word.
        details: What it says about the step.
    """

    TOPIC: ClassVar[str] = "operation.reported"
    name: str
    status: str
    details: JsonObject = {}
