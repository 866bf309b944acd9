-- @topic Runs and tasks

-- # Who ran what, and when?
select started_at, actor, task_id, status, duration_s, run_id
from runs
order by started_position desc
limit 20;

-- # How did the latest run of each task end?
select task_id, max_by(status, started_position) as status,
  max(started_at) as started_at, count(*) as runs
from runs
group by task_id
order by task_id;

-- # Which tasks have never succeeded?
select task_id, count(*) as attempts, max_by(status, started_position) as last_status,
  max_by(message, started_position) as last_message
from runs
group by task_id
having count(*) filter (where status = 'succeeded') = 0
order by task_id;

-- # What share of the runs fails, by task and week?
-- Refused runs never began and do not count.
select task_id, date_trunc('week', started_at)::date as week, count(*) as begun,
  count(*) filter (where status = 'failed') as failed,
  round(100.0 * failed / begun, 1) as failed_percent
from runs
where status <> 'refused'
group by all
order by week, task_id;

-- # Which runs were refused, and why?
select started_at, task_id, depends_on, message, run_id
from runs
where status = 'refused'
order by started_position desc;

-- # Which interrupted runs have not been resumed?
-- With the checkpoint from which each could continue.
select r.task_id, r.run_id, r.ended_at, r.message, max_by(c.name, c.position) as last_checkpoint
from runs r
left join checkpoints c using (run_id)
where r.status = 'interrupted' and r.resumed_by is null
group by all
order by r.ended_at, r.run_id;

-- # What changed between the last two runs of this task?
-- Parameters, code, inputs, outputs and metrics that differ.
with compared as (
  select run_id, row_number() over (order by started_position desc) as place
  from runs
  where task_id = 't_1A' and status <> 'refused'
  qualify place <= 2
),
facts as (
  select place, 'parameter' as kind, name || '.' || key as fact, value::varchar as value
  from (select run_id, name, parameters from operations) join compared using (run_id),
    json_each(parameters)
  union all
  select place, 'code', name, code_version from operations join compared using (run_id)
  union all
  select place, 'input', uri, sha256 from inputs join compared using (run_id)
  union all
  select place, 'output', uri, sha256 from artifacts join compared using (run_id)
  union all
  select place, 'metric', concat_ws('.', category, metric), text
  from metric_values join compared using (run_id)
)
select kind, fact,
  max(value) filter (where place = 2) as before,
  max(value) filter (where place = 1) as after
from facts
where value is not null and (select count(*) from compared) = 2
group by kind, fact
having before is distinct from after
order by kind, fact;

-- # Which runs did the same on the same inputs, with a different result?
-- Same task, configuration and inputs, but another output, due to code, a library or chance.
with read as (
  select run_id, list(uri || '@' || sha256 order by uri, sha256) as inputs
  from (select distinct run_id, uri, sha256 from inputs)
  group by run_id
),
written as (select run_id, uri, max_by(sha256, position) as sha256 from artifacts group by all)
select r.task_id, w.uri, count(distinct w.sha256) as results,
  list(r.run_id order by r.started_position) as runs
from runs r
join read using (run_id)
join written w using (run_id)
where r.status = 'succeeded'
group by r.task_id, r.config_sha256, r.seed::varchar, read.inputs, w.uri
having results > 1
order by r.task_id, w.uri;

-- # Which records were changed afterwards, and which runs were hidden?
select recorded_at, run_id, kind, changes, reason
from run_changes
where kind in ('annotated', 'archived', 'restored')
order by position;

-- # How much happens on each day?
select recorded_at::date as day, count(*) as events, count(distinct run_id) as runs
from events
group by day
order by day;
