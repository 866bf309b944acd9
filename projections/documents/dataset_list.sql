-- @total
-- One row: the number of files that match.
with known as (
  select distinct uri from inputs
  union
  select uri from artifacts
  union
  select uri from imports
)
select count(*)
from known
where $text is null or contains(lower(uri), lower($text));

-- @page
-- One row is one file, and the key of its latest version.
select uri, max_by(dataset_key, position) as dataset_key, count(distinct dataset_key) as versions,
  min(position) as first_position, max(position) as last_position
from (
  select uri, dataset_key, position from inputs
  union all
  select uri, dataset_key, position from artifacts
  union all
  select uri, dataset_key, position from imports
)
where $text is null or contains(lower(uri), lower($text))
group by uri
having $before is null or max(position) < $before
order by last_position desc
limit $limit;

-- @latest
-- One row is one version of a file.
select dataset_key, sha256, row_count, size_bytes, format, produced_by_run, produced_by_task
from datasets
where list_contains($keys::ubigint[], dataset_key);

-- @versions
-- One row is one version of a file.
with found as materialized (
  select sha256, size_bytes, format, row_count, produced_by_run, produced_by_task, first_position,
    last_position
  from datasets
  where uri = $uri
  order by first_position desc
  limit $versions
),
times as (
  select position, recorded_at from inputs where uri = $uri
  union
  select position, recorded_at from artifacts where uri = $uri
  union
  select position, recorded_at from imports where uri = $uri or source_uri = $uri
),
-- as it was last read or written (null where nobody recorded its columns)
named as (
  select sha256, max_by(columns, position) as columns
  from (
    select sha256, columns, position from inputs where uri = $uri and len(columns) > 0
    union all
    select sha256, columns, position from artifacts where uri = $uri and len(columns) > 0
  )
  group by sha256
)
select f.*, t.recorded_at as first_at, n.columns
from found f
left join times t on t.position = f.first_position
left join named n on n.sha256 is not distinct from f.sha256
order by f.first_position desc;

-- @version_count
-- One row: how many versions of a file are on record.
select count(*)
from datasets
where uri = $uri;

-- @uses
-- One row is one run that read or wrote a file.
select run_id, task_id, status, started_at, started_position,
  exists (from artifacts a where a.run_id = runs.run_id and a.uri = $uri) as wrote
from runs
where run_id in (
  select run_id from inputs where uri = $uri
  union all
  select run_id from artifacts where uri = $uri
)
order by started_position desc
limit $limit;

-- @about
-- One row at most: what was said of a version of a file when it was written last.
select artifact_type, description, category, tags, artifact_group
from artifacts
where uri = $uri and sha256 is not distinct from $sha256
order by position desc
limit 1;
