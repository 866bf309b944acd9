-- @recorded
-- One row at most: the run of an id.
select run_id from run_beginnings where run_id = ?;

-- @recorded_of
-- One row is one of the ids that is a run.
select run_id from run_beginnings where run_id in (select unnest(?::varchar[]));

-- @latest_of_task
-- One row at most: the run.
select run_id
from runs
where task_id = $task and ($include_refused or status <> 'refused')
order by started_position desc
limit 1;

-- @before
-- One row at most: the run of the same task that began before a run.
select b.run_id
from run_beginnings b
join run_beginnings this using (task_id)
where this.run_id = $run and b.position < this.position and not b.is_refused
order by b.position desc
limit 1;

-- @described
-- One row is one run.
select run_id, task_id, status
from runs
where run_id in (select unnest(?::varchar[]))
order by run_id;

-- @tasks
-- One row is one task.
select task_id as name
from runs
where starts_with(task_id, $typed)
group by task_id
order by max(started_position) desc
limit $most;

-- @runs
-- One row is one run, by the characters that a table shows.
select left(run_id, 8) as name
from runs
where starts_with(run_id, $typed)
order by started_position desc
limit $most;

-- @files
-- One row is one file.
select uri as name
from datasets
where starts_with(uri, $typed)
group by uri
order by uri
limit $most;

-- @metrics
-- One row is one metric.
select metric as name
from metric_values
where starts_with(metric, $typed)
group by metric
order by metric
limit $most;
