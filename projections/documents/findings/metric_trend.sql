-- @metrics
-- One row is one metric that runs of a task recorded, with its operation and heading.
select b.name as operation_name, m.category, m.metric, any_value(b.class_name) as class_name
from metric_values m
left join operation_beginnings b using (run_id, operation)
where m.task_id = ?
group by all
order by all;

-- @task
-- One row: whether there is such a task.
select count(*) from runs where task_id = ?;

-- @values
-- One row is one run with the value it, or the operation that it reused, recorded last.
with measured as (
  select m.run_id, m.operation, m.category, m.metric, m.number, m.text, m.position
  from metric_values m
  where m.task_id = $task
  union all
  select b.run_id, b.operation, m.category, m.metric, m.number, m.text, b.position
  from operation_beginnings b
  join metric_values m on m.run_id = b.reused_run and m.operation = b.reused_operation
  where b.task_id = $task
),
chosen as (
  select m.*
  from measured m
  left join operation_beginnings b using (run_id, operation)
  where m.metric = $metric and m.category is not distinct from $category
    and b.name is not distinct from $operation
  qualify row_number() over (partition by m.run_id order by m.position desc) = 1
)
select r.run_id, r.started_at, r.status, c.operation, c.category, c.metric, c.number, c.text,
  c.number - lag(c.number) over (order by r.started_position) as change,
  count(*) over () as run_count
from chosen c
join runs r using (run_id)
where not r.is_archived
order by r.started_position desc
limit $limit;
