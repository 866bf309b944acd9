-- @datasets
-- One row is one dataset version.
-- These query the tables, not the views, which would look up the keys last.
with wanted as (select unnest(?::ubigint[]) as key)
select dataset_key as key, uri, sha256, max(format) as format, max(row_count) as rows,
  max(size_bytes) as size_bytes,
  max_by(task_id, position) filter (is_made) as task_id,
  max_by(run_id, position) filter (is_made) as run_id, min(position) as position
from (
  select dataset_key, uri, sha256, format, row_count, size_bytes, task_id, run_id, position,
    false as is_made
  from inputs
  where dataset_key in (select key from wanted)
  union all
  select dataset_key, uri, sha256, artifact_type, row_count, size_bytes, task_id, run_id, position,
    true
  from artifacts
  where dataset_key in (select key from wanted)
  union all
  select dataset_key, uri, sha256, null, null, size_bytes, task_id, run_id, position,
    run_id is not null
  from imports
  where dataset_key in (select key from wanted)
  union all
  select source_key, source_uri, sha256, null, null, size_bytes, null, null, position, false
  from imports
  where source_key in (select key from wanted)
)
group by dataset_key, uri, sha256;

-- @steps
-- One row is one operation; null for its run as a whole.
with wanted as (select unnest(?::ubigint[]) as key)
select step_key as key, run_id, operation, bool_or(is_input) as has_inputs,
  min(position) as position
from (
  select step_key, run_id, operation, true as is_input, position
  from inputs
  where step_key in (select key from wanted)
  union all
  select step_key, run_id, operation, false, position
  from artifacts
  where step_key in (select key from wanted)
  union all
  select unnest([hash(run_id, operation), hash(reused_run, reused_operation)]),
    unnest([run_id, reused_run]), unnest([operation, reused_operation]), false, position
  from operation_beginnings
  where reused_run is not null
)
where step_key in (select key from wanted)
group by step_key, run_id, operation;

-- @operations
-- One row is one operation of the runs.
select run_id || '#' || operation as node, name, status, run_id, task_id, started_at
from operations
where operation is not null and run_id in (select unnest(?::varchar[]));

-- @runs
-- One row is one run.
select run_id as node, task_id as name, status, run_id, task_id, started_at
from runs
where run_id in (select unnest(?::varchar[]));
