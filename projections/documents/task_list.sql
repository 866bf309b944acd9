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
  select task_id, max_by(run_id, position) as run_id
  from run_beginnings
  where run_id not in (select run_id from archived)
  group by task_id
)
select coalesce(t.task_id, l.task_id) as task_id,
  coalesce(t.task_type, r.task_type) as task_type,
  coalesce(t.description, r.description) as description,
  t.version, t.class_name, t.source_sha256, coalesce(t.dependencies, []) as dependencies,
  r.run_id, r.status, r.started_at
from tasks t
full join latest l using (task_id)
left join runs r on r.run_id = l.run_id
order by 1;
