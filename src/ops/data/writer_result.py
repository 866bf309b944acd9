"""What a writer says about a file it wrote, and how it can be told to write one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict

from lineage.kernel import paths
from lineage.kernel.errors import DataWriteError
from lineage.kernel.secrets.secret import Secret
from ops.data.encryption import FileEncryption

FileKey: TypeAlias = "str | bytes | Secret | FileEncryption"
"""What `encryption_key` takes, see `ops.data.encryption.encryption_for`."""

EncryptionMode: TypeAlias = Literal["simple", "age", "parquet"]


class FileOptions(TypedDict, total=False):
    """How to encrypt a file; whatever is left out has the default given here.

    Attributes:
        encryption_key: The key or passphrase; that of the running task, if it has one.
        encryption_mode: "simple" (AES-256-GCM in chunks), "age", or for Parquet "parquet"
            (modular encryption, which keeps the file queryable); "simple". To ask for a mode
            without a key is an error.
    """

    encryption_key: FileKey | None
    encryption_mode: EncryptionMode | None


class WriteOptions(FileOptions, total=False):
    """How to write a table; whatever is left out has the default given here.

    Attributes:
        separator: CSV: the character between the fields; a comma.
        partition_cols: Columns by whose values the rows are divided into a set of files, in
            folders "<column>=<value>". Not with encryption: the folders show the values.
        column_keys: Mode "parquet": column name to a key of its own.
    """

    separator: str
    partition_cols: Sequence[str] | None
    column_keys: Mapping[str, FileKey] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterResult:
    """A file, or a set of files, that was written.

    Attributes:
        uri: Where: an absolute path, or the address of an object ("s3://bucket/name.csv").
        format: "csv", "parquet", "json", "png", ...
        size_bytes: Its length; of a set that of all its files.
        timestamp: When it was written, UTC.
        sha256: Digest of its content as it is stored; of a set see `storage.sha256_of_set`.
        rows: Number of rows; None when not tabular.
        columns: Column names in order; empty when not tabular.
        column_types: Type of each column, see `ops.data.column_types.names_of`.
        parts: Paths of the files of a set, below its folder, sorted; empty for one file.
        encryption: "simple", "age" or "parquet"; None if it is not encrypted.
        key_id: The public name of the key; None if it has none.
    """

    uri: str
    format: str
    size_bytes: int
    timestamp: datetime
    sha256: str
    rows: int | None = None
    columns: tuple[str, ...] = ()
    column_types: Mapping[str, str] = field(default_factory=dict, compare=False)
    parts: tuple[str, ...] = ()
    encryption: str | None = None
    key_id: str | None = None

    @property
    def path(self) -> Path:
        """The file or the folder of the set, absolute.

        Raises:
            DataWriteError: It is an object in a store, and has no path.
        """
        return path_of(self.uri)

    @property
    def is_encrypted(self) -> bool:
        """Whether the file can be read with its key only."""
        return self.encryption is not None


def path_of(place: str) -> Path:
    """Return a place as a path.

    Raises:
        DataWriteError: It is the address of an object, which has no path.
    """
    if paths.is_address(place):
        raise DataWriteError(
            f"path of {place!r}",
            problem="it is in an object store",
            remedy="use the attribute uri of what was written",
        )
    return Path(place)
