"""Execute operations and turn what they hand back into history."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final, cast

from lineage.events import ErrorFact
from lineage.kernel.errors import (
    CommandRejectedError,
    LedgerConflictError,
    LedgerUnavailableError,
    OperationError,
)
from lineage.kernel.values import to_json
from lineage.tasks.error_facts import UNKNOWN, error_fact, qualified_name
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.recorder import RunRecorder
from lineage.tasks.redaction import masked, redacted
from lineage.tasks.reuse import Reuse, ReusedOperation
from ops.base import BaseOperation
from ops.progress import ProgressTracker, SilentProgress
from ops.result import DatasetRead, OperationResult, OperationStatus
from ops.source import DataSource

TABULAR: Final = frozenset({"csv", "parquet"})
_GIVEN: Final = frozenset({"data_source", "task_dir", "progress_tracker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """An operation under way: which one of the run, its name, and what makes up its key."""

    number: int
    name: str
    key_parts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    """What an operation took from its data source."""

    reads: list[DatasetRead]
    in_memory: list[str]


class TaskOperationExecutor:
    """Runs the operations of one run.

    Args:
        recorder: Writes the run's history.
        logger: Told what begins, ends and fails.
        progress_manager: Draws a bar for each operation; None draws nothing.
        reuse: Tells which operations of the run that is resumed still hold; None executes all.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        logger: logging.Logger | None = None,
        progress_manager: TaskProgressManager | None = None,
        *,
        reuse: Reuse | None = None,
    ) -> None:
        self._recorder = recorder
        self._logger = logger or logging.getLogger(__name__)
        self._progress_manager = progress_manager
        self._reuse = reuse
        self.last_exception: BaseException | None = None

    def execute_operation(
        self,
        operation: BaseOperation,
        params: Mapping[str, Any] | None = None,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Execute one operation and record what it did.

        Its start is on record before it begins; its reads, artifacts, column lineage, metrics,
        warnings and outcome are on record, in one transaction, before this returns. What it
        wrote can be read by later operations under the file's name without suffix.

        Args:
            operation: What to execute.
            params: Arguments of its `execute`: `data_source` and `task_dir`, and others that it
                takes.
            progress_tracker: Shown its progress; a bar of its own when None.

        Returns:
            What it handed back; an exception it raised becomes a result with status ERROR. If
            an operation of the resumed run stands in for it, that one's artifacts and metrics
            with status SKIPPED.

        Raises:
            KeyboardInterrupt: It was interrupted; the operation stays without an end.
            LedgerError: The history cannot be written.
        """
        arguments = dict(params or {})
        source = cast("DataSource | None", arguments.get("data_source"))
        begun = self._begin(operation, arguments)
        if isinstance(begun, OperationResult):
            return begun
        begun_s = self._recorder.elapsed_s
        if progress_tracker is None:
            result, error = self._execute_with_bar(operation, arguments)
        else:
            result, error = self._execute(operation, arguments, progress_tracker)
        result.execution_time = round(self._recorder.elapsed_s - begun_s, 6)
        used = _Used(
            reads=source.drain_reads() if source is not None else [],
            in_memory=source.drain_in_memory() if source is not None else [],
        )
        result = self._end(begun, result, used, error)
        if source is not None and result.status is not OperationStatus.ERROR:
            self._offer_outputs(source, result)
        return result

    def _begin(
        self, operation: BaseOperation, arguments: Mapping[str, Any]
    ) -> _Begun | OperationResult:
        parameters = _parameters(operation, arguments)
        source = cast("DataSource | None", arguments.get("data_source"))
        # kept from here on: the operation may change its attributes while it works
        key_parts = {
            "name": operation.name,
            "code_version": operation.code_version(),
            "parameters": to_json(parameters),
            "seed": _seed(operation),
        }
        reason = None
        if self._reuse is not None:
            verdict = self._reuse.judge(key_parts, redacted(parameters), source)
            reason = verdict.reason
            if verdict.reused is not None:
                return self._skip(operation.name, reason, verdict.reused, source)
        if source is not None:
            source.drain_in_memory()  # what the task itself has put there
        self._logger.info("operation %s begins", operation.name)
        number = self._recorder.begin_operation(
            operation.name,
            class_name=qualified_name(type(operation)),
            code_version=operation.code_version(),
            parameters=parameters,
            seed=_seed(operation),
            reason=reason,
        )
        return _Begun(number=number, name=operation.name, key_parts=key_parts)

    def _skip(
        self, name: str, reason: str, reused: ReusedOperation, source: DataSource | None
    ) -> OperationResult:
        self._logger.info("operation %s of run %s is reused", name, reused.run_id)
        self._recorder.skip_operation(
            name, reason=reason, run_id=reused.run_id, operation=reused.operation
        )
        if source is not None:
            self._offer_outputs(source, reused.result)
        return reused.result

    def _execute_with_bar(
        self, operation: BaseOperation, arguments: Mapping[str, Any]
    ) -> tuple[OperationResult, ErrorFact | None]:
        if self._progress_manager is None:
            return self._execute(operation, arguments, SilentProgress())
        with self._progress_manager.create_operation_context(
            operation.name, total=operation.steps, description=operation.name
        ) as progress:
            return self._execute(operation, arguments, progress)

    def _execute(
        self,
        operation: BaseOperation,
        arguments: Mapping[str, Any],
        progress_tracker: ProgressTracker,
    ) -> tuple[OperationResult, ErrorFact | None]:
        self.last_exception = None
        offered = {"progress_tracker": progress_tracker, **arguments}
        try:
            return _checked(operation, operation.execute(**_accepted(operation, offered))), None
        except Exception as error:  # noqa: BLE001  # whatever user code raises is its outcome
            return self._failure(error)

    def _end(
        self,
        begun: _Begun,
        result: OperationResult,
        used: _Used,
        error: ErrorFact | None,
    ) -> OperationResult:
        try:
            self._record_end(begun, result, used, error)
        except (LedgerUnavailableError, LedgerConflictError, CommandRejectedError):
            raise
        except Exception as refused:  # noqa: BLE001  # a result may hold anything
            failed, fact = self._failure(refused)
            failed.execution_time = result.execution_time
            self._record_end(begun, failed, used, fact)
            result = failed
        self._log_end(begun.name, result)
        return result

    def _record_end(
        self,
        begun: _Begun,
        result: OperationResult,
        used: _Used,
        error: ErrorFact | None,
    ) -> None:
        self._recorder.end_operation(
            begun.number,
            result,
            name=begun.name,
            key_parts=begun.key_parts,
            reads=used.reads,
            in_memory=used.in_memory,
            error=error,
        )

    def _failure(self, error: Exception) -> tuple[OperationResult, ErrorFact]:
        self.last_exception = error
        fact = error_fact(error)
        return OperationResult(status=OperationStatus.ERROR, error_message=fact.message), fact

    def _log_end(self, name: str, result: OperationResult) -> None:
        if result.status is OperationStatus.ERROR:
            message = masked(result.error_message or UNKNOWN)
            self._logger.error("operation %s failed: %s", name, message)
        else:
            self._logger.info(
                "operation %s ends: %s, %.2f s",
                name,
                result.status.value,
                result.execution_time or 0.0,
            )

    def _offer_outputs(self, source: DataSource, result: OperationResult) -> None:
        for artifact in result.artifacts:
            if artifact.artifact_type in TABULAR:
                source.add_file(artifact.path.stem, self._recorder.project.root / artifact.path)


def _parameters(operation: BaseOperation, arguments: Mapping[str, Any]) -> dict[str, object]:
    return operation.parameters | {k: v for k, v in arguments.items() if k not in _GIVEN}


def _seed(operation: BaseOperation) -> int | None:
    seed = getattr(operation, "seed", None)
    return int(seed) if isinstance(seed, Integral) and not isinstance(seed, bool) else None


def _checked(operation: BaseOperation, result: object) -> OperationResult:
    if not isinstance(result, OperationResult):
        raise OperationError(
            f"operation {operation.name!r}",
            found=f"{qualified_name(type(result))} returned",
            expected="an OperationResult",
            remedy="return one from execute",
        )
    return result


def _accepted(operation: BaseOperation, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that the operation's `execute` takes."""
    parameters = inspect.signature(operation.execute).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}
