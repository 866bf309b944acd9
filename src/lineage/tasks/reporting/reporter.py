"""Report what a task does: each call is an event, each answer is rebuilt from the events."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lineage import exports, settings
from lineage.kernel import paths
from lineage.kernel.errors import (
    LineageError,
    PathRefusedError,
    ProjectNotFoundError,
    ReportingError,
)
from lineage.kernel.redaction import redacted
from lineage.project import Project
from lineage.recording.error_facts import error_fact, stated_error
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import metric_facts, run_started
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.reporting.report import ArtifactGroup, ReportedGroup, RunReport, reporting
from ops.result import Artifact

__all__ = ["ArtifactGroup", "ReportingError", "TaskReporter"]

_log = logging.getLogger(__name__)


class TaskReporter(RunReport):
    """Tracks the operations, artifacts and metrics of one run of a task.

    Standing alone it begins a run of its own, in the project that the report's folder belongs
    to, else in that of the current folder; where there is none, the current folder becomes one.
    As a context manager it ends the run and saves the report.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        description: What it is for.
        report_path: Where the report is saved.
        progress_manager: Its logger gets a line an operation, if given.
        recorder: The history of a run that has begun; None begins one.

    Raises:
        ReportingError: The report would lie outside the folders the project may use.
        LedgerError: The history cannot be written.
    """

    def __init__(
        self,
        task_id: str,
        task_type: str,
        description: str,
        report_path: str | Path,
        progress_manager: TaskProgressManager | None = None,
        *,
        recorder: RunRecorder | None = None,
    ) -> None:
        self.task_id = task_id
        self.task_type = task_type
        self.description = description
        self.report_path = Path(report_path)
        self.progress_manager = progress_manager
        self._is_alone = recorder is None
        super().__init__(recorder or self._begin_run())

    def add_operation(
        self, name: str, status: str = "success", details: Mapping[str, Any] | None = None
    ) -> None:
        """Add the status of an operation to the report.

        Args:
            name: Name of the operation.
            status: "running", "success", "warning", "error", or a word of your own.
            details: What else there is to say; "message" becomes the text of a warning or error.

        Raises:
            ReportingError: The run has ended.
        """
        with reporting():
            self.recorder.report_operation(name, status, details or {})
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
        with reporting():
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
        with reporting():
            self.recorder.write_artifact(artifact)

    def add_artifact_group(self, name: str, description: str = "") -> ArtifactGroup:
        """Open a group, or describe an open one anew, and return it.

        Raises:
            ReportingError: The run has ended.
        """
        known = self.get_artifact_group(name)
        if known is None or (description and known.description != description):
            with reporting():
                self.recorder.group_artifacts(name, description)
        return self.get_artifact_group(name) or ArtifactGroup(name, description)

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
        with reporting():
            self.recorder.measure(name, value)

    def add_nested_metric(self, category: str, name: str, value: Any) -> None:
        """Add a metric under a heading.

        Raises:
            ReportingError: The run has ended.
        """
        with reporting():
            self.recorder.measure(name, value, category=category)

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
        with reporting():
            facts = metric_facts(metrics or {})
            if encryption is not None:
                facts += metric_facts({"encryption": redacted(encryption)})
            if success:
                self.recorder.succeed(duration_s=execution_time, facts=facts)
            else:
                error = stated_error(error_info or {})
                self.recorder.fail(error, duration_s=execution_time, facts=facts)

    def save_report(self) -> Path:
        """Write the report to `report_path` and return the path.

        A reporter that stands alone writes the execution log as well, once the run has ended.
        A run that a newer one with the same report has overtaken leaves the file alone.

        Raises:
            ReportingError: It cannot be built or written.
        """
        project = self.recorder.project
        with reporting():
            written = exports.export_report(project, self.run_id)
            if self._is_alone and not self.recorder.is_open:
                exports.follow_execution_log(project)
            return written

    @property
    def artifact_groups(self) -> dict[str, ArtifactGroup]:
        """The groups by name."""
        documents = self._part("artifact_groups")
        return {
            name: ReportedGroup(self, document, self.add_artifact)
            for name, document in documents.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is None:
            if self.recorder.is_open:
                self.recorder.succeed()
            self.save_report()
            return
        try:
            self._end_by(exc_value)
            self.save_report()
        except LineageError as error:
            # the exception that ended the block is the one to tell
            _log.error("report of task %s: %s", self.task_id, error_fact(error).message)

    def _end_by(self, error: BaseException) -> None:
        if not self.recorder.is_open:
            return
        if isinstance(error, KeyboardInterrupt):
            self.recorder.interrupt_by(error)
        else:
            self.recorder.fail(error_fact(error))

    def _begin_run(self) -> RunRecorder:
        try:
            paths.check_text(str(self.report_path))
            project = _project_for(self.report_path)
            weakref.finalize(self, project.close)
            report_path = project.safe_path(self.report_path.absolute())
        except PathRefusedError as error:
            raise ReportingError(f"report {str(self.report_path)!r}", remedy=str(error)) from error
        recorder = RunRecorder(project, self.task_id)
        recorder.begin(
            run_started(
                task_type=self.task_type,
                description=self.description,
                report_path=project.display(report_path),
            )
        )
        return recorder


def _project_for(report_path: Path) -> Project:
    folder = report_path.absolute().parent
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    for start in (existing, None):
        with suppress(ProjectNotFoundError):
            return Project(settings.find_root(start))
    root = settings.find_root_or_here()
    paths.resolve(report_path.absolute(), root)
    return Project(root)
