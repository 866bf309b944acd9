"""Report what a task does: each call is an event, each answer is rebuilt from the events."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lineage import __version__, settings
from lineage.domain.run import RunStatus
from lineage.events import ErrorFact, RunStarted
from lineage.kernel import host
from lineage.kernel.errors import (
    CommandRejectedError,
    LineageError,
    PathRefusedError,
    ProjectNotFoundError,
    ReportingError,
)
from lineage.project import Project
from lineage.tasks.error_facts import error_fact
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.recorder import RunRecorder
from ops.result import Artifact
from projections.report import build_report

Document = dict[str, Any]


class ArtifactGroup:
    """A named group of artifacts.

    Args:
        name: Its name.
        description: What its artifacts have in common.
    """

    def __init__(self, name: str, description: str = "") -> None:
        self.name = name
        self.description = description
        self.artifacts: list[Document] = []
        self.created_at: str | None = None

    def add_artifact(self, artifact: Document) -> None:
        """Add an artifact's document to the group."""
        self.artifacts.append(artifact)

    def to_dict(self) -> Document:
        """Return the group as a document with name, description, artifacts, created_at, count."""
        return {
            "name": self.name,
            "description": self.description,
            "artifacts": list(self.artifacts),
            "created_at": self.created_at,
            "count": len(self.artifacts),
        }


class TaskReporter:
    """Tracks the operations, artifacts and metrics of one run of a task.

    Standing alone it begins a run of its own, in the project that the report's folder belongs
    to; where there is none, in the current folder. As a context manager it ends the run and
    saves the report.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        description: What it is for.
        report_path: Where the report is saved.
        progress_manager: Told about operations, if given.
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
        self.recorder = recorder or self._begin_run()

    @property
    def run_id(self) -> str:
        """Id of the run this reporter describes."""
        return self.recorder.run_id

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
        with _reporting():
            self.recorder.report_operation(name, status, details or {})

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
        artifact = Artifact(
            path=Path(path),
            artifact_type=artifact_type,
            description=description,
            category=category,
            tags=tuple(tags or ()),
            group=group_name,
            metadata=metadata or {},
        )
        with _reporting():
            self.recorder.write_artifact(artifact)

    def add_artifact_group(self, name: str, description: str = "") -> ArtifactGroup:
        """Open a group, or describe an open one anew, and return it.

        Raises:
            ReportingError: The run has ended.
        """
        known = self.get_artifact_group(name)
        if known is None or (description and known.description != description):
            with _reporting():
                self.recorder.group_artifacts(name, description)
        return self.get_artifact_group(name) or ArtifactGroup(name, description)

    def get_artifact_group(self, name: str) -> ArtifactGroup | None:
        """Return a group by name; None if there is none."""
        return self.artifact_groups.get(name)

    def get_artifacts_by_tag(self, tag: str) -> list[Document]:
        """Return the artifacts with a tag, in the order they were added."""
        return [artifact for artifact in self.artifacts if tag in artifact["tags"]]

    def get_artifacts_by_category(self, category: str) -> list[Document]:
        """Return the artifacts of a category, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["category"] == category]

    def get_artifacts_by_type(self, artifact_type: str) -> list[Document]:
        """Return the artifacts of a type, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["type"] == artifact_type]

    def add_metric(self, name: str, value: Any) -> None:
        """Add a metric to the report.

        Args:
            name: Its name.
            value: Any value (`lineage.kernel.values.to_json` says how it is kept).

        Raises:
            ReportingError: The run has ended.
        """
        with _reporting():
            self.recorder.measure(name, value)

    def add_nested_metric(self, category: str, name: str, value: Any) -> None:
        """Add a metric under a heading.

        Raises:
            ReportingError: The run has ended.
        """
        with _reporting():
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
        with _reporting():
            for name, value in (metrics or {}).items():
                self.recorder.measure(name, value)
            if encryption is not None:
                self.recorder.measure("encryption", encryption)
            if success:
                self.recorder.succeed(duration_s=execution_time)
            else:
                self.recorder.fail(_stated_error(error_info or {}), duration_s=execution_time)

    def generate_report(self) -> Document:
        """Return the report as of now, rebuilt from the history (`projections.report`).

        Raises:
            ReportingError: The history cannot be read.
        """
        with _reporting(), self.recorder.project.projector.of_run(self.run_id) as catalog:
            return dict(build_report(catalog, self.run_id))

    def save_report(self) -> Path:
        """Write the report to `report_path` and return the path.

        Raises:
            ReportingError: It cannot be built or written.
        """
        with _reporting():
            return self.recorder.project.export_report(self.run_id)

    @property
    def operations(self) -> list[Document]:
        """The operation entries of the report."""
        part: list[Document] = self._part("operations")
        return part

    @property
    def artifacts(self) -> list[Document]:
        """The artifact entries of the report."""
        part: list[Document] = self._part("artifacts")
        return part

    @property
    def artifact_groups(self) -> dict[str, ArtifactGroup]:
        """The groups by name."""
        groups = {}
        for name, document in self._part("artifact_groups").items():
            group = ArtifactGroup(name, document["description"])
            group.artifacts = document["artifacts"]
            group.created_at = document["created_at"]
            groups[name] = group
        return groups

    @property
    def system_info(self) -> Document:
        """The environment of the run."""
        part: Document = self._part("system_info")
        return part

    @property
    def metrics(self) -> Document:
        """The metrics of the report."""
        part: Document = self._part("metrics")
        return part

    @property
    def errors(self) -> list[Document]:
        """The error entries of the report."""
        part: list[Document] = self._part("errors")
        return part

    @property
    def warnings(self) -> list[Document]:
        """The warning entries of the report."""
        part: list[Document] = self._part("warnings")
        return part

    @property
    def start_time(self) -> str:
        """When the run began, ISO 8601 in UTC."""
        part: str = self._part("start_time")
        return part

    @property
    def end_time(self) -> str | None:
        """When the run ended, ISO 8601 in UTC; None while it runs."""
        part: str | None = self._part("end_time")
        return part

    @property
    def execution_time(self) -> float | None:
        """Seconds the run took; None while it runs."""
        part: float | None = self._part("execution_time_seconds")
        return part

    @property
    def status(self) -> str:
        """The report's status: running, completed, completed_with_errors, failed, ..."""
        part: str = self._part("status")
        return part

    @property
    def success(self) -> bool | None:
        """Whether the run succeeded; None while it runs."""
        if self.recorder.is_open:
            return None
        return self.recorder.state.status is RunStatus.SUCCEEDED

    @property
    def peak_memory_usage(self) -> float:
        """Most memory the run has held, MiB."""
        recorded: float | None = self._part("memory_usage_mb")
        return host.peak_memory_mb() if recorded is None else recorded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.recorder.is_open:
            if isinstance(exc_value, KeyboardInterrupt):
                self.recorder.interrupt("keyboard", "Ctrl-C")
            elif exc_value is not None:
                self.recorder.fail(error_fact(exc_value))
            else:
                self.recorder.succeed()
        self.save_report()

    def _part(self, key: str) -> Any:
        return self.generate_report()[key]

    def _begin_run(self) -> RunRecorder:
        project = _project_for(self.report_path)
        try:
            report_path = project.safe_path(self.report_path.absolute())
        except PathRefusedError as error:
            raise ReportingError(f"report {str(self.report_path)!r}", remedy=str(error)) from error
        recorder = RunRecorder(project, self.task_id)
        recorder.begin(
            run_started(
                task_type=self.task_type,
                description=self.description,
                report_path=project.display(report_path.path),
            )
        )
        return recorder


