-- @files
-- One row is one file version that was made.
with wanted as (
  select unnest($keys::ubigint[]) as key
  except select unnest($starts::ubigint[])
)
select uri || '@' || coalesce(sha256, 'unknown') as dataset_id, uri, sha256,
  max(size_bytes) as size_bytes, max_by(modified_at, position) as modified_at,
  max_by(run_id, position) as run_id, max_by(task_id, position) as task_id
from (
  select uri, sha256, size_bytes, modified_at, run_id, task_id, position
  from artifacts
  where dataset_key in (select key from wanted)
  union all
  select uri, sha256, size_bytes, null, run_id, task_id, position
  from imports
  where dataset_key in (select key from wanted)
)
group by uri, sha256
order by max(position), uri;

-- @steps
-- One row is one step that made or used something.
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct run_id, step
from (
  select run_id, target as step
  from edges
  where target_kind <> 'dataset' and target_key in (select key from wanted)
  union all
  select run_id, source
  from edges
  where kind = 'generated' and source_key in (select key from wanted)
);

-- @column_files
-- One row is one file that has a column.
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct hash(uri, sha256) as key
from column_steps
where source_key in (select key from wanted);

-- @column_steps
-- One row is one step that made a column.
with wanted as (select unnest($keys::ubigint[]) as key)
select distinct run_id, run_id || coalesce('#' || operation, '') as step
from column_steps
where run_id is not null and source_key in (select key from wanted);

-- @is_assumed
-- Whether any of the steps is assumed; {view} is edges or column_steps.
with wanted as (select unnest($keys::ubigint[]) as key)
select coalesce(bool_or(is_assumed), false)
from {view}
where source_key in (select key from wanted);

-- @runs
-- One row is one run.
select run_id, task_id, status, started_at
from runs
where run_id in (select unnest(?::varchar[]))
order by started_position;
