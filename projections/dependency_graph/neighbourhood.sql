-- @edges
-- One row is one step between two nodes that are shown; {view} is edges or column_steps.
with shown as (select unnest($keys::ubigint[]) as key)
select source_key as source, target_key as target, min(position) as position
from {view}
semi join shown s on s.key = source_key
semi join shown t on t.key = target_key
group by all;

-- @beyond
-- One row is one box of nodes that are shown, and what lies one step beyond it in a direction.
with shown as (
  select unnest($keys::ubigint[]) as key, unnest($boxes::varchar[]) as box
),
ends as (
  select 'downstream' as direction, s.box, target_kind as kind, target as far, target_key as key,
    run_id
  from edges
  join shown s on s.key = source_key
  where target_key not in (select key from shown)
  union all
  select 'upstream', s.box, source_kind, source, source_key, run_id
  from edges
  join shown s on s.key = target_key
  where source_key not in (select key from shown)
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
-- The size of the whole graph.
select count(distinct key) as nodes
from (
  select source_key as key from edges
  union all
  select target_key from edges
);

-- @erased
-- One row is one file version that an erasure removed.
select distinct uri, sha256
from erasure_steps
where outcome = 'done' and action in ('delete_file', 'rewrite_file')
  and uri in (select unnest(?::varchar[]));
