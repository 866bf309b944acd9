"""Whether a file on record is still on disk as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from lineage.kernel.errors import PathRefusedError
from lineage.kernel.packages.statements import statements
from lineage.kernel.storage import StorageOf, sha256, sha256_of_any_or_none
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)

FileState = Literal["present", "replaced", "missing", "unreadable", "unknown"]


def file_state(storage_of: StorageOf, recorded: Mapping[str, Any]) -> FileState:
    """Return whether a file still has its recorded content.

    A file with the recorded size and modification time counts as unchanged; if only the time
    differs, its content is read. A set of files is always read.

    Args:
        storage_of: The storage of each file (`Project.storage`).
        recorded: uri, sha256, size_bytes and modified_at of the version.

    Returns:
        "present": it does; "replaced": its content differs; "missing": it does not exist;
        "unreadable": it cannot be read, or is outside; "unknown": its digest was not recorded.
    """
    uri, digest = recorded["uri"], recorded["sha256"]
    try:
        storage = storage_of(uri)
        status = storage.status(uri)
        if status is None:
            return "missing"
        if digest is None:
            return "unknown"
        if status.size_bytes is None:  # a folder, which may be a set of files
            is_same = sha256_of_any_or_none(storage, uri) == digest
            return "present" if is_same else "replaced"
        if status.size_bytes != recorded["size_bytes"]:
            return "replaced"
        is_untouched = status.modified_at is not None and (
            status.modified_at == recorded["modified_at"]
        )
        is_present = is_untouched or sha256(storage, uri) == digest
    except (OSError, PathRefusedError):
        return "unreadable"
    return "present" if is_present else "replaced"


def build_file_check(catalog: Catalog, storage_of: StorageOf) -> dict[str, Any]:
    """Return the files that are not as the last run that wrote them left them.

    Every file is read completely: a time stamp proves nothing.

    Args:
        catalog: The history.
        storage_of: The storage of each file (`Project.storage`).

    Returns:
        files: number of files on record; changed: for each that differs its uri, state (as of
        `file_state`), sha256 on record, run_id and position of its record.
    """
    rows = catalog.rows(_SQL["latest"])
    changed = []
    for row in rows:
        state = file_state(storage_of, {**row, "modified_at": None})
        if state != "present":
            kept = ("uri", "sha256", "run_id", "position")
            changed.append({"state": state, **{key: row[key] for key in kept}})
    return {"files": len(rows), "changed": changed}
