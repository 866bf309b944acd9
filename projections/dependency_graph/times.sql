-- @moments
-- One row is one event: when it was recorded, and when it happened, which is never later.
select e.position, e.recorded_at,
  least(e.recorded_at, coalesce(b.happened_at, e.recorded_at)) as happened_at
from events e
left join run_beginnings b on b.position = e.position and b.imported_record is not null
where e.position in (select unnest(?::bigint[]));

-- @imported
-- One row is one dataset that the records of imported runs name, and when the first of them began.
with wanted as (select unnest(?::ubigint[]) as key)
select key, min(least(b.happened_at, b.recorded_at)) as happened_at
from (
  select dataset_key as key, position
  from inputs
  where dataset_key in (select key from wanted)
  union all
  select dataset_key, position
  from artifacts
  where dataset_key in (select key from wanted)
)
join run_beginnings b using (position)
where b.imported_record is not null
group by key;
