"""List the data folder as it is now, to compare it with the history."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

from lineage.kernel.storage import Storage, sha256_or_none
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

    Every file is read completely. Symbolic links and unfinished files are left out.

    Columns:
        uri: The file, as named in the history.
        sha256: Digest of its content; null if it cannot be read.
        size_bytes: Its size.
        modified_at: Its modification time.
    """
    folder = project.display(project.data_folder)
    storage = project.storage(folder)
    rows = [_row(storage, uri) for uri in storage.list(folder)]
    return pa.Table.from_pylist([row for row in rows if row is not None], schema=SCHEMA)


def _row(storage: Storage, uri: str) -> dict[str, Any] | None:
    try:
        status = storage.status(uri)
    except OSError:
        return None
    if status is None or status.size_bytes is None:  # it was removed meanwhile
        return None
    return {
        "uri": uri.encode("utf-8", "backslashreplace").decode(),
        "sha256": sha256_or_none(storage, uri),
        "size_bytes": status.size_bytes,
        "modified_at": status.modified_at,
    }
