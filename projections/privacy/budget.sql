-- @spendings
-- One row is one use of a budget, in the order of the record.
select position, recorded_at, actor, run_id, task_id, operation, source_uri, source_sha256,
  mechanism, epsilon, delta, unit, disjoint_part
from budget_spendings
order by position;

-- @upstream
-- One row is one place from which a spending's rows come: a file that nothing was made of before,
-- which has no split, or a part of a split in which nobody is who is in another part.
with recursive up(spending, key) as (
  select position, hash(source_uri, source_sha256) from budget_spendings
  union
  select up.spending, e.source_key
  from up
  join edges e on e.target_key = up.key
), sources as (
  select dataset_key, uri from inputs
  union
  select source_key, source_uri from imports
  union
  select hash(source_uri, source_sha256), source_uri from budget_spendings
), parts as (
  select a.dataset_key, a.uri, min(a.position) over (partition by a.step_key) as split,
    o.parameters->>'$.keep_together' is not null as keeps_persons
  from artifacts a
  join operations o using (run_id, operation)
  where o.class_name like '%.SplitOperation' and a.category = 'output'
    -- else people change places when the values of others do
    and coalesce(json_array_length(o.parameters->'$.stratify_by'), 0) = 0
)
select distinct up.spending, null::bigint as split, s.uri
from up
join sources s on s.dataset_key = up.key
where up.key not in (select target_key from edges)
union all
select distinct up.spending, p.split, p.uri
from up
join budget_spendings b on b.position = up.spending
join parts p on p.dataset_key = up.key
where p.keeps_persons or b.unit = 'one row'  -- a person of several rows may be in all parts
order by split, spending, uri;

-- @origins
-- One row is one file that nothing was made of before, from which a file's latest version comes.
with recursive latest as (
  select max_by(dataset_key, position) as key
  from (
    select dataset_key, position from artifacts where uri = $uri
    union all
    select dataset_key, position from inputs where uri = $uri
    union all
    select dataset_key, position from imports where uri = $uri
  )
), up(key) as (
  select key from latest where key is not null
  union
  select e.source_key
  from up
  join edges e on e.target_key = up.key
)
select distinct d.uri
from up
join (
  select dataset_key, uri from inputs
  union
  select source_key, source_uri from imports
) d on d.dataset_key = up.key
where up.key not in (select target_key from edges)
order by d.uri;
