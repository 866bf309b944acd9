"""Compare the files on disk with the digests on record."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.storage import StorageOf
from projections.catalog import Catalog
from projections.catalog.file_states import file_state

_SQL: Final = statements(__name__)


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
