"""What a run that did not succeed left in place: files that earlier runs of its task wrote."""

from __future__ import annotations

from typing import Any, Final

from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_OLDER: Final = """
with this as (
  select task_id, started_position
  from runs
  where run_id = $run and status in ('failed', 'refused', 'interrupted')
),
newest as (
  select a.uri, a.sha256, a.size_bytes, a.modified_at, a.run_id, a.recorded_at as written_at,
    a.position
  from artifacts a
  join this using (task_id)
  where contains(a.uri, '/output/')
  qualify row_number() over (partition by a.uri order by a.position desc) = 1
)
select n.* exclude (position), r.status as run_status
from newest n
join this on n.position < this.started_position
join runs r using (run_id)
where n.uri not in (
  -- reused, so that it is a result of this run, too
  select a.uri
  from operation_beginnings o
  join artifacts a on a.run_id = o.reused_run and a.operation = o.reused_operation
  where o.run_id = $run
)
order by n.position desc, n.uri
"""


def build_older_outputs(catalog: Catalog, run_id: str) -> list[Document]:
    """Return the files in the output folder of a task that a run did not replace.

    Args:
        catalog: The whole catalog: other runs of the task count.
        run_id: Id of the run.

    Returns:
        For a failed, refused or interrupted run, each file in output/ whose last version on
        record is of a run before it, newest first: uri, sha256, size_bytes, modified_at, run_id,
        written_at and run_status (of the run that wrote it). Nothing for other runs.
    """
    return [plain(row) for row in catalog.rows(_OLDER, {"run": run_id})]
