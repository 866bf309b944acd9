"""Execute operations and turn what they hand back into history."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from typing import Any, cast

from lineage.events import ErrorFact
from lineage.kernel.errors import ReportingError
from lineage.tasks.error_facts import error_fact, qualified_name
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.recorder import RunRecorder
from ops.base import BaseOperation
from ops.progress import ProgressTracker, SilentProgress
from ops.result import DatasetRead, OperationResult, OperationStatus
from ops.source import DataSource

TABULAR = frozenset({"csv", "parquet"})


class TaskOperationExecutor:
    """Runs the operations of one run.

    Args:
        recorder: Writes the run's history.
        logger: Told what begins, ends and fails.
        progress_manager: Draws a bar for each operation; None draws nothing.
    """

    def __init__(
        self,
        recorder: RunRecorder,
        logger: logging.Logger | None = None,
        progress_manager: TaskProgressManager | None = None,
    ) -> None:
        self._recorder = recorder
        self._logger = logger or logging.getLogger(__name__)
        self._progress_manager = progress_manager
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
            What it handed back; an exception it raised becomes a result with status ERROR.

        Raises:
            KeyboardInterrupt: It was interrupted; the operation stays without an end.
            LedgerError: The history cannot be written.
        """
        arguments = dict(params or {})
        source = cast("DataSource | None", arguments.get("data_source"))
        number = self._begin(operation, arguments)
        begun_s = self._recorder.elapsed_s
        if progress_tracker is None:
            result, error = self._execute_with_bar(operation, arguments)
        else:
            result, error = self._execute(operation, arguments, progress_tracker)
        result.execution_time = round(self._recorder.elapsed_s - begun_s, 6)
        reads = source.drain_reads() if source is not None else []
        result = self._end(number, operation, result, reads, error)
        if source is not None and result.status is not OperationStatus.ERROR:
            self._offer_outputs(source, result)
        return result

    def _begin(self, operation: BaseOperation, arguments: Mapping[str, Any]) -> int:
        self._logger.info("operation %s begins", operation.name)
        return self._recorder.begin_operation(
            operation.name,
            class_name=qualified_name(type(operation)),
            code_version=operation.code_version(),
            parameters=_parameters(operation, arguments),
            seed=_seed(operation),
        )

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
            return operation.execute(**_accepted(operation, offered)), None
        except Exception as error:  # noqa: BLE001  # whatever user code raises is its outcome
            self.last_exception = error
            fact = error_fact(error)
            failed = OperationResult(status=OperationStatus.ERROR, error_message=fact.message)
            return failed, fact

    def _end(
        self,
        number: int,
        operation: BaseOperation,
        result: OperationResult,
        reads: list[DatasetRead],
        error: ErrorFact | None,
    ) -> OperationResult:
        key_parts = {
            "name": operation.name,
            "code_version": operation.code_version(),
            "parameters": operation.parameters,
            "seed": _seed(operation),
        }
        try:
            self._recorder.end_operation(
                number,
                result,
                name=operation.name,
                key_parts=key_parts,
                reads=reads,
                error=error,
            )
        except ReportingError as refused:
            self.last_exception = refused
            fact = error_fact(refused)
            failed = OperationResult(status=OperationStatus.ERROR, error_message=fact.message)
            failed.execution_time = result.execution_time
            return self._end(number, operation, failed, reads, fact)
        self._log_end(operation, result)
        return result

    def _log_end(self, operation: BaseOperation, result: OperationResult) -> None:
        if result.status is OperationStatus.ERROR:
            self._logger.error("operation %s failed: %s", operation.name, result.error_message)
        else:
            self._logger.info(
                "operation %s ends: %s, %.2f s",
                operation.name,
                result.status.value,
                result.execution_time or 0.0,
            )

    def _offer_outputs(self, source: DataSource, result: OperationResult) -> None:
        for artifact in result.artifacts:
            if artifact.artifact_type in TABULAR:
                source.add_file(artifact.path.stem, self._recorder.project.root / artifact.path)


def _parameters(operation: BaseOperation, arguments: Mapping[str, Any]) -> dict[str, object]:
    plain = {k: v for k, v in arguments.items() if k not in {"data_source", "task_dir"}}
    return {**operation.parameters, **plain}


def _seed(operation: BaseOperation) -> int | None:
    seed = getattr(operation, "seed", None)
    return seed if isinstance(seed, int) else None


def _accepted(operation: BaseOperation, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that the operation's `execute` takes."""
    parameters = inspect.signature(operation.execute).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return dict(offered)
    return {name: value for name, value in offered.items() if name in parameters}
