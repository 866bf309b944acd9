-- @erasures
-- One row is one erasure.
select erasure_id, kind, target, reason, state, steps, steps_ended, planned_at, planned_by,
  completed_at, remaining, position
from erasures
order by position;

-- @erasure
-- One row at most: one erasure with its receipt.
select erasure_id, kind, target, reason, state, steps, steps_ended, planned_at, planned_by,
  completed_at, remaining, receipt, position
from erasures
where erasure_id = $erasure;

-- @steps
-- One row is one step of the plan.
select number, action, subject, uri, sha256, reason, outcome, ended_at
from erasure_steps
where erasure_id = $erasure
order by number;

-- @erased
-- One row is one stream whose key was destroyed, with what can still be told of it.
select s.stream, count(*) as events, min(e.recorded_at) as first_at, max(e.recorded_at) as last_at,
  max(e.run_id) as run_id, max(e.task_id) as task_id
from erased_streams s
left join events e on e.stream = s.stream
group by s.stream
order by min(e.position);
