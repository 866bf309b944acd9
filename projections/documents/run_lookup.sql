-- @latest_of_task
-- One row at most: the run.
select run_id
from runs
where task_id = $task and ($include_refused or status <> 'refused')
order by started_position desc
limit 1;

-- @described
-- One row is one run.
select run_id, task_id, status
from runs
where run_id in (select unnest(?::varchar[]))
order by run_id;
