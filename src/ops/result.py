"""What an operation returns: status, files, metrics, warnings and column lineage.

An operation writes no history. The executor turns each part of its result into events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Self

from lineage.kernel import paths
from lineage.kernel.effects import Effect
from lineage.kernel.errors import DataReadError
from ops.privacy_facts import PrivacyFact


class OperationStatus(StrEnum):
    """How an operation ended."""

    SUCCESS = "success"
    WARNING = "warning"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRead:
    """One version of a dataset that an operation used.

    Attributes:
        name: What the operation calls it ("adult").
        uri: Where: an absolute path, or the address of an object ("s3://bucket/name.csv").
        sha256: Digest of the file's content.
        size_bytes: Length of the file.
        format: "csv", "parquet", "json", ...
        rows: Number of rows of the file, those that a filter left out among them; None when not
            tabular.
        columns: Column names in file order; empty when not tabular.
        column_types: Type of each column that was read, be it to choose rows by, see
            `ops.data.column_types.names_of`.
        detected: What of its layout was found and not told, such as "separator" and "encoding".
    """

    name: str
    uri: str
    sha256: str
    size_bytes: int
    format: str
    rows: int | None = None
    columns: tuple[str, ...] = ()
    column_types: Mapping[str, str] = field(default_factory=dict, compare=False)
    detected: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def path(self) -> Path:
        """The file or the folder of the set, absolute.

        Raises:
            DataReadError: It is an object in a store, and has no path.
        """
        if paths.is_address(self.uri):
            raise DataReadError(
                f"path of {self.uri!r}",
                problem="it is in an object store",
                remedy="use the attribute uri of what was read",
            )
        return Path(self.uri)

    def with_types_of(self, other: Self) -> Self:
        """Return the same version, with the columns that another reading of it gave as well."""
        return replace(self, column_types={**self.column_types, **other.column_types})


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file that an operation wrote.

    Attributes:
        path: The file, absolute or relative to the project.
        artifact_type: "csv", "parquet", "json", "png", ...
        description: What it holds, for readers of the report.
        category: "output", "metrics", "visualization", "dictionary", ...
        tags: Words to filter by.
        group: Name of the group it belongs to, if any.
        metadata: Further facts for the report, convertible to JSON; no cell values.
        sha256: Digest of the content; None lets the executor compute it.
        size_bytes: Length; None lets the executor look.
        rows: Number of rows; None when not tabular.
        columns: Column names; empty when not tabular.
        column_types: Type of each column, see `ops.data.column_types.names_of`; empty if unknown.
    """

    path: Path
    artifact_type: str
    description: str = ""
    category: str = "output"
    tags: tuple[str, ...] = ()
    group: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    sha256: str | None = None
    size_bytes: int | None = None
    rows: int | None = None
    columns: tuple[str, ...] = ()
    column_types: Mapping[str, str] = field(default_factory=dict, compare=False)


class WrittenFile(Protocol):
    """A file that a writer wrote, such as `ops.data.writer.WriterResult`."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def format(self) -> str:
        """Its format."""
        ...

    @property
    def sha256(self) -> str:
        """Digest of its content."""
        ...

    @property
    def size_bytes(self) -> int:
        """Its length."""
        ...

    @property
    def rows(self) -> int | None:
        """Its rows; None when not tabular."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Its column names; empty when not tabular."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEdge:
    """How one output column came from one source column.

    Attributes:
        output: The written file.
        column: Name of the output column.
        source: Name of the dataset it came from, as in `DatasetRead.name`; None for a column
            made from nothing that was read (a generator, a constant).
        source_column: Name of the column there; None with `source` None.
        effect: What was done on the way.
        is_direct: False when the source only decided which rows or values appear (a filter,
            a join key, a grouping).
    """

    output: Path
    column: str
    source: str | None
    source_column: str | None
    effect: Effect
    is_direct: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationWarning:
    """Something the reader of the report should know."""

    message: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class OperationResult:
    """Everything an operation reports about what it did.

    Attributes:
        status: How it ended.
        artifacts: The files it wrote, in order.
        metrics: Name to value; nested mappings become nested metrics of the report.
        warnings: What the reader should know.
        column_edges: Column lineage of the written files.
        privacy_facts: Measured risk, spent budgets, proposed roles, of what it read or wrote.
        details: Facts for the report's operation entry; no cell values.
        error_message: Why it failed; None unless `status` is ERROR.
        execution_time: Seconds it took; set by the executor.
    """

    status: OperationStatus = OperationStatus.SUCCESS
    artifacts: list[Artifact] = field(default_factory=list)
    metrics: dict[str, object] = field(default_factory=dict)
    warnings: list[OperationWarning] = field(default_factory=list)
    column_edges: list[ColumnEdge] = field(default_factory=list)
    privacy_facts: list[PrivacyFact] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    error_message: str | None = None
    execution_time: float | None = None

    def add_file(
        self,
        written: WrittenFile,
        description: str = "",
        *,
        category: str = "output",
        tags: Iterable[str] = (),
        group: str | None = None,
    ) -> Artifact:
        """Add a file that `DataWriter` wrote, with its digest, size, rows and columns."""
        artifact = Artifact(
            path=written.path,
            artifact_type=written.format,
            description=description,
            category=category,
            tags=tuple(tags),
            group=group,
            sha256=written.sha256,
            size_bytes=written.size_bytes,
            rows=written.rows,
            columns=written.columns,
            # the protocol does not ask for it: another writer may not know
            column_types=getattr(written, "column_types", {}),
        )
        self.artifacts.append(artifact)
        return artifact

    def register_artifact(
        self,
        path: str | Path,
        artifact_type: str | None = None,
        description: str = "",
        category: str = "output",
    ) -> Artifact:
        """Add a file written by any other means; its digest is taken when it is recorded.

        Args:
            path: The file.
            artifact_type: Its type; the file's suffix when None.
            description: What it holds.
            category: Its place in the report.
        """
        target = Path(path)
        artifact = Artifact(
            path=target,
            artifact_type=artifact_type or target.suffix.lstrip(".") or "unknown",
            description=description,
            category=category,
        )
        self.artifacts.append(artifact)
        return artifact

    def add_metric(self, name: str, value: object) -> None:
        """Add a metric; a mapping becomes a group of nested metrics."""
        self.metrics[name] = value

    def warn(self, message: str, **details: object) -> None:
        """Add a warning and lower a SUCCESS to WARNING."""
        self.warnings.append(OperationWarning(message=message, details=details))
        if self.status is OperationStatus.SUCCESS:
            self.status = OperationStatus.WARNING

    def derive(
        self,
        output: Path,
        column: str,
        effect: Effect,
        *sources: tuple[str, str],
        is_direct: bool = True,
    ) -> None:
        """State where an output column came from.

        Args:
            output: The written file; the name of a dataset that was left in memory.
            column: Name of the output column.
            effect: What was done on the way.
            sources: (dataset name, column name) of each source; none for a generated column.
            is_direct: False when the sources only chose rows or values.
        """
        for source, source_column in sources or ((None, None),):
            self.column_edges.append(
                ColumnEdge(
                    output=output,
                    column=column,
                    source=source,
                    source_column=source_column,
                    effect=effect,
                    is_direct=is_direct,
                )
            )
