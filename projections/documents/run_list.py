"""The runs of a project, newest first."""

from __future__ import annotations

from typing import Any, Final

from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_TOTAL: Final = """
select count(*)
from runs
where ($task is null or task_id = $task) and ($status is null or status = $status)
"""
_RUNS: Final = """
select run_id, task_id, status, started_at, duration_s, message, task_type
from runs
where ($task is null or task_id = $task) and ($status is null or status = $status)
order by started_position desc
limit $limit
"""


def build_run_list(
    catalog: Catalog,
    *,
    task_id: str | None = None,
    status: str | None = None,
    limit: int | None = None,
) -> Document:
    """Return the runs of a project.

    Args:
        catalog: The catalog to query.
        task_id: Only runs of this task; all when None.
        status: Only runs with this status: running, succeeded, failed, interrupted or refused;
            all when None.
        limit: Maximum number of runs to list, latest first; all when None.

    Returns:
        A document with runs (run_id, task_id, status, started_at as ISO 8601 in UTC, duration_s,
        message, task_type; newest first), total (number of matching runs) and truncated
        (whether some of them are not listed).
    """
    wanted = {"task": task_id, "status": status}
    total = catalog.value(_TOTAL, wanted)
    rows = catalog.rows(_RUNS, wanted | {"limit": limit})
    return {"runs": [plain(row) for row in rows], "total": total, "truncated": total > len(rows)}
