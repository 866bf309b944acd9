-- @tasks
-- One row is one task whose id or description has the text.
with known as (
  select task_id, max_by(description, position) as description, max(position) as position
  from run_beginnings
  group by task_id
  union all
  select task_id, max_by(description, position), max(position)
  from task_registrations
  group by task_id
)
select task_id as name, max_by(description, position) as detail, count(*) over () as total
from known
group by task_id
having contains(lower(task_id), $text) or contains(lower(coalesce(max_by(description, position), '')), $text)
order by lower(task_id) = $text desc, starts_with(lower(task_id), $text) desc, max(position) desc
limit $limit;

-- @runs
-- One row is one run whose id begins with the text, or that ended with it in its message.
with found as (
  select run_id from run_beginnings
  where starts_with(lower(run_id), $text) or contains(lower(coalesce(message, '')), $text)
  union
  select run_id from run_endings
  where contains(lower(coalesce(error->>'$.message', '')), $text)
    or contains(lower(coalesce(detail, '')), $text)
), counted as (
  select b.run_id, b.task_id, b.position, b.happened_at, count(*) over () as total
  from found
  join run_beginnings b using (run_id)
  order by starts_with(lower(b.run_id), $text) desc, b.position desc
  limit $limit
)
select run_id as name, task_id as detail, happened_at as at, total
from counted
order by starts_with(lower(run_id), $text) desc, position desc;

-- @files
-- One row is one file with the text in its name, or with it at the beginning of a digest.
with known as (
  select uri, sha256, position from inputs
  union all
  select uri, sha256, position from artifacts
  union all
  select uri, sha256, position from imports
)
select uri as name, null as detail, count(*) over () as total
from known
where contains(lower(uri), $text) or (length($text) >= 6 and starts_with(sha256, $text))
group by uri
order by lower(uri) = $text desc, max(position) desc
limit $limit;

-- @columns
-- One row is one column of a file; the text is in its name, or in file:column.
with seen as (
  select uri, hash(columns) as columns_key, columns, position
  from inputs
  where len(columns) > 0
  union all
  select uri, hash(columns), columns, position
  from artifacts
  where len(columns) > 0
), latest as (
  -- many versions have the same columns
  select uri, columns_key, max(position) as position
  from seen
  group by uri, columns_key
), tables as (
  select uri, columns, position
  from seen
  where (uri, columns_key, position) in (from latest)
), known as (
  select uri, unnest(columns) as column_name, position
  from tables
)
select column_name as name, uri as detail, count(*) over () as total
from known
where contains(lower(column_name), $text)
  or (contains($text, ':') and contains(lower(uri || ':' || column_name), $text))
group by uri, column_name
order by lower(column_name) = $text desc, starts_with(lower(column_name), $text) desc, max(position) desc,
  uri, column_name
limit $limit;

-- @releases
-- One row is one release that was asked for.
select release_id as name, coalesce(release_uri, source_uri) as detail, decided_at as at, state,
  count(*) over () as total
from releases
where starts_with(lower(release_id), $text)
  or contains(lower(concat_ws(' ', source_uri, release_uri, purpose, recipient, approver)), $text)
order by position desc
limit $limit;

-- @metrics
-- One row is one metric of a task.
with known as (
  select category, name, task_id, max(position) as position
  from metrics
  group by category, name, task_id
)
select name, task_id as detail, count(*) over () as total
from known
where contains(lower(concat_ws('.', category, name)), $text)
group by name, task_id
order by lower(name) = $text desc, max(position) desc
limit $limit;
