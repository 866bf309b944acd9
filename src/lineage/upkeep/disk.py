"""List the data folder as it is now, to be compared with what was recorded."""

from __future__ import annotations

from dataclasses import asdict
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

    Every file is read to the end. Symbolic links are not followed, unfinished files left out.

    Columns:
        uri: The file, as the history names it.
        sha256: Digest of its content; null if it cannot be read.
        size_bytes: Its length.
        modified_at: Time stamp of the file.
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
    if status is None or status.size_bytes is None:  # it went while we looked
        return None
    return {
        "uri": uri.encode("utf-8", "backslashreplace").decode(),
        "sha256": sha256_or_none(storage, uri),
        **asdict(status),
    }
