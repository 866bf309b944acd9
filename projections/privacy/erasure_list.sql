-- @erasures
select erasure_id, kind, target, reason, state, steps, steps_ended, planned_at, planned_by,
  completed_at, remaining, position
from erasures
order by position;
