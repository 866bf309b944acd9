"""The latest run of each task of a pipeline: its outcome, files and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from projections.catalog.catalog import Catalog

Document = dict[str, Any]

_RUNS: Final = """
select task_id, task_type, run_id, status, duration_s,
  (select count(*) from events e where e.run_id = r.run_id) as events
from runs r
where task_id in (select unnest(?::varchar[]))
qualify row_number() over (partition by task_id order by started_position desc) = 1
order by started_position
"""
_FILES: Final = """
select task_id, 'read' as what, uri, format, row_count, size_bytes, sha256,
  min(position) as first_position
from inputs
where run_id in (select unnest($runs::varchar[]))
group by all
union all
select task_id, 'wrote', uri, artifact_type, row_count, size_bytes, sha256, min(position)
from artifacts
where run_id in (select unnest($runs::varchar[]))
group by all
order by first_position
"""
_METRICS: Final = """
select run_id, metric, number
from metric_values
where run_id in (select unnest(?::varchar[])) and number is not null
"""
_WARNINGS: Final = """
select run_id, name, message
from messages
where run_id in (select unnest(?::varchar[])) and level = 'warning'
order by position
"""


def build_pipeline_summary(catalog: Catalog, task_ids: Sequence[str]) -> Document:
    """Return the latest runs of a pipeline of tasks.

    Args:
        catalog: The catalog to query.
        task_ids: The tasks.

    Returns:
        A document with runs (the latest of each task: task_id, task_type, run_id, status,
        duration_s, events (a count), metrics (name to number), warnings (name of the operation,
        message); in the order they began), files
        (task_id, what (read or wrote), uri, format, row_count, size_bytes, sha256; in the order
        they were first recorded), run_count (all runs of the project) and position (of the last
        event).
    """
    runs = [row | {"metrics": {}, "warnings": []} for row in catalog.rows(_RUNS, [list(task_ids)])]
    by_id = {run["run_id"]: run for run in runs}
    for row in catalog.rows(_METRICS, [[*by_id]]):
        by_id[row["run_id"]]["metrics"][row["metric"]] = row["number"]
    for row in catalog.rows(_WARNINGS, [[*by_id]]):
        by_id[row.pop("run_id")]["warnings"].append(row)
    files = catalog.rows(_FILES, {"runs": [*by_id]})
    for file in files:
        del file["first_position"]
    return {
        "runs": runs,
        "files": files,
        "run_count": catalog.value("select count(*) from runs"),
        "position": catalog.position,
    }