def run_started(
    *,
    task_type: str,
    description: str,
    report_path: str,
    task_version: str = "",
    config_sha256: str | None = None,
    seed: int | None = None,
    upstream_runs: Mapping[str, str] | None = None,
) -> RunStarted:
    """Return the event that a run begins in this process."""
    process = host.this_process()
    return RunStarted(
        task_type=task_type,
        description=description,
        task_version=task_version,
        product_version=__version__,
        script_path=Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "interactive",
        report_path=report_path,
        host=process.host,
        pid=process.pid,
        process_started_at=process.started_at,
        config_sha256=config_sha256,
        seed=seed,
        upstream_runs=dict(upstream_runs or {}),
    )


class _reporting:  # noqa: N801  # reads as a verb where it is used
    """Turn every refusal into a `ReportingError`."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, ReportingError):
            return
        if isinstance(exc_value, CommandRejectedError):
            raise ReportingError(
                "report", found=str(exc_value), expected="a run that is open"
            ) from exc_value
        if isinstance(exc_value, LineageError | OSError):
            raise ReportingError("report", found=str(exc_value)) from exc_value


def _project_for(report_path: Path) -> Project:
    folder = report_path.absolute().parent
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    try:
        return Project(settings.find_root(existing))
    except ProjectNotFoundError:
        return Project(Path.cwd())


def _stated_error(info: Mapping[str, Any]) -> ErrorFact:
    trace = info.get("traceback") or ()
    lines = trace.splitlines() if isinstance(trace, str) else [str(line) for line in trace]
    return ErrorFact(
        error_type=str(info.get("type", "Error")),
        message=str(info.get("message", "Unknown error")),
        traceback=tuple(lines),
    )
