"""Turn a finished operation into the command that records what it did and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lineage.domain.run import EndOperation, OperationOutcome, RunFact
from lineage.events import (
    DatasetRead,
    ErrorFact,
    OperationFailed,
    OperationSucceeded,
    WarningRaised,
)
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.project import Project
from lineage.recording.column_facts import columns_derived, columns_undeclared
from lineage.recording.operation_key import operation_key
from lineage.recording.privacy_facts import privacy_facts
from lineage.recording.run_facts import artifact_written, metric_facts, stated_failure
from ops.result import DatasetRead as ReadByOperation
from ops.result import OperationResult, OperationStatus, OperationWarning

UNRECORDED: Final = (
    "took no dataset and handed back no file: what it reads and writes is not recorded"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedOperation:
    """An operation that is over, with all that is kept of it.

    Attributes:
        number: Its number in the run, from 1.
        name: What it was called when it began.
        key_parts: Name, code version, parameters and seed, for its key.
        result: What it handed back.
        reads: The dataset versions it used.
        in_memory: Names of datasets that it took from memory or left there.
        error: What went wrong; what the result says itself when None.
        inputs_on_record: What it used and is recorded already; part of its key like the rest.
        is_without_data: Whether it declares that it touches no data.
    """

    number: int
    name: str
    key_parts: Mapping[str, object]
    result: OperationResult
    reads: Sequence[ReadByOperation] = ()
    in_memory: Sequence[str] = ()
    error: ErrorFact | None = None
    inputs_on_record: Sequence[DatasetRead] = ()
    is_without_data: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether it ended with an error."""
        return self.result.status is OperationStatus.ERROR

    @property
    def is_unrecorded(self) -> bool:
        """Whether it worked, but neither took a dataset nor handed back a file."""
        has_worked = self.result.status not in {OperationStatus.ERROR, OperationStatus.SKIPPED}
        is_seen = self.reads or self.in_memory or self.result.artifacts or self.is_without_data
        return has_worked and not is_seen


def end_of(project: Project, finished: FinishedOperation) -> EndOperation:
    """Return the command that records what an operation did and how it ended.

    Args:
        project: Where the run belongs.
        finished: The operation.

    Raises:
        ReportingError: It wrote outside the folders the project may use.
    """
    number, result = finished.number, finished.result
    inputs = [_dataset_read(project, read, number) for read in finished.reads]
    artifacts = [artifact_written(project, artifact, number) for artifact in result.artifacts]
    derived = columns_derived(project, number, result.column_edges, inputs, artifacts)
    facts: list[RunFact] = [*inputs, *artifacts, *derived]
    facts += metric_facts(result.metrics, operation=number)
    facts += privacy_facts(project, number, result.privacy_facts, inputs, artifacts)
    facts += [
        WarningRaised(
            operation=number,
            name=finished.name,
            message=masked(warning.message),
            details=redacted(warning.details),
        )
        for warning in (*_warnings_about(finished), *result.warnings)
    ]
    if finished.has_failed:
        outcome: OperationOutcome = _failed(finished)
    else:
        read = list(zip(inputs, finished.reads, strict=True))
        facts += columns_undeclared(finished.name, read, artifacts, result, derived)
        used = ((i.uri, i.sha256) for i in (*finished.inputs_on_record, *inputs))
        key = operation_key(project, finished.key_parts, used)
        outcome = _succeeded(finished, key)
    return EndOperation(outcome=outcome, facts=tuple(facts))


def _dataset_read(project: Project, read: ReadByOperation, operation: int) -> DatasetRead:
    return DatasetRead(
        operation=operation,
        name=read.name,
        uri=project.name_of(read.uri),
        sha256=read.sha256,
        size_bytes=read.size_bytes,
        format=read.format,
        rows=read.rows,
        columns=read.columns,
    )


def _failed(finished: FinishedOperation) -> OperationFailed:
    result = finished.result
    return OperationFailed(
        operation=finished.number,
        duration_s=result.execution_time or 0.0,
        error=finished.error or stated_failure(result),
        details=redacted(result.details),
    )


def _succeeded(finished: FinishedOperation, key: str) -> OperationSucceeded:
    result = finished.result
    return OperationSucceeded(
        operation=finished.number,
        status="success" if result.status is OperationStatus.SUCCESS else "warning",
        duration_s=result.execution_time or 0.0,
        key=key,
        details=redacted(result.details),
        in_memory=tuple(finished.in_memory),
    )


def _warnings_about(finished: FinishedOperation) -> list[OperationWarning]:
    if finished.result.status is OperationStatus.SKIPPED:
        details = finished.result.details
        return [OperationWarning(message="the operation skipped its work", details=details)]
    if finished.is_unrecorded:
        return [OperationWarning(message=f"operation {finished.name!r} {UNRECORDED}")]
    return []
