-- @exact_files
-- One row is one version of the file with this path, the newest first.
select uri, sha256, 1 as rank
from (
  select uri, sha256, position from inputs
  union all
  select uri, sha256, position from artifacts
  union all
  select uri, sha256, position from imports
  union all
  select source_uri, sha256, position from imports
)
where uri = $name
group by all
order by max(position) desc;

-- @files
-- One row is one file version that a name matches best, the newest first.
with versions as (
  select uri, sha256, position, name from inputs
  union all
  select uri, sha256, position, null from artifacts
  union all
  select uri, sha256, position, null from imports
  union all
  select source_uri, sha256, position, null from imports
),
ranked as (
  select uri, sha256, position,
    case
      when uri = $file and is_version then 1
      when length($name) >= $shortest and starts_with(sha256, lower($name)) then 2
      when ends_with(uri, '/' || $name) or (ends_with(uri, '/' || $file) and is_version) then 3
      when name = $name then 4
    end as rank
  from (
    select *, coalesce(starts_with(coalesce(sha256, 'unknown'), $digest), false) as is_version
    from versions
  )
)
select uri, sha256, rank
from ranked
where rank = (select min(rank) from ranked)
group by all
order by max(position) desc, uri;

-- @steps
-- One row is one operation of the run or task; null for the run as a whole.
select distinct run_id, operation
from (
  select run_id, task_id, operation from inputs
  union all
  select run_id, task_id, operation from artifacts
  union all
  select run_id, task_id, operation from operation_beginnings where reused_run is not null
)
where ($run is null or run_id = $run) and ($task is null or task_id = $task)
order by run_id, operation;

-- @operations
-- One row is one operation with this name or number.
select distinct task_id, run_id, operation, name
from operation_beginnings
where (name = $step or operation = $number)
  and ($run is null or run_id = $run) and ($task is null or task_id = $task)
order by task_id, run_id, operation;

-- @columns
-- One row is one column of one of the files.
with files as (
  select unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256,
    unnest($places::bigint[]) as place
),
-- only the versions that are asked for, or the columns of all would be compared
read as (
  select uri, sha256, columns
  from inputs
  where uri in (select uri from files)
    and coalesce(sha256, '') in (select coalesce(sha256, '') from files)
),
wrote as (
  select uri, sha256, columns, artifact_type
  from artifacts
  where uri in (select uri from files)
    and coalesce(sha256, '') in (select coalesce(sha256, '') from files)
),
known as (
  select uri, sha256, unnest(columns) as name from read
  union
  select uri, sha256, unnest(columns) from wrote
  union
  select uri, sha256, column_name
  from column_edges
  where uri in (select uri from files)
  union
  select source_uri, source_sha256, source_column
  from column_edges
  where source_uri in (select uri from files)
  union
  -- a table whose columns were not recorded, see undeclared_columns
  select uri, sha256, ''
  from wrote
  where len(columns) = 0 and artifact_type in ('csv', 'parquet')
)
select f.uri, f.sha256, k.name
from files f
join known k on k.uri = f.uri and k.sha256 is not distinct from f.sha256
where k.name is not null
order by f.place, k.name;

-- @columns_called
-- One row is one version of a file with a column of this name, the newest first.
select uri, sha256
from (
  select uri, sha256, position from inputs where list_contains(columns, $column)
  union all
  select uri, sha256, position from artifacts where list_contains(columns, $column)
  union all
  select uri, sha256, position from column_edges where column_name = $column
  union all
  select source_uri, source_sha256, position from column_edges where source_column = $column
)
group by uri, sha256
order by max(position) desc, uri;

-- @nearest
-- One row is one name like the given one, the likeliest first.
with columns as (
  select uri, unnest(columns) as column_name from inputs
  union
  select uri, unnest(columns) from artifacts
),
names as (
  select uri as name, parse_filename(uri) as part from inputs
  union
  select uri, parse_filename(uri) from artifacts
  union
  select uri, parse_filename(uri) from imports
  union
  select task_id, task_id from run_beginnings
  union
  select uri || ':' || column_name, column_name from columns
),
compared as (
  select name, jaro_winkler_similarity(lower(part), lower($name)) as likeness,
    length($name) > 2 and contains(lower(name), lower($name)) as is_part
  from names
  where name is not null
)
select name
from compared
where is_part or likeness > 0.8
order by is_part desc, likeness desc, name
limit $limit;

-- @runs
-- One row is the run, or one run of the task.
select run_id from run_beginnings where run_id = $run or task_id = $task order by run_id;
