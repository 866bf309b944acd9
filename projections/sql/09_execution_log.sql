-- @views
create view execution_log as
with read_files as (
  select run_id, to_json(list(struct_pack(name := name, path := uri) order by position)) as files
  from (
    select run_id, name, uri, min(position) as position
    from inputs
    group by run_id, name, uri
  )
  group by run_id
),
written_files as (
  select run_id, to_json(list(struct_pack(path := uri, type := artifact_type, description := description) order by position)) as files
  from (
    select run_id, uri, max_by(artifact_type, position) as artifact_type,
      max_by(description, position) as description, min(position) as position
    from artifacts
    group by run_id, uri
  )
  group by run_id
)
select r.task_id,
  coalesce(n.annotations->>'$.task_type', r.task_type) as task_type,
  r.run_id as task_run_id,
  r.started_at as timestamp,
  coalesce(try_cast(n.annotations->>'$.success' as boolean), r.status = 'succeeded') as success,
  coalesce(try_cast(n.annotations->>'$.execution_time' as double), r.duration_s) as execution_time,
  coalesce(n.annotations->>'$.report_path', r.report_path) as report_path,
  coalesce(n.annotations->'$.input_files', i.files, '[]') as input_files,
  coalesce(n.annotations->'$.output_files', o.files, '[]') as output_files,
  coalesce(n.annotations->>'$.hostname', r.host) as hostname,
  r.status,
  n.annotations,
  coalesce(r.ended_position, r.started_position) as position
from runs r
left join read_files i using (run_id)
left join written_files o using (run_id)
left join run_annotations n using (run_id)
where not r.is_archived;

comment on view execution_log is 'One row per run that was not archived, in the terms of the execution log file.';
comment on column execution_log.task_id is 'The task.';
comment on column execution_log.task_type is 'Its type.';
comment on column execution_log.task_run_id is 'Id of the run.';
comment on column execution_log.timestamp is 'When the run began or was refused.';
comment on column execution_log.success is 'Whether it succeeded.';
comment on column execution_log.execution_time is 'Seconds it took; null without an end of its own.';
comment on column execution_log.report_path is 'Where its report is exported.';
comment on column execution_log.input_files is 'Objects with name and path, in the order they were first read.';
comment on column execution_log.output_files is 'Objects with path, type and description, in the order they were first written.';
comment on column execution_log.hostname is 'The machine; null if refused.';
comment on column execution_log.status is 'running, succeeded, failed, interrupted or refused.';
comment on column execution_log.annotations is 'Keys that were changed afterwards, with their latest values; null if none.';
comment on column execution_log.position is 'Position of the run''s end, or of its beginning while it runs.';
