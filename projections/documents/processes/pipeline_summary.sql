-- @runs
-- One row is the latest run of one task.
select task_id, task_type, run_id, status, duration_s,
  (select count(*) from events e where e.run_id = r.run_id) as events
from runs r
where task_id in (select unnest(?::varchar[]))
qualify row_number() over (partition by task_id order by started_position desc) = 1
order by started_position;

-- @files
-- One row is one file version that the runs read or wrote.
select task_id, 'read' as what, uri, format, row_count, size_bytes, sha256,
  min(position) as first_position
from inputs
where run_id in (select unnest($runs::varchar[]))
group by all
union all
select task_id, 'wrote', uri, artifact_type, row_count, size_bytes, sha256, min(position)
from artifacts
where run_id in (select unnest($runs::varchar[]))
group by all
order by first_position;

-- @metrics
-- One row is one measured number.
select run_id, metric, number
from metric_values
where run_id in (select unnest(?::varchar[])) and number is not null;

-- @warnings
-- One row is one warning.
select run_id, name, message
from messages
where run_id in (select unnest(?::varchar[])) and level = 'warning'
order by position;
