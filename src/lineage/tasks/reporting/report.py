"""What the report of a run says, part by part, each time rebuilt from the history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from lineage.domain.run import RunStatus
from lineage.kernel import host
from lineage.kernel.errors import (
    CommandRejectedError,
    LineageError,
    ReportingError,
    safe_message,
)
from lineage.recording.recorder import RunRecorder
from projections.documents.report import build_report

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
        self.created_at: str | None = None
        self._artifacts: list[Document] = []

    @property
    def artifacts(self) -> list[Document]:
        """The documents of its artifacts, in the order they were added."""
        return self._artifacts

    def add_artifact(self, artifact: Document) -> None:
        """Add an artifact's document to the group."""
        self._artifacts.append(artifact)

    def to_dict(self) -> Document:
        """Return the group as a document with name, description, artifacts, created_at, count."""
        artifacts = list(self.artifacts)
        return {
            "name": self.name,
            "description": self.description,
            "artifacts": artifacts,
            "created_at": self.created_at,
            "count": len(artifacts),
        }


class ReportedGroup(ArtifactGroup):
    """A group of a report: it shows what is recorded, and records what is added.

    Args:
        report: The report it stands in.
        document: What the report says of it.
        add: `TaskReporter.add_artifact`.
    """

    def __init__(self, report: RunReport, document: Document, add: Callable[..., None]) -> None:
        super().__init__(document["name"], document["description"])
        self.created_at = document["created_at"]
        self._report = report
        self._add = add

    @property
    def artifacts(self) -> list[Document]:
        """The documents of its artifacts, in the order they were recorded."""
        groups: dict[str, Document] = self._report.generate_report()["artifact_groups"]
        found: list[Document] = groups[self.name]["artifacts"]
        return found

    def add_artifact(self, artifact: Document) -> None:
        """Record an artifact of the group.

        Args:
            artifact: "path"; "type", "description", "category", "tags" and "metadata" if known.

        Raises:
            ReportingError: It has no path, the path is refused, or the run has ended.
        """
        if "path" not in artifact:
            raise ReportingError(
                f"artifact of group {self.name!r}", found=sorted(artifact), expected="a 'path'"
            )
        path = Path(artifact["path"])
        self._add(
            artifact.get("type") or path.suffix.lstrip(".") or "unknown",
            path,
            artifact.get("description", ""),
            artifact.get("category", "output"),
            artifact.get("tags"),
            self.name,
            artifact.get("metadata"),
        )


class RunReport:
    """The report of one run, as of the moment it is asked.

    Args:
        recorder: The history of the run.
    """

    def __init__(self, recorder: RunRecorder) -> None:
        self.recorder = recorder

    @property
    def run_id(self) -> str:
        """Id of the run this reporter describes."""
        return self.recorder.run_id

    def generate_report(self) -> Document:
        """Return the report as of now, rebuilt from the history (`projections.documents.report`).

        Raises:
            ReportingError: The history cannot be read.
        """
        with (
            reporting(),
            self.recorder.open_project() as project,
            project.projector.of_run(self.run_id) as catalog,
        ):
            return dict(build_report(catalog, self.run_id))

    def get_artifacts_by_tag(self, tag: str) -> list[Document]:
        """Return the artifacts with a tag, in the order they were added."""
        return [artifact for artifact in self.artifacts if tag in artifact["tags"]]

    def get_artifacts_by_category(self, category: str) -> list[Document]:
        """Return the artifacts of a category, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["category"] == category]

    def get_artifacts_by_type(self, artifact_type: str) -> list[Document]:
        """Return the artifacts of a type, in the order they were added."""
        return [artifact for artifact in self.artifacts if artifact["type"] == artifact_type]

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

    def _part(self, key: str) -> Any:
        return self.generate_report()[key]


class reporting:  # noqa: N801  # reads as a verb where it is used
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
        match exc_value:
            case CommandRejectedError():
                raise ReportingError(
                    "report", found=str(exc_value), expected="a run that is open"
                ) from exc_value
            case LineageError() | OSError():
                raise ReportingError("report", found=safe_message(exc_value)) from exc_value
            case ValidationError():
                # its own text would quote the values
                mistakes = exc_value.errors(include_input=False, include_url=False)
                found = "; ".join(f"{'.'.join(map(str, m['loc']))}: {m['msg']}" for m in mistakes)
                raise ReportingError("report", found=found) from None
