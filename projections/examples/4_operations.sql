-- @topic Operations

-- # Which operations were slowest, by week?
-- The three slowest of each week.
select date_trunc('week', started_at)::date as week, task_id, name, duration_s, run_id
from operations
where duration_s is not null
qualify row_number() over (partition by week order by duration_s desc) <= 3
order by week, duration_s desc;

-- # Which operations were retried?
select o.task_id, o.name, o.run_id, count(*) as retries, sum(s.wait_s) as waited_s,
  o.status, max_by(s.message, s.position) as last_error
from operation_steps s
join operations o on o.run_id = s.run_id and o.operation = s.operation
where s.kind = 'retry'
group by all
order by retries desc, o.run_id;

-- # Which operations reused an earlier result?
select task_id, run_id, name, message, reused_run, reused_operation
from operations
where status = 'skipped'
order by started_position;

-- # How did the parameters of an operation change over time?
-- One row per run whose value differs from the run before.
select r.started_at, o.run_id, p.key as parameter,
  lag(p.value::varchar) over same_parameter as before, p.value::varchar as after
from operations o
join runs r using (run_id), json_each(o.parameters) p
where o.task_id = 't_1A' and o.name = 'KAnonymizeOperation'
window same_parameter as (partition by o.name, p.key order by r.started_position)
qualify row_number() over same_parameter > 1 and before is distinct from after
order by r.started_at, parameter;

-- # Which errors and warnings are most frequent?
select level, message, count(*) as times, count(distinct run_id) as runs,
  max(recorded_at) as last_at
from messages
group by level, message
order by times desc, level, message
limit 10;

-- # Which runs needed the most memory?
select task_id, run_id, round(peak_memory_mb, 1) as peak_memory_mb, duration_s
from runs
where peak_memory_mb is not null
order by peak_memory_mb desc, run_id
limit 10;

-- # Which stages fail most often?
select run_name, process_name, items_processed, items_failed,
  round(100.0 * items_failed / nullif(items_processed, 0), 1) as failed_percent,
  last_error_message
from process_stages
order by failed_percent desc nulls last, process_name;
