-- @page
-- One row is one event that matches, without what it says.
select position, type, recorded_at, actor, stream, run_id, task_id
from events
where ($type is null or type = $type)
  and ($text is null or contains(lower(stream), lower($text)) or contains(lower(task_id), lower($text))
    or contains(lower(actor), lower($text)))
  and ($since is null or recorded_at >= $since::timestamptz)
  and ($until is null or recorded_at < $until::timestamptz)
  and ($before is null or position < $before)
order by position desc
limit $limit;

-- @total
-- One row: how many events match.
select count(*)
from events
where ($type is null or type = $type)
  and ($text is null or contains(lower(stream), lower($text)) or contains(lower(task_id), lower($text))
    or contains(lower(actor), lower($text)))
  and ($since is null or recorded_at >= $since::timestamptz)
  and ($until is null or recorded_at < $until::timestamptz);

-- @types
-- One row is one type of event that is on record.
select type, count(*) as events
from events
group by type
order by type;

-- @days
-- One row is one of the last days up to the last event, in UTC, days without an event included.
with last_day as (
  select (max(recorded_at) at time zone 'UTC')::date as day
  from events
),
days as (
  select unnest(generate_series(day - ($days::int - 1), day, interval 1 day))::date as day
  from last_day
),
counted as (
  select (recorded_at at time zone 'UTC')::date as day, count(*) as events,
    count(*) filter (where type in ('run.failed', 'run.interrupted', 'run.refused')) as failures
  from events
  group by 1
)
select d.day::varchar as day, coalesce(c.events, 0) as events, coalesce(c.failures, 0) as failures
from days d
left join counted c using (day)
order by d.day;
