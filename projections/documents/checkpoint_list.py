"""The checkpoints of a project, newest first, without their contents."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_checkpoint_list(
    catalog: Catalog,
    *,
    task_id: str | None = None,
    with_gone: bool = False,
    limit: int | None = None,
) -> Document:
    """Return the checkpoints of a project.

    Args:
        catalog: The catalog to query.
        task_id: Only checkpoints of this task; all when None.
        with_gone: Include replaced and discarded checkpoints.
        limit: Maximum number to list, latest first; all when None.

    Returns:
        A document with checkpoints (run_id, task_id, name, kind, operation, recorded_at as ISO
        8601 in UTC, size_bytes, is_encrypted, has_file, status; newest first), total (number
        of matching checkpoints) and truncated (whether some of them are not listed).
    """
    wanted = {"task": task_id, "with_gone": with_gone}
    total = catalog.value(_SQL["total"], wanted)
    rows = catalog.rows(_SQL["checkpoints"], wanted | {"limit": limit})
    return {
        "checkpoints": [plain(row) for row in rows],
        "total": total,
        "truncated": total > len(rows),
    }


def checkpoint_files(catalog: Catalog) -> list[Document]:
    """Return the files that contain checkpoint states.

    Returns:
        Objects in recorded order: sha256, name ("run/name" of the checkpoint) and
        is_kept (whether it can be restored).
    """
    return catalog.rows(_SQL["files"])
