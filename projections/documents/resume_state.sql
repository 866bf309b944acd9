-- @operations
-- A reused operation is described by the one whose result it reused.
select o.operation, o.name, coalesce(r.status, o.status) as status,
  coalesce(r.run_id, o.run_id) as run_id, coalesce(r.operation, o.operation) as source_operation,
  coalesce(r.code_version, o.code_version) as code_version,
  coalesce(r.parameters, o.parameters) as parameters, coalesce(r.seed, o.seed) as seed,
  coalesce(r.key, o.key) as key, coalesce(r.in_memory, o.in_memory) as in_memory
from operations o
left join operations r on r.run_id = o.reused_run and r.operation = o.reused_operation
where o.run_id = ? and o.operation is not null
order by o.operation;

-- @unfinished
-- One row is the latest run of one task, of those executed here.
with latest as (
  select task_id, max(started_position) as started_position
  from runs
  where run_id in (select run_id from environments)
  group by task_id
)
select task_id, run_id, status
from runs
join latest using (task_id, started_position)
where status <> 'succeeded'
order by started_position desc;

-- @python
-- One row: the Python that executed the run last.
select python_version from environments where run_id = ? order by position desc limit 1;

-- @checkpoint
-- One row at most: the last checkpoint of the run.
select name, operation, state, config_sha256
from checkpoints
where run_id = ? and status = 'kept'
order by position desc
limit 1;
