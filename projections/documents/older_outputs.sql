-- @older
-- One row is one output file that an earlier run wrote, which a failed run left in place.
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
order by n.position desc, n.uri;
