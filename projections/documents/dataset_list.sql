-- @total
-- One row: the number of files that match.
select count(distinct uri)
from datasets
where $text is null or contains(lower(uri), lower($text));

-- @datasets
-- One row is one file with its latest version.
select uri, count(*) as versions, max_by(sha256, last_position) as sha256,
  max_by(row_count, last_position) as row_count, max_by(size_bytes, last_position) as size_bytes,
  max_by(format, last_position) as format, max_by(produced_by_run, last_position) as produced_by_run,
  max_by(produced_by_task, last_position) as produced_by_task, min(first_position) as first_position,
  max(last_position) as last_position
from datasets
where ($text is null or contains(lower(uri), lower($text)))
group by uri
having $before is null or last_position < $before
order by last_position desc
limit $limit;

-- @versions
-- One row is one version of a file.
select sha256, size_bytes, format, row_count, produced_by_run, produced_by_task, first_position,
  last_position, (select recorded_at from events where position = first_position) as first_at
from datasets
where uri = $uri
order by first_position desc;

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
