"""The runs of a process or task over time."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.errors import TaskNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_trends(catalog: Catalog, name: str, *, limit: int) -> Document:
    """Return the runs of the process and of the task with a name.

    Args:
        catalog: The catalog to query.
        name: Name of a process or id of a task.
        limit: Maximum number of runs to list, latest first; totals cover all runs.

    Returns:
        A document with name, process and task. The latter two are None if there is none of that
        name, else objects of runs (oldest first, times ISO 8601 in UTC), total (of all runs)
        and is_truncated. Archived runs of a task are left out. Rates and percentages are 0
        when nothing was processed; a total that exceeds 64 bits is None.

    Raises:
        TaskNotFoundError: There is no process or task of that name.
    """
    process = _trend(catalog, name, limit, runs=_SQL["process_runs"], total=_SQL["process_total"])
    task = _trend(catalog, name, limit, runs=_SQL["task_runs"], total=_SQL["task_total"])
    if process is not None:
        errors = catalog.rows(_SQL["process_errors"], [name])
        process["total"]["error_types"] = {e["error_type"]: e["error_count"] for e in errors}
    if process is None and task is None:
        raise TaskNotFoundError(
            f"process or task {name!r}",
            problem="not in the history",
            remedy='`lineage runs` and `lineage query "from process_stages"` list them',
        )
    return {"name": name, "process": process, "task": task}


def _trend(catalog: Catalog, name: str, limit: int, *, runs: str, total: str) -> Document | None:
    rows = [plain(row) for row in catalog.rows(runs, [name, limit])]
    summed = catalog.row(total, [name])
    if not rows or summed is None:
        return None
    return {
        "runs": rows[::-1],
        "total": summed,
        "is_truncated": summed["run_count"] > len(rows),
    }


def build_process_list(catalog: Catalog) -> list[Document]:
    """Return every counted process, the last started first.

    Returns:
        Objects with process_name, run_count, completed_count, last_started_at (ISO 8601 in UTC),
        last_run_name, and over all runs items_processed, error_count and alert_count.
    """
    return [plain(row) for row in catalog.rows(_SQL["processes"])]


def build_process_alerts(catalog: Catalog, name: str) -> list[Document]:
    """Return the alerts of a process, in the order they were raised.

    Returns:
        Objects with run_name, measure (error_count or failed_percent), error_type (None for all),
        threshold, measured, recorded_at (ISO 8601 in UTC) and position.
    """
    return [plain(row) for row in catalog.rows(_SQL["alerts"], [name])]
