-- @total
-- One row: the number of runs that match the conditions of `run_list.py`.
select count(*)
from run_beginnings b
where {conditions};

-- @page
-- One row is one run that matches. Only the runs of the page are joined with their ends.
with page as materialized (
  select position, run_id, task_id, is_refused, happened_at, message, task_type, imported_record
  from run_beginnings b
  where {conditions} and ($before is null or b.position < $before)
  order by position desc
  limit $limit
)
select p.run_id, p.task_id,
  case when p.is_refused then 'refused' else coalesce(e.status, 'running') end as status,
  p.happened_at as started_at, e.duration_s,
  coalesce(e.error->>'$.message', e.detail, p.message) as message, p.task_type,
  p.imported_record is not null as is_imported, p.position as started_position
from page p
left join run_endings e on e.run_id = p.run_id
order by p.position desc;

-- @latest
-- One row is one of the latest runs of a task.
with latest as (
  select unnest(max(position, $most)) as position
  from run_beginnings
  where list_contains($tasks::varchar[], task_id)
  group by task_id
)
select b.task_id, b.run_id, if(b.is_refused, 'refused', coalesce(e.status, 'running')) as status,
  b.happened_at as started_at, e.duration_s
from latest l
join run_beginnings b using (position)
left join run_endings e on e.run_id = b.run_id
order by b.position;

-- @messages
-- One row is one run with warnings or errors.
select run_id, count(*) filter (where level = 'warning') as warnings,
  count(*) filter (where level = 'error') as errors
from messages
where list_contains($runs::varchar[], run_id)
group by run_id;

-- @tasks
-- One row is one task, the last begun first.
select task_id as name
from run_beginnings
group by task_id
order by max(position) desc
limit $most;

-- @files
-- One row is one file, the last seen first.
select uri as name
from (
  select uri, position from inputs
  union all
  select uri, position from artifacts
)
group by uri
order by max(position) desc
limit $most;

-- @tags
-- One row is one tag that a run has.
select distinct unnest(from_json(annotations->'$.tags', '["VARCHAR"]')) as name
from run_annotations
order by name
limit $most;
