"""The runs of a project, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_run_list(
    catalog: Catalog,
    *,
    task_id: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    interrupted: Iterable[str] = (),
) -> Document:
    """Return the runs of a project.

    Args:
        catalog: The catalog to query.
        task_id: Only runs of this task; all when None.
        status: Only runs with this status: running, succeeded, failed, interrupted or refused;
            all when None.
        limit: Maximum number of runs to list, latest first; all when None.
        interrupted: Ids of open runs that count as interrupted where a status is asked for.

    Returns:
        A document with runs (run_id, task_id, status, started_at as ISO 8601 in UTC, duration_s,
        message, task_type, is_imported; newest first), total (number of matching runs) and
        truncated (whether some of them are not listed).
    """
    wanted = {"task": task_id, "status": status, "interrupted": list(interrupted)}
    total = catalog.value(_SQL["total"], wanted)
    rows = catalog.rows(_SQL["runs"], wanted | {"limit": limit})
    return {"runs": [plain(row) for row in rows], "total": total, "truncated": total > len(rows)}
