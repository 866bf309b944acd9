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
stated as (
  select source, target, count(distinct position) as events, count(distinct run_id) as runs,
    max(position) as position, min(position) as first_position
  from steps
  group by source, target
)
select s.source, s.target, s.events, s.runs, s.position, s.first_position, e.type, e.run_id,
  e.task_id, e.actor, e.recorded_at, coalesce(b.imported_record is not null, false) as is_imported
from stated s
join events e using (position)
left join run_beginnings b on b.run_id = e.run_id;
