"""Report what a task does: each call is an event, each answer is folded from the events."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from lineage import exports
from lineage.domain.run import RunStatus
from lineage.kernel import host, paths
from lineage.kernel.errors import LineageError, ReportingError
from lineage.kernel.secrets.redaction import redacted
from lineage.recording.error_facts import error_fact, stated_error
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import metric_facts
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.reporting.groups import ArtifactGroup, ReportedGroup
from lineage.tasks.reporting.report import Document, ReportPart, RunReport
from lineage.tasks.reporting.run import ReportedRun, begin_own_run
from ops.result import Artifact

__all__ = ["ArtifactGroup", "ReportingError", "TaskReporter"]

_log = logging.getLogger(__name__)


class TaskReporter:
    """Tracks the operations, artifacts and metrics of one run of a task.

    A reporter without a recorder begins its own run, in the project that the report's folder
    belongs to, else in that of the current folder; if there is none, the current folder
    becomes one. It holds the ledger of that project open until the run ends, the report
    is saved, or `close` is called; later calls open the ledger for as long as they take. As a
    context manager it ends the run, saves the report and closes.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        description: What it is for.
        report_path: Where the report is saved.
        progress_manager: Its logger gets a line per operation, if given.
        recorder: The history of a run that has begun; None begins one.
        is_own: Whether the project of the recorder was opened for this run alone, so that
            calls after the run open the ledger for as long as they take.

    Attributes:
        recorder: The history of the run.
        report: What the report says now.
        operations: The operation entries of the report.
        artifacts: The artifact entries of the report.
        system_info: The environment of the run.
        metrics: The metrics of the report.
        errors: The error entries of the report.
        warnings: The warning entries of the report.
        start_time: When the run began, ISO 8601 in UTC.
        end_time: When the run ended, ISO 8601 in UTC; None while it runs.
        execution_time: Seconds the run took; None while it runs.
        status: The report's status: running, completed, completed_with_errors, failed, ...

    Raises:
        ReportingError: The report would lie outside the folders the project may use.
        LedgerError: The history cannot be written.
    """

    operations = ReportPart[list[Document]]("operations")
    artifacts = ReportPart[list[Document]]("artifacts")
    system_info = ReportPart[Document]("system_info")
    metrics = ReportPart[Document]("metrics")
    errors = ReportPart[list[Document]]("errors")
    warnings = ReportPart[list[Document]]("warnings")
    start_time = ReportPart[str]("start_time")
    end_time = ReportPart[str | None]("end_time")
    execution_time = ReportPart[float | None]("execution_time_seconds")
    status = ReportPart[str]("status")

    def __init__(
        self,
        task_id: str,
        task_type: str,
        description: str,
        report_path: str | Path,
        progress_manager: TaskProgressManager | None = None,
        *,
        recorder: RunRecorder | None = None,
        is_own: bool = False,
    ) -> None:
        self.task_id = task_id
        self.task_type = task_type
        self.description = description
        self.report_path = Path(report_path)
        self.progress_manager = progress_manager
        self._is_alone = recorder is None
        self._run = (
            begin_own_run(task_id, task_type, description, report_path=self.report_path)
            if recorder is None
            else ReportedRun(recorder, is_own=is_own)
        )
        self.recorder = self._run.recorder
        self.report = RunReport(self._run)

    @property
    def run_id(self) -> str:
        """Id of the run this reporter describes."""
        return self.recorder.run_id

    @property
    def is_own(self) -> bool:
        """Whether the ledger was opened for this run alone."""
        return self._run.is_own

    @property
    def success(self) -> bool | None:
        """Whether the run succeeded; None while it runs."""
        with self._run.use() as recorder:
            status = recorder.catch_up().status
        return None if status is RunStatus.RUNNING else status is RunStatus.SUCCEEDED

    @property
    def peak_memory_usage(self) -> float:
        """Most memory the run has held, MiB."""
        recorded: float | None = self.report.part("memory_usage_mb")
        return host.peak_memory_mb() if recorded is None else recorded

    @property
    def artifact_groups(self) -> dict[str, ArtifactGroup]:
        """The groups by name."""
        return {
            name: self._group(name, group["description"])
            for name, group in self.report.part("artifact_groups").items()
        }

    def add_operation(
        self, name: str, status: str = "success", details: Mapping[str, Any] | None = None
    ) -> None:
        """Add the status of an operation to the report.

        Args:
            name: Name of the operation.
            status: "running", "success", "warning", "error", or your own word.
            details: Further facts; "message" becomes the text of a warning or error.

        Raises:
            ReportingError: The run has ended.
        """
        with self._run.use() as recorder:
            recorder.report_operation(name, status, details or {})
        if self.progress_manager is not None:
            self.progress_manager.logger.info("operation %s: %s", name, status)

    def add_artifact(
        self,
        artifact_type: str,
        path: str | Path,
        description: str = "",
        category: str = "output",
        tags: Iterable[str] | None = None,
        group_name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a file to the report, with its size, time and digest if it is there.

        Args:
            artifact_type: "json", "csv", "png", ...
            path: The file, absolute or relative to the project.
            description: What it holds.
            category: "output", "metrics", "visualization", ...
            tags: Words to filter by.
            group_name: The group it belongs to; made if there is none of that name.
            metadata: Further facts.

        Raises:
            ReportingError: The path is refused, or the run has ended.
        """
        with self._run.use() as recorder:
            paths.check_text(str(path))
            artifact = Artifact(
                path=Path(path),
                artifact_type=artifact_type,
                description=description,
                category=category,
                tags=(tags,) if isinstance(tags, str) else tuple(tags or ()),
                group=group_name,
                metadata=metadata or {},
            )
            recorder.write_artifact(artifact)

    def add_artifact_group(self, name: str, description: str = "") -> ArtifactGroup:
        """Open a group, or change the description of an open one, and return it.

        Raises:
            ReportingError: The run has ended.
        """
        known = self.get_artifact_group(name)
        if known is not None and description in {"", known.description}:
            return known
        with self._run.use() as recorder:
            recorder.group_artifacts(name, description)
        return self._group(name, description)

    def get_artifact_group(self, name: str) -> ArtifactGroup | None:
        """Return a group by name; None if there is none."""
        return self.artifact_groups.get(name)

    def add_metric(self, name: str, value: Any) -> None:
        """Add a metric to the report.

        Args:
            name: Its name.
            value: Any value (`lineage.kernel.values.to_json` says how it is kept).

        Raises:
            ReportingError: The run has ended.
        """
        with self._run.use() as recorder:
            recorder.measure(name, value)

    def add_nested_metric(self, category: str, name: str, value: Any) -> None:
        """Add a metric under a heading.

        Raises:
            ReportingError: The run has ended.
        """
        with self._run.use() as recorder:
            recorder.measure(name, value, category=category)

    def add_task_summary(
        self,
        success: bool,  # noqa: FBT001  # the documented signature
        execution_time: float | None = None,
        metrics: Mapping[str, Any] | None = None,
        error_info: Mapping[str, Any] | None = None,
        encryption: Mapping[str, Any] | None = None,
    ) -> None:
        """Say how the task ended; the run takes no further facts.

        Args:
            success: Whether it succeeded.
            execution_time: Seconds it took; measured when None.
            metrics: Further metrics of the report.
            error_info: On failure, "type", "message" and "traceback" of the error.
            encryption: How the outputs are encrypted; kept as metric "encryption".

        Raises:
            ReportingError: The run has ended.
        """
        with self._run.use() as recorder:
            facts = metric_facts(metrics or {})
            if encryption is not None:
                facts += metric_facts({"encryption": redacted(encryption)})
            if success:
                recorder.succeed(duration_s=execution_time, facts=facts)
            else:
                error = stated_error(error_info or {})
                recorder.fail(error, duration_s=execution_time, facts=facts)

    def generate_report(self) -> Document:
        """Return the report as of now (`projections.documents.report`).

        Raises:
            ReportingError: The history cannot be read.
        """
        return self.report.document()

    def save_report(self) -> Path:
        """Write the report to `report_path` and return the path.

        A reporter with its own run also writes the execution log, once the run has ended. If a
        newer run has the same report, the file is left alone.

        Raises:
            ReportingError: It cannot be built or written.
        """
        try:
            with self._run.use() as recorder:
                written = exports.export_report(recorder.project, recorder.run_id)
                if self._is_alone and not recorder.is_open:
                    self._seal(recorder)
                    exports.follow_execution_log(recorder.project, at_once=True)
                return written
        finally:
            self.close()

    def get_artifacts_by_tag(self, tag: str) -> list[Document]:
        """Return the artifacts with a tag, in the order they were added."""
        return [artifact for artifact in self.artifacts if tag in artifact["tags"]]

    def get_artifacts_by_category(self, category: str) -> list[Document]:
        """Return the artifacts of a category, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["category"] == category]

    def get_artifacts_by_type(self, artifact_type: str) -> list[Document]:
        """Return the artifacts of a type, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["type"] == artifact_type]

    def close(self) -> None:
        """Close the ledger if it was opened for this reporter; the run stays as it is."""
        self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, raised: BaseException | None, _traceback: object) -> None:
        try:
            if self.recorder.is_open:
                self._end_by(raised)
            self.save_report()
        except LineageError as error:
            if raised is None:
                raise
            # the exception that ended the block matters more
            _log.error("report of task %s: %s", self.task_id, error_fact(error).message)
        finally:
            self.close()

    def _end_by(self, error: BaseException | None) -> None:
        if error is None:
            self.recorder.succeed()
        elif isinstance(error, KeyboardInterrupt):
            self.recorder.interrupt_by(error)
        else:
            self.recorder.fail(error_fact(error))

    def _seal(self, recorder: RunRecorder) -> None:
        from lineage.seals import sealing  # noqa: PLC0415  # start-up time

        sealing.seal_after_run(recorder.project, run=recorder.run_id, task=self.task_id)

    def _group(self, name: str, description: str) -> ArtifactGroup:
        return ReportedGroup(self.report, name, description, add=self.add_artifact)
