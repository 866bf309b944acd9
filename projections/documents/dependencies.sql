-- @last_use
-- One row is one task whose runs were used.
select used.key as task, max_by(used.value->>'$', started_position) as used_run,
  max_by(run_id, started_position) as used_by
from runs, json_each(upstream_runs) as used
where task_id = ? and status = 'succeeded'
group by used.key
order by used.key;

-- @latest_imported
-- One row at most: the run.
select run_id
from runs
where task_id = $task and is_imported and not is_archived
  and (status = 'succeeded' or not $successful)
order by started_at desc, started_position desc
limit 1;
