-- @attempts
-- One row is one attempt: the run, those that it resumes, and those that resumed it.
with recursive links as (
  select run_id, resumes from run_beginnings where resumes is not null
), attempts (run_id) as (
  select $run::varchar
  union
  select case when l.run_id = a.run_id then l.resumes else l.run_id end
  from attempts a
  join links l on a.run_id in (l.run_id, l.resumes)
)
select run_id, status, started_at, ended_at, duration_s, message, resumes, resumed_by
from runs
join attempts using (run_id)
order by started_position desc
limit $most;

-- @steps
-- One row is one operation of the run, with the seconds from the start of the run.
select o.operation, o.name, o.class_name, o.status, o.duration_s, o.retries, o.reason, o.message,
  o.reused_run, o.reused_operation,
  greatest(0, epoch_ms(o.started_at) - epoch_ms(r.recorded_at)) / 1000.0 as begin_s,
  case when o.ended_at is not null then
    greatest(0, epoch_ms(o.ended_at) - epoch_ms(r.recorded_at)) / 1000.0 end as end_s
from operations o
join run_beginnings r using (run_id)
where o.run_id = ?
order by o.started_position;

-- @span
-- One row: the seconds from the start of the run to its end, or to its last event if it has none.
select greatest(0, epoch_ms(max(e.recorded_at)) - epoch_ms(any_value(r.recorded_at))) / 1000.0
from events e
join run_beginnings r using (run_id)
left join run_endings ended using (run_id)
where run_id = ? and (ended.position is null or e.position <= ended.position);
