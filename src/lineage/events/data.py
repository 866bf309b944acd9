"""What has happened to data: versions read, files written, columns derived."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, NonNegativeInt

from lineage.events.base import Event, JsonObject, OperationIndex, Sha256
from lineage.kernel.effects import Effect


class DatasetRead(Event):
    """A version of a dataset was used.

    Attributes:
        operation: Which one of the run used it; None for the run as a whole.
        name: What the run calls it.
        uri: The file, relative to the project if inside, else absolute.
        sha256: Digest of its content; None if it could not be read.
        size_bytes: Its length; None if it could not be read.
        format: "csv", "parquet", ...
        rows: Rows read; None when not tabular.
        columns: Column names; empty when not tabular.
    """

    TOPIC: ClassVar[str] = "dataset.read"
    operation: OperationIndex | None
    name: str
    uri: str
    sha256: Sha256 | None
    size_bytes: NonNegativeInt | None
    format: str
    rows: NonNegativeInt | None = None
    columns: tuple[str, ...] = ()


class ArtifactWritten(Event):
    """A file was written.

    Attributes:
        operation: Which one of the run wrote it; None for the run as a whole.
        artifact_type: "csv", "json", "png", ...
        uri: The file, relative to the project if inside, else absolute.
        sha256: Digest of its content; None if the file was not there to be read.
        size_bytes: Its length; None if the file was not there.
        modified_at: The file's own time stamp, timezone-aware; None if the file was not there.
        description: What it holds.
        category: "output", "metrics", "visualization", ...
        tags: Words to filter by.
        group: Name of its group, if any.
        metadata: Further facts for the report.
        rows: Number of rows; None when not tabular.
        columns: Column names; empty when not tabular.
    """

    TOPIC: ClassVar[str] = "artifact.written"
    operation: OperationIndex | None
    artifact_type: str
    uri: str
    sha256: Sha256 | None
    size_bytes: NonNegativeInt | None
    modified_at: AwareDatetime | None
    description: str = ""
    category: str = "output"
    tags: tuple[str, ...] = ()
    group: str | None = None
    metadata: JsonObject = {}
    rows: NonNegativeInt | None = None
    columns: tuple[str, ...] = ()


class ArtifactGrouped(Event):
    """A group of artifacts was opened or given a new description.

    Attributes:
        group: Its name, unique in the run.
        description: What its artifacts have in common.
    """

    TOPIC: ClassVar[str] = "artifact.grouped"
    group: str
    description: str


class FileImported(Event):
    """A file was copied into a task's folder.

    Attributes:
        source_uri: Where it came from.
        uri: Where it is now.
        sha256: Digest of its content.
        size_bytes: Its length.
    """

    TOPIC: ClassVar[str] = "file.imported"
    source_uri: str
    uri: str
    sha256: Sha256
    size_bytes: NonNegativeInt


class DerivedColumn(BaseModel):
    """One step from a source column to a column of the output.

    Attributes:
        column: Name of the output column.
        source_uri: File of the source; None for a generated column.
        source_sha256: Digest of that file's content.
        source_column: Name of the source column.
        effect: What was done on the way.
        is_direct: False when the source only chose rows or values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str
    source_uri: str | None
    source_sha256: Sha256 | None
    source_column: str | None
    effect: Effect
    is_direct: bool


class AssumedColumn(BaseModel):
    """A column of the output that may be one of an input, unchanged.

    Attributes:
        column: Its name, in both files.
        source_uri: File of the source.
        source_sha256: Digest of that file's content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str
    source_uri: str
    source_sha256: Sha256 | None


class ColumnsAssumed(Event):
    """No source of an output's columns was stated; some have name and type of one that was read.

    Attributes:
        operation: Which one of the run wrote it.
        uri: The output file.
        sha256: Digest of its content.
        columns: One entry per pair of output and source column.
    """

    TOPIC: ClassVar[str] = "columns.assumed"
    operation: OperationIndex
    uri: str
    sha256: Sha256 | None
    columns: tuple[AssumedColumn, ...]


class ObservedColumn(BaseModel):
    """A column of the output whose content is that of a column that was read.

    Attributes:
        column: Name of the output column.
        source_uri: File of the source.
        source_sha256: Digest of that file's content.
        source_column: Name of the source column.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str
    source_uri: str
    source_sha256: Sha256 | None
    source_column: str


class ColumnsObserved(Event):
    """No source of an output's columns was stated; some have the content of one that was read.

    Attributes:
        operation: Which one of the run wrote it; None for the run as a whole.
        uri: The output file.
        sha256: Digest of its content.
        columns: One entry per column.
    """

    TOPIC: ClassVar[str] = "columns.observed"
    operation: OperationIndex | None
    uri: str
    sha256: Sha256 | None
    columns: tuple[ObservedColumn, ...]


class ColumnsDerived(Event):
    """The sources of an output's columns were stated.

    Attributes:
        operation: Which one of the run derived them; None for the run as a whole.
        uri: The output file.
        sha256: Digest of its content.
        columns: One entry per pair of output and source column.
    """

    TOPIC: ClassVar[str] = "columns.derived"
    operation: OperationIndex | None
    uri: str
    sha256: Sha256 | None
    columns: tuple[DerivedColumn, ...]
