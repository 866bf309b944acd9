"""Record how an operation begins, is retried, and ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Final

from lineage.kernel.errors import (
    CommandRejectedError,
    LedgerConflictError,
    LedgerUnavailableError,
)
from lineage.kernel.secrets.redaction import masked, redacted
from lineage.kernel.values import to_json
from lineage.recording.column_facts import TABULAR
from lineage.recording.error_facts import UNKNOWN, qualified_name
from lineage.recording.operation_facts import FinishedOperation
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import stated_failure
from lineage.tasks.dependencies.inputs import DependencyFiles
from lineage.tasks.execution.attempt import Outcome, distinct, failure
from lineage.tasks.execution.job import NO_PARAMETERS, Job, stated_use
from lineage.tasks.execution.reuse import Reuse, ReusedOperation
from ops.base import BaseOperation, DataUse, code_of, is_plain
from ops.data.source import DataSource
from ops.result import DatasetRead

_NO_DATA: Final = DataUse(reads=frozenset(), writes=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A running operation.

    Attributes:
        job: What is executed.
        number: Its number in the run, from 1.
        name: What it was called when it began.
        key_parts: Name, code version, parameters and seed as they were then, for its key.
        begun_s: When it began, by the recorder's clock.
        reads: Dataset versions that were read from the shared source before.
    """

    job: Job
    number: int
    name: str
    key_parts: Mapping[str, object]
    begun_s: float
    reads: Sequence[DatasetRead]


class OperationJournal:
    """Writes what operations do into the history of a run, and into the log.

    Args:
        recorder: Writes the run's history.
        logger: Logs what begins, ends and fails.
        reuse: Decides which results of the resumed run are still valid; None for none.
    """

    def __init__(
        self, recorder: RunRecorder, logger: logging.Logger, reuse: Reuse | None = None
    ) -> None:
        self._recorder = recorder
        self._logger = logger
        self._reuse = reuse
        started = recorder.state.started
        upstream_runs = {} if started is None else started.upstream_runs
        self._dependency_files = DependencyFiles(recorder.project, upstream_runs)

    def begin(self, job: Job) -> Begun | Outcome:
        """Record that an operation begins, or that an earlier result is reused.

        Returns:
            The running operation, or the outcome that is reused.
        """
        operation = job.operation
        parameters = _parameters(job)
        # from here on: the operation may change its attributes while it works
        code = code_of(operation, parameters)
        key_parts = {
            "name": operation.name,
            "code_version": code.version,
            "parameters": to_json(parameters),
            "seed": _seed(operation),
        }
        reason = None
        if self._reuse is not None:
            verdict = self._reuse.judge(
                key_parts,
                redacted(parameters),
                job.source,
                declares_use=lambda: stated_use(operation) is not None,
                is_plain=lambda: is_plain(operation),
                unknown_code=code.obstacle,
            )
            reason = verdict.reason
            if verdict.reused is not None:
                return self._reused(operation.name, reason, verdict.reused)
        if job.source is not None:
            job.source.drain_in_memory()  # what the task itself put there
        self._logger.info("operation %s begins", operation.name)
        number = self._recorder.begin_operation(
            operation.name,
            class_name=qualified_name(type(operation)),
            code_version=code.version,
            parameters=parameters,
            seed=_seed(operation),
            reason=reason,
        )
        return Begun(
            job=job,
            number=number,
            name=operation.name,
            key_parts=key_parts,
            begun_s=self._recorder.elapsed_s,
            reads=_earlier_reads(job),
        )

    def retry(self, begun: Begun, outcome: Outcome, attempt: int, wait_s: float) -> None:
        """Record that an attempt failed and another will follow; durable when this returns."""
        error = outcome.error or stated_failure(outcome.result)
        self._recorder.schedule_retry(begun.number, attempt=attempt, wait_s=wait_s, error=error)
        self._logger.warning(
            "operation %s, attempt %d: %s; retrying in %.1f s",
            begun.name,
            attempt,
            error.message,
            wait_s,
        )

    def milestone(self, begun: Begun, completed: int) -> None:
        """Record how many steps are done."""
        self._recorder.progress(
            begun.number, begun.name, completed=completed, total=begun.job.operation.steps or None
        )

    def end(self, begun: Begun, outcome: Outcome) -> Outcome:
        """Record what an operation did, and offer its outputs to those that follow.

        Returns:
            The outcome; a failure if the result cannot be recorded.
        """
        try:
            self._record_end(begun, outcome)
        except (LedgerUnavailableError, LedgerConflictError, CommandRejectedError):
            raise
        except Exception as refused:  # noqa: BLE001  # a result may hold anything
            failed = failure(refused)
            failed.result.execution_time = outcome.result.execution_time
            failed.reads, failed.in_memory = outcome.reads, outcome.in_memory
            self._record_end(begun, failed)
            outcome = failed
        self._log_end(begun.name, outcome)
        return outcome

    def offer_outputs(self, outcome: Outcome, source: DataSource | None) -> None:
        """Let later operations read what this one wrote, unless it failed."""
        if source is None or outcome.has_failed:
            return
        for artifact in outcome.result.artifacts:
            if artifact.artifact_type in TABULAR:
                source.add_file(artifact.path.stem, self._recorder.project.root / artifact.path)

    def _reused(self, name: str, reason: str, reused: ReusedOperation) -> Outcome:
        self._recorder.skip_operation(
            name,
            reason=reason,
            run_id=reused.run_id,
            operation=reused.operation,
            outputs=reused.result.artifacts,
        )
        self._logger.info("operation %s of run %s is reused", name, reused.run_id)
        return Outcome(result=reused.result)

    def _record_end(self, begun: Begun, outcome: Outcome) -> None:
        reads = distinct([*begun.reads, *outcome.reads])
        if not outcome.has_failed:
            self._dependency_files.require_unchanged(reads)
        finished = FinishedOperation(
            number=begun.number,
            name=begun.name,
            key_parts=begun.key_parts,
            result=outcome.result,
            reads=reads,
            in_memory=outcome.in_memory,
            error=outcome.error,
        )
        if finished.is_unrecorded:
            # asked only where it matters: it is the user's code
            is_without_data = stated_use(begun.job.operation) == _NO_DATA
            finished = replace(finished, is_without_data=is_without_data)
        self._recorder.end_operation(finished)
        if self._reuse is not None:
            self._reuse.note_end(begun.number, outcome, is_unrecorded=finished.is_unrecorded)
        self._dependency_files.forget(outcome.result.artifacts)

    def _log_end(self, name: str, outcome: Outcome) -> None:
        result = outcome.result
        if outcome.has_failed:
            result.error_message = masked(result.error_message or UNKNOWN)
            self._logger.error(
                "operation %s failed: %s",
                name,
                result.error_message,
                extra={"brief": f"operation {name} failed"},
            )
        else:
            self._logger.info(
                "operation %s ends: %s, %.2f s",
                name,
                result.status.value,
                result.execution_time or 0.0,
            )


def _earlier_reads(job: Job) -> list[DatasetRead]:
    """Return what was read from the shared source outside of operations, and forget it."""
    if job.shared_source is None or job.shared_source is job.source:
        return []
    return job.shared_source.drain_reads()


def _parameters(job: Job) -> dict[str, object]:
    given = {k: v for k, v in job.arguments.items() if k not in NO_PARAMETERS}
    return job.operation.parameters | given


def _seed(operation: BaseOperation) -> int | None:
    seed = getattr(operation, "seed", None)
    return int(seed) if isinstance(seed, Integral) and not isinstance(seed, bool) else None
