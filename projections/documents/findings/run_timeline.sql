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

-- @last_event
-- One row: when the last event of the run was recorded.
select max(recorded_at) as recorded_at from events where run_id = ?;
