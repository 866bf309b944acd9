-- @around
-- One row is one node to show, nearest first, or one step between two of them.
with recursive steps as materialized (select source_key, target_key, position from edges),
up(key, distance) using key (key, min(distance)) as (
  select unnest($starts::ubigint[]), 0
  union
  select s.source_key, u.distance + 1
  from up u
  join steps s on s.target_key = u.key
  where coalesce(u.distance < $upstream, true)
),
down(key, distance) using key (key, min(distance)) as (
  select unnest($starts::ubigint[]), 0
  union
  select s.target_key, d.distance + 1
  from down d
  join steps s on s.source_key = d.key
  where coalesce(d.distance < $downstream, true)
),
found as materialized (
  select key, min(distance) as distance
  from (from up union all from down)
  group by key
),
near as (
  select source_key, target_key, position
  from steps
  where source_key in (select key from found) or target_key in (select key from found)
),
kept as materialized (
  select key, distance, max(position) as latest
  from (
    select key, distance, position from found left join near on source_key = key
    union all
    select key, distance, position from found left join near on target_key = key
  )
  group by all
  order by distance, latest desc, key
  limit $limit
)
select 'node' as part, key as source, null::ubigint as target,
  row_number() over (order by distance, latest desc, key) as position
from kept
union all
select 'edge', source_key, target_key, min(position)
from steps
semi join kept s on s.key = source_key
semi join kept t on t.key = target_key
group by all;

-- @edges
-- One row is one step between two nodes that are shown.
with shown as (select unnest($keys::ubigint[]) as key)
select source_key as source, target_key as target, min(position) as position
from edges
semi join shown s on s.key = source_key
semi join shown t on t.key = target_key
group by all;

-- @beyond
-- One row is one box of nodes that are shown, and what lies one step beyond it in a direction.
with shown as (
  select unnest($keys::ubigint[]) as key, unnest($boxes::varchar[]) as box
),
steps as materialized (
  select source_key, source_kind, target_key, target_kind, run_id
  from edges
  where (source_key in (select key from shown)) <> (target_key in (select key from shown))
),
ends as (
  select 'downstream' as direction, s.box, target_kind as kind, target_key as far, run_id
  from steps
  join shown s on s.key = source_key
  union all
  select 'upstream', s.box, source_kind, source_key, run_id
  from steps
  join shown s on s.key = target_key
)
select box, direction, count(distinct far) filter (where kind = 'dataset') as files,
  count(distinct run_id) filter (where kind <> 'dataset') as runs
from ends
group by all
order by box, direction;

-- @columns_beyond
-- One row is one box of columns that are shown, and how many lie one step beyond it in a direction.
with shown as (
  select unnest($keys::ubigint[]) as key, unnest($boxes::varchar[]) as box
)
select s.box, 'downstream' as direction, count(distinct target_key) as columns
from column_steps
join shown s on s.key = source_key
where target_key not in (select key from shown)
group by all
union all
select s.box, 'upstream', count(distinct source_key)
from column_steps
join shown s on s.key = target_key
where source_key not in (select key from shown)
group by all
order by box, direction;

-- @released
-- One row is one file version that was released and not withdrawn, the newest first.
select source_uri as uri, sha256
from releases
where state = 'published'
order by position desc
limit $limit;

-- @newest
-- One row is one file version that a run wrote, the newest first.
select uri, sha256
from artifacts
group by uri, sha256
order by max(position) desc
limit $limit;

-- @size
-- The number of nodes of the whole graph.
select count(*) as nodes
from (
  select dataset_key from inputs
  union
  select step_key from inputs
  union
  select dataset_key from artifacts
  union
  select step_key from artifacts
  union
  select dataset_key from imports
  union
  select source_key from imports
  union
  select unnest([hash(run_id, operation), hash(reused_run, reused_operation)])
  from operation_beginnings
  where reused_run is not null
);

-- @erased
-- One row is one file version that an erasure removed, and when it had.
select s.uri, s.sha256, max(e.position) as position, max(e.recorded_at) as erased_at
from erasure_steps s
join erasure_events e on e.erasure_id = s.erasure_id and e.step = s.number
where s.outcome = 'done' and e.outcome = 'done' and s.action in ('delete_file', 'rewrite_file')
  and s.uri in (select unnest(?::varchar[]))
group by s.uri, s.sha256;
