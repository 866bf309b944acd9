"""The runs of other tasks that a task depends on."""

from __future__ import annotations

from typing import Any, Final

from projections.catalog.catalog import Catalog

_LAST_USE: Final = """
select used.key as task, max_by(used.value->>'$', started_position) as used_run,
  max_by(run_id, started_position) as used_by
from runs, json_each(upstream_runs) as used
where task_id = ? and status = 'succeeded'
group by used.key
order by used.key
"""
_LATEST_IMPORTED: Final = """
select run_id
from runs
where task_id = $task and is_imported and not is_archived
  and (status = 'succeeded' or not $successful)
order by started_at desc, started_position desc
limit 1
"""


def last_used_runs(catalog: Catalog, task_id: str) -> list[dict[str, Any]]:
    """Return the runs that the successful runs of a task used last.

    Returns:
        One object per used task, sorted by task: task, used_run (its run that was used last) and
        used_by (the run that used it).
    """
    return catalog.rows(_LAST_USE, [task_id])


def latest_imported_run(catalog: Catalog, task_id: str, *, successful: bool) -> str | None:
    """Return the latest run of a task imported from another log; None without one.

    Args:
        catalog: The catalog to query.
        task_id: The task.
        successful: Only runs that succeeded.
    """
    run: str | None = catalog.value(_LATEST_IMPORTED, {"task": task_id, "successful": successful})
    return run
