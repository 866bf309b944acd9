-- @stated
-- One row is one step between two boxes: how many events state it, and the latest of them.
with shown as (
  select unnest($keys::ubigint[]) as key, unnest($boxes::varchar[]) as box
),
steps as (
  select s.box as source, t.box as target, e.run_id, e.position
  from {view} e
  join shown s on s.key = e.source_key
  join shown t on t.key = e.target_key
  where s.box <> t.box
),
stated as materialized (
  select source, target, count(distinct position) as events, count(distinct run_id) as runs,
    max(position) as position, min(position) as first_position
  from steps
  group by source, target
),
-- looked up by themselves, so that no table of the whole history is made ready for a join
latest as materialized (
  select position, type, run_id, task_id, actor, recorded_at
  from events
  where position in (select position from stated)
),
imported as materialized (
  select run_id
  from run_beginnings
  where run_id in (select run_id from latest) and imported_record is not null
)
select s.source, s.target, s.events, s.runs, s.position, s.first_position, e.type, e.run_id,
  e.task_id, e.actor, e.recorded_at, coalesce(e.run_id in (from imported), false) as is_imported
from stated s
join latest e using (position);
