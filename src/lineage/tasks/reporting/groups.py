"""Named groups of artifacts, by themselves and as a report shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lineage.kernel.errors import ReportingError
from lineage.tasks.reporting.report import Document, RunReport


class ArtifactGroup:
    """A named group of artifacts.

    Args:
        name: Its name.
        description: What its artifacts have in common.
    """

    def __init__(self, name: str, description: str = "") -> None:
        self.name = name
        self.description = description
        self._artifacts: list[Document] = []

    @property
    def created_at(self) -> str | None:
        """When the group was first recorded, ISO 8601 in UTC; None outside of a report."""
        return None

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
    """A group of a report: shows what is recorded, and records what is added.

    Args:
        report: The report it is part of.
        name: Its name.
        description: What its artifacts have in common.
        add: `TaskReporter.add_artifact`.
    """

    def __init__(
        self, report: RunReport, name: str, description: str, *, add: Callable[..., None]
    ) -> None:
        super().__init__(name, description)
        self._report = report
        self._add = add

    @property
    def created_at(self) -> str | None:
        """When the group was first recorded, ISO 8601 in UTC."""
        created_at: str | None = self.to_dict()["created_at"]
        return created_at

    @property
    def artifacts(self) -> list[Document]:
        """The documents of its artifacts, in the order they were recorded."""
        artifacts: list[Document] = self.to_dict()["artifacts"]
        return artifacts

    def to_dict(self) -> Document:
        """Return the group as the report shows it."""
        groups: dict[str, Document] = self._report.part("artifact_groups")
        return groups[self.name]

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
