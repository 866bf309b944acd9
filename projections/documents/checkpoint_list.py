"""The checkpoints of a project, newest first, without their contents."""

from __future__ import annotations

from typing import Any, Final

from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_TOTAL: Final = """
select count(*)
from checkpoints
where ($task is null or task_id = $task) and ($with_gone or status = 'kept')
"""
_CHECKPOINTS: Final = """
select run_id, task_id, name, kind, operation, recorded_at, size_bytes, is_encrypted,
  state is null as has_file, status
from checkpoints
where ($task is null or task_id = $task) and ($with_gone or status = 'kept')
order by position desc
limit $limit
"""
_FILES: Final = """
select sha256, run_id || '/' || name as name, status = 'kept' as is_kept
from checkpoints
where state is null
order by position
"""


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
    total = catalog.value(_TOTAL, wanted)
    rows = catalog.rows(_CHECKPOINTS, wanted | {"limit": limit})
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
    return catalog.rows(_FILES)
