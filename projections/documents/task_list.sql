-- @tasks
-- One row is one task, with its latest run.
with archived as (
  select run_id
  from run_changes
  where kind in ('archived', 'restored')
  group by run_id
  having max_by(kind, position) = 'archived'
),
latest as (
  select max(position) as position
  from run_beginnings
  where run_id not in (select run_id from archived)
  group by task_id
),
begun as (
  select b.task_id, b.run_id, b.task_type, b.description, b.happened_at as started_at,
    if(b.is_refused, 'refused', coalesce(e.status, 'running')) as status
  from latest l
  join run_beginnings b using (position)
  left join run_endings e using (run_id)
)
select coalesce(t.task_id, b.task_id) as task_id,
  coalesce(t.task_type, b.task_type) as task_type,
  coalesce(t.description, b.description) as description,
  t.version, t.class_name, t.source_sha256, coalesce(t.dependencies, []) as dependencies,
  b.run_id, b.status, b.started_at
from tasks t
full join begun b using (task_id)
order by 1;
