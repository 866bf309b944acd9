"""The runs of other tasks that a task depends on."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def last_used_runs(catalog: Catalog, task_id: str) -> list[dict[str, Any]]:
    """Return the runs that the successful runs of a task used last.

    Returns:
        One object per used task, sorted by task: task, used_run (its run that was used last) and
        used_by (the run that used it).
    """
    return catalog.rows(_SQL["last_use"], [task_id])


def latest_imported_run(catalog: Catalog, task_id: str, *, successful: bool) -> str | None:
    """Return the latest run of a task imported from another log; None without one.

    Args:
        catalog: The catalog to query.
        task_id: The task.
        successful: Only runs that succeeded.
    """
    run: str | None = catalog.value(
        _SQL["latest_imported"], {"task": task_id, "successful": successful}
    )
    return run
