-- @tasks
-- One row is one task, with its latest run.
with latest as (
  select task_id, max(started_position) as started_position
  from runs
  where not is_archived
  group by task_id
)
select coalesce(t.task_id, l.task_id) as task_id,
  coalesce(t.task_type, r.task_type) as task_type,
  coalesce(t.description, r.description) as description,
  t.version, t.class_name, t.source_sha256, coalesce(t.dependencies, []) as dependencies,
  r.run_id, r.status, r.started_at
from tasks t
full join latest l using (task_id)
left join runs r on r.started_position = l.started_position
order by 1;
