-- Parts of one statement, with those of `search.sql`.

-- @steps
-- One row is one step between two columns; $effects are in the order of the levels they leave.
with recursive steps as materialized (
  select source_key, target_key, position, list_position($effects, effect) - 1 as level,
    is_direct, is_assumed, is_observed
  from column_steps
),

-- @reached
-- One row is one level that paths from the starts attain at a column. The lowest level on a path
-- counts, and a path is direct if all its steps are. A start exposes itself.
states(key, level, is_direct, distance) using key (key, level, is_direct, min(distance)) as (
  select unnest($starts::ubigint[]), len($effects) - 1, true, 0
  union
  select s.{far}, least(r.level, s.level), r.is_direct and s.is_direct, r.distance + 1
  from states r
  join steps s on s.{near} = r.key
),
reached as materialized (
  select key, min(distance) as distance
  from states
  group by key
),

-- @not_searched
states as (select 0::ubigint as key, 0 as level, true as is_direct where false),
reached as (select key from states),

-- @columns
-- One row is as for nodes, a level attained at a column to show, a column reached, or whether any
-- step from these is assumed.
select 'size' as part, (select count(*) from found)::ubigint as source,
  (select count(distinct hash(source_key, target_key)) from followed)::ubigint as target,
  null::bigint as position, null::bigint as level, null as is_direct, null as is_assumed,
  null as is_observed
union all
select 'node', key, null, row_number() over (order by distance, latest desc, key), null, null, null, null
from kept
union all
select 'edge', source_key, target_key, position, level, is_direct, is_assumed, is_observed
from steps
semi join kept s on s.key = source_key
semi join kept t on t.key = target_key
union all
select 'state', key, null, null, level, is_direct, null, null
from states
semi join kept using (key)
union all
select 'reached', key, null, null, null, null, null, null
from reached
union all
select 'assumed', null, null, null, null, null, bool_or(is_assumed), null
from steps
semi join reached on reached.key = {near};

-- @stated
-- Whether a path leads to a goal by declared steps only.
stated(key) as (
  select unnest($starts::ubigint[])
  union
  select s.target_key
  from stated r
  join steps s on s.source_key = r.key
  where not s.is_assumed
)
select count(*) > 0
from stated
semi join (select unnest($goals::ubigint[]) as key) using (key);

-- @is_assumed
-- Whether any step is assumed.
select bool_or(is_assumed)
from column_steps;
