"""List the data folder as it is now, to be compared with what was recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from lineage.kernel.digest import sha256_file
from lineage.project import Project

SCHEMA: Final = pa.schema(
    [
        pa.field("uri", pa.string(), nullable=False),
        pa.field("sha256", pa.string()),
        pa.field("size_bytes", pa.int64(), nullable=False),
        pa.field("modified_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


def list_files(project: Project) -> pa.Table:
    """Return one row per regular file below a project's data folder, sorted by path.

    Every file is read to the end. Symbolic links are not followed.

    Columns:
        uri: The file, as the history names it.
        sha256: Digest of its content; null if it cannot be read.
        size_bytes: Its length.
        modified_at: Time stamp of the file.
    """
    rows = [_row(project, path) for path in _files(project.data_folder)]
    return pa.Table.from_pylist([row for row in rows if row is not None], schema=SCHEMA)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent) / name for name in sorted(names))


def _row(project: Project, path: Path) -> dict[str, Any] | None:
    try:
        if path.is_symlink() or not path.is_file():
            return None
        status = path.stat()
    except OSError:  # it went while we looked
        return None
    return {
        "uri": project.display(path).encode("utf-8", "backslashreplace").decode(),
        "sha256": _digest(path),
        "size_bytes": status.st_size,
        "modified_at": datetime.fromtimestamp(status.st_mtime, UTC),
    }


def _digest(path: Path) -> str | None:
    try:
        return sha256_file(path)
    except OSError:
        return None
