"""The runs of a process or task over time."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.errors import TaskNotFoundError
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_PROCESS_RUNS: Final = """
select run_name, started_at, ended_at, is_completed, session_count, duration_s, items_processed,
  items_successful, items_failed, items_retried, bytes_processed, items_per_s,
  success_rate_percent, error_count,
  case when items_processed = 0 then 0 else 100 * error_count::double / items_processed end
    as error_rate_percent,
  interruption_count, alert_count
from process_stages
where process_name = ?
order by started_position desc
limit ?
"""

_PROCESS_TOTAL: Final = """
with summed as (
  select count(*) as run_count,
    count(*) filter (where is_completed) as completed_count,
    coalesce(sum(round(duration_s * 1e6)::hugeint), 0)::double / 1e6 as duration_s,
    coalesce(sum(items_processed), 0) as items_processed,
    coalesce(sum(items_successful), 0) as items_successful,
    coalesce(sum(items_failed), 0) as items_failed,
    coalesce(sum(items_retried), 0) as items_retried,
    coalesce(sum(bytes_processed), 0) as bytes_processed,
    coalesce(sum(error_count), 0) as error_count,
    coalesce(sum(interruption_count), 0)::bigint as interruption_count,
    coalesce(sum(alert_count), 0)::bigint as alert_count
  from process_stages
  where process_name = ?
)
select run_count, completed_count, duration_s,
  try_cast(items_processed as bigint) as items_processed,
  try_cast(items_successful as bigint) as items_successful,
  try_cast(items_failed as bigint) as items_failed,
  try_cast(items_retried as bigint) as items_retried,
  try_cast(bytes_processed as bigint) as bytes_processed,
  case when duration_s = 0 then 0 else items_processed::double / duration_s end as items_per_s,
  case when items_processed = 0 then 0
    else 100 * items_successful::double / items_processed::double end as success_rate_percent,
  try_cast(error_count as bigint) as error_count,
  case when items_processed = 0 then 0
    else 100 * error_count::double / items_processed::double end as error_rate_percent,
  interruption_count, alert_count
from summed
"""

_PROCESS_ERRORS: Final = """
select error_type, try_cast(sum(e.error_count) as bigint) as error_count
from process_errors e
join process_stages s using (stream)
where s.process_name = ?
group by error_type
order by error_type
"""

_TASK_RUNS: Final = """
select run_id, started_at, ended_at, status, duration_s, peak_memory_mb, operations_failed
from runs
where task_id = ? and not is_archived
order by started_position desc
limit ?
"""

_TASK_TOTAL: Final = """
select count(*) as run_count,
  count(*) filter (where status = 'succeeded') as succeeded,
  count(*) filter (where status = 'failed') as failed,
  count(*) filter (where status = 'interrupted') as interrupted,
  count(*) filter (where status = 'refused') as refused,
  count(*) filter (where status = 'running') as running,
  min(duration_s) filter (where status = 'succeeded') as shortest_s,
  median(duration_s) filter (where status = 'succeeded') as median_s,
  max(duration_s) filter (where status = 'succeeded') as longest_s
from runs
where task_id = ? and not is_archived
"""


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
    process = _trend(catalog, name, limit, runs=_PROCESS_RUNS, total=_PROCESS_TOTAL)
    task = _trend(catalog, name, limit, runs=_TASK_RUNS, total=_TASK_TOTAL)
    if process is not None:
        errors = catalog.rows(_PROCESS_ERRORS, [name])
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
