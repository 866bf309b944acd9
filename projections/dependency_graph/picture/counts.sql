-- @reached
-- One row is one box of a picture and a direction: how many file versions and steps lie one step
-- beyond it, and how many in all. A mask has a bit for each box from which its node was reached.
with recursive shown as (
  select key, bit_or(mask) as mask
  from (select unnest($keys::ubigint[]) as key, unnest($masks::ubigint[]) as mask)
  group by key
),
steps as materialized (select distinct source_key, target_key from edges),
up(key, mask) using key (key, bit_or(mask)) as (
  select key, mask from shown
  union
  select s.source_key, u.mask
  from up u
  join steps s on s.target_key = u.key
),
down(key, mask) using key (key, bit_or(mask)) as (
  select key, mask from shown
  union
  select s.target_key, d.mask
  from down d
  join steps s on s.source_key = d.key
),
direct as (
  select 'upstream' as direction, s.source_key as key, bit_or(n.mask) as mask
  from steps s
  join shown n on n.key = s.target_key
  group by s.source_key
  union all
  select 'downstream', s.target_key, bit_or(n.mask)
  from steps s
  join shown n on n.key = s.source_key
  group by s.target_key
),
files as materialized (
  select dataset_key as key from inputs
  union
  select dataset_key from artifacts
  union
  select dataset_key from imports
  union
  select source_key from imports
),
found as (
  select 'upstream' as direction, false as is_direct, key, mask from up
  union all
  select 'downstream', false, key, mask from down
  union all
  select direction, true, key, mask from direct
),
-- the nodes of a box are not beyond it
outside as (
  select f.direction, f.is_direct, f.key in (from files) as is_file,
    f.mask & ~coalesce(n.mask, 0) as mask
  from found f
  left join shown n using (key)
),
bits as (select unnest(range($bits::bigint)) as bit)
select bit, direction,
  count(*) filter (where is_direct and is_file) as direct_files,
  count(*) filter (where is_direct and not is_file) as direct_steps,
  count(*) filter (where not is_direct and is_file) as files,
  count(*) filter (where not is_direct and not is_file) as steps
from outside, bits
where mask >> bit & 1 = 1
group by bit, direction;
