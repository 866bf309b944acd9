-- Parts of one statement: steps, a search, what is kept, an answer.
-- `using key` keeps one row a key and goes on from the rows that changed, so that each node is
-- visited once, however many paths lead to it.

-- @steps
-- One row is one step between two nodes.
with recursive steps as materialized (
  select source_key, target_key, position
  from {view}
),

-- @reached
-- One row is one node; the search arrives at {near} and goes on to {far}.
reached(key, distance) using key (key, min(distance)) as (
  select unnest($starts::ubigint[]), 0
  union
  select s.{far}, r.distance + 1
  from reached r
  join steps s on s.{near} = r.key
  where coalesce(r.distance < $depth, true)
),

-- @up_to_depth
found as (from reached where coalesce(distance <= $depth, true)),
-- only a step from the last distance may lead to a node that was not found
followed as (
  select steps.*
  from steps
  semi join (from found where coalesce(distance < $depth, true)) n on n.key = {near}
  union all
  select steps.*
  from steps
  semi join (from found where distance = $depth) n on n.key = {near}
  semi join found f on f.key = {far}
),

-- @between
-- One row is one node on any path, with its distance from the starts.
up(key) as (
  select unnest($goals::ubigint[])
  union
  select s.source_key
  from up r
  join steps s on s.target_key = r.key
),
found as materialized (from reached semi join up using (key)),
followed as (
  select steps.*
  from steps
  semi join found s on s.key = source_key
  semi join found t on t.key = target_key
),

-- @all
-- One row is one node; those of the latest steps are nearest.
followed as materialized (
  select source_key, target_key,
    row_number() over (order by max(position) desc, source_key, target_key) as rank
  from steps
  group by source_key, target_key
),
found as materialized (
  select key, min(rank) as distance
  from (
    select source_key as key, 2 * rank as rank from followed
    union all
    select target_key, 2 * rank + 1 from followed
  )
  group by key
),

-- @kept
-- One row is one node to show: the nearest, of these the newest.
furthest as (
  select distance
  from found
  where $limit is not null
  order by distance
  limit 1 offset greatest($limit - 1, 0)
),
nearest as materialized (
  select key, distance
  from found
  where coalesce(distance <= (from furthest), true)
),
border as (
  select key
  from nearest
  where distance = (from furthest)
),
news as (
  select key, max(position) as latest
  from (
    select source_key as key, target_key as other, position
    from steps
    semi join border on border.key = source_key
    union all
    select target_key, source_key, position
    from steps
    semi join border on border.key = target_key
  )
  where other in (select key from found)
  group by key
),
kept as materialized (
  select key, distance, coalesce(latest, 0) as latest
  from nearest
  left join news using (key)
  order by distance, latest desc, key
  limit $limit
)

-- @nodes
-- One row is the size of the answer, a node to show with its rank, or a step between such nodes.
select 'size' as part, (select count(*) from found)::ubigint as source,
  (select count(distinct hash(source_key, target_key)) from followed)::ubigint as target,
  null::bigint as position
union all
select 'node', key, null, row_number() over (order by distance, latest desc, key)
from kept
union all
select 'edge', source_key, target_key, position
from steps
semi join kept s on s.key = source_key
semi join kept t on t.key = target_key;

-- @path
-- The way back from the nearest goal, by the edges recorded first.
goal as (
  select key
  from found
  semi join (select unnest($goals::ubigint[]) as key) using (key)
  order by distance, key
  limit 1
),
back as materialized (
  select distinct on (target_key) source_key, target_key, position, t.distance
  from steps
  join found s on s.key = source_key
  join found t on t.key = target_key
  where s.distance + 1 = t.distance
  order by target_key, position, source_key
),
way as (
  from back
  where target_key = (from goal)
  union all
  select back.*
  from way
  join back on back.target_key = way.source_key
)
select 'size' as part, (select count(*) from found)::ubigint as source,
  (select count(distinct hash(source_key, target_key)) from followed)::ubigint as target,
  null::bigint as position
union all
select 'node', target_key, null, distance
from way
union all
select 'edge', source_key, target_key, position
from way;
