-- @process_runs
-- One row is one run of a process.
select run_name, started_at, ended_at, is_completed, session_count, duration_s, items_processed,
  items_successful, items_failed, items_retried, bytes_processed, items_per_s,
  success_rate_percent, error_count,
  case when items_processed = 0 then 0 else 100 * error_count::double / items_processed end
    as error_rate_percent,
  interruption_count, alert_count
from process_stages
where process_name = ?
order by started_position desc
limit ?;

-- @process_total
-- One row: all runs of a process together; null where a sum exceeds 64 bits.
with summed as (
  select count(*) as run_count,
    count(*) filter (where is_completed) as completed_count,
    coalesce(sum(round(duration_s * 1e6)::hugeint), 0)::double / 1e6 as duration_s,
    coalesce(sum(items_processed), 0) as items_processed,
    coalesce(sum(items_successful), 0) as items_successful,
    coalesce(sum(items_failed), 0) as items_failed,
    coalesce(sum(items_retried), 0) as items_retried,
    coalesce(sum(bytes_processed), 0) as bytes_processed,
    coalesce(sum(error_count), 0) as error_count,
    coalesce(sum(interruption_count), 0)::bigint as interruption_count,
    coalesce(sum(alert_count), 0)::bigint as alert_count
  from process_stages
  where process_name = ?
)
select run_count, completed_count, duration_s,
  try_cast(items_processed as bigint) as items_processed,
  try_cast(items_successful as bigint) as items_successful,
  try_cast(items_failed as bigint) as items_failed,
  try_cast(items_retried as bigint) as items_retried,
  try_cast(bytes_processed as bigint) as bytes_processed,
  case when duration_s = 0 then 0 else items_processed::double / duration_s end as items_per_s,
  case when items_processed = 0 then 0
    else 100 * items_successful::double / items_processed::double end as success_rate_percent,
  try_cast(error_count as bigint) as error_count,
  case when items_processed = 0 then 0
    else 100 * error_count::double / items_processed::double end as error_rate_percent,
  interruption_count, alert_count
from summed;

-- @process_errors
-- One row is one type of error, with its number in all runs.
select error_type, try_cast(sum(e.error_count) as bigint) as error_count
from process_errors e
join process_stages s using (stream)
where s.process_name = ?
group by error_type
order by error_type;

-- @task_runs
-- One row is one run of a task.
select run_id, started_at, ended_at, status, duration_s, peak_memory_mb, operations_failed
from runs
where task_id = ? and not is_archived
order by started_position desc
limit ?;

-- @task_total
-- One row: all runs of a task together.
select count(*) as run_count,
  count(*) filter (where status = 'succeeded') as succeeded,
  count(*) filter (where status = 'failed') as failed,
  count(*) filter (where status = 'interrupted') as interrupted,
  count(*) filter (where status = 'refused') as refused,
  count(*) filter (where status = 'running') as running,
  min(duration_s) filter (where status = 'succeeded') as shortest_s,
  median(duration_s) filter (where status = 'succeeded') as median_s,
  max(duration_s) filter (where status = 'succeeded') as longest_s
from runs
where task_id = ? and not is_archived;

-- @processes
-- One row is one process, over all its runs.
select process_name, count(*) as run_count, count(*) filter (where is_completed) as completed_count,
  max(started_at) as last_started_at, max_by(run_name, started_position) as last_run_name,
  sum(items_processed)::double as items_processed, sum(error_count)::double as error_count,
  sum(alert_count)::bigint as alert_count
from process_stages
group by process_name
order by max(started_position) desc;

-- @alerts
-- One row is one alert on a threshold of a process.
select s.run_name, a.measure, a.error_type, a.threshold, a.measured, a.recorded_at, a.position
from process_alerts a
join process_stages s using (stream)
where s.process_name = ?
order by a.position;
