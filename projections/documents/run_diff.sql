-- @runs
-- One row is one run with its configuration, code and surroundings.
with chosen as materialized (
  select *
  from runs
  where list_contains($runs::varchar[], run_id)
)
select r.*, c.configuration,
  t.class_name, t.source_sha256,
  to_json(struct_pack(os, python_version, user_name, machine, cpu_count)) as surroundings, packages
from chosen r
left join (
  select task_id, config_sha256, max_by(configuration, position) as configuration
  from task_configurations
  group by task_id, config_sha256
) c using (task_id, config_sha256)
asof left join task_registrations t
  on r.task_id = t.task_id and r.started_position >= t.position
left join environments e on e.run_id = r.run_id;

-- @inputs
-- One row is one file version that the run used.
select run_id, name, uri, sha256, max(row_count) as row_count
from inputs
where list_contains($runs::varchar[], run_id)
group by run_id, name, uri, sha256
order by name, min(position);

-- @operations
-- One row is one operation.
select run_id, operation, name, status, class_name, code_version, seed, parameters, duration_s
from operations
where list_contains($runs::varchar[], run_id)
order by started_position;

-- @metrics
-- One row is the last value of one metric.
select run_id, operation, category, metric, max_by(number, position) as number,
  max_by(text, position) as text
from metric_values
where list_contains($runs::varchar[], run_id)
group by run_id, operation, category, metric
order by min(position), metric;

-- @outputs
-- One row is the last version of one file that the run wrote.
select run_id, uri, max_by(sha256, position) as sha256, max_by(row_count, position) as row_count,
  max_by(columns, position) as columns, max_by(size_bytes, position) as size_bytes
from artifacts
where list_contains($runs::varchar[], run_id)
group by run_id, uri
order by min(position);
