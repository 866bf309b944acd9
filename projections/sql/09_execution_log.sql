-- @schema
-- One row is what an imported log says of a task as a whole.
create table imported_tasks (
  position bigint, task_id varchar, summary json, source varchar
);

create table set_aside_records (
  position bigint, recorded_at timestamptz, reason varchar, record json, source varchar
);

-- One row is one entry that was set aside and no longer counts.
create table record_corrections (
  position bigint, set_aside_position bigint, source varchar
);

comment on table record_corrections is 'One row per entry that was set aside and then put right by a later import.';
comment on column record_corrections.position is 'Where it was recorded.';
comment on column record_corrections.set_aside_position is 'Position of the entry in set_aside_records.';
comment on column record_corrections.source is 'Name of the file that was imported later.';
comment on table imported_tasks is 'One row per task summary imported from another log.';
comment on column imported_tasks.position is 'Where it was recorded.';
comment on column imported_tasks.task_id is 'The task.';
comment on column imported_tasks.summary is 'The summary as it was.';
comment on column imported_tasks.source is 'Name of the file it came from.';
comment on table set_aside_records is 'One row per entry of an imported log that could not be imported.';
comment on column set_aside_records.position is 'Where it was recorded.';
comment on column set_aside_records.recorded_at is 'When it was imported.';
comment on column set_aside_records.reason is 'What is wrong with it.';
comment on column set_aside_records.record is 'The entry as it was.';
comment on column set_aside_records.source is 'Name of the file it came from.';

-- @fold
insert into imported_tasks
select position, task, e.summary, e.source
from (
  select *, from_json(payload, '{"summary":"JSON","source":"VARCHAR"}') as e
  from new_events
  where type = 'task.imported'
);

insert into set_aside_records
select position, recorded_at, e.reason, e.record, e.source
from (
  select *, from_json(payload, '{"reason":"VARCHAR","record":"JSON","source":"VARCHAR"}') as e
  from new_events
  where type = 'record.set_aside'
);

insert into record_corrections
select position, e.set_aside_position, e.source
from (
  select *, from_json(payload, '{"set_aside_position":"BIGINT","source":"VARCHAR"}') as e
  from new_events
  where type = 'record.corrected'
);

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
),
-- what the run's record says was kept out of it
refused_files as (
  select run_id, to_json(list(message order by position)) as messages
  from warnings
  where operation is null and name = 'path refused'
  group by run_id
),
-- an imported run comes after the native ones that had begun when it happened
anchored as (
  select b.run_id, b.imported_record, b.happened_at, b.position,
    case when b.imported_record is null then b.position else coalesce(n.position, 0) end as anchor
  from run_beginnings b
  asof left join (
    select recorded_at, position from run_beginnings where imported_record is null
  ) n
    on b.happened_at >= n.recorded_at
),
ordered as (
  select run_id, imported_record,
    row_number() over (order by anchor, imported_record is not null, happened_at, position) as happened_order
  from anchored
)
select r.task_id,
  coalesce(n.annotations->>'$.task_type', r.task_type) as task_type,
  r.run_id as task_run_id,
  r.started_at as timestamp,
  coalesce(n.success, r.status = 'succeeded') as success,
  coalesce(try_cast(n.annotations->>'$.execution_time' as double), r.duration_s) as execution_time,
  coalesce(n.annotations->>'$.report_path', r.report_path) as report_path,
  coalesce(n.annotations->'$.input_files', i.files, '[]') as input_files,
  coalesce(n.annotations->'$.output_files', o.files, '[]') as output_files,
  coalesce(n.annotations->>'$.hostname', r.host) as hostname,
  case
    when n.annotations->>'$.status' is not null then n.annotations->>'$.status'
    when n.success then 'succeeded'
    when not n.success and r.status = 'succeeded' then 'failed'
    else r.status
  end as status,
  w.messages as warnings,
  n.annotations,
  h.imported_record,
  h.happened_order,
  coalesce(r.ended_position, r.started_position) as position
from runs r
join ordered h using (run_id)
left join read_files i using (run_id)
left join written_files o using (run_id)
left join refused_files w using (run_id)
left join (
  select run_id, annotations, try_cast(annotations->>'$.success' as boolean) as success
  from run_annotations
) n using (run_id)
where not r.is_archived;

comment on view execution_log is 'One row per run that was not archived, in the terms of the execution log file.';
comment on column execution_log.task_id is 'The task.';
comment on column execution_log.task_type is 'Its type.';
comment on column execution_log.task_run_id is 'Id of the run.';
comment on column execution_log.timestamp is 'When the run began or was refused.';
comment on column execution_log.success is 'Whether it succeeded, or was said to afterwards.';
comment on column execution_log.execution_time is 'Seconds it took; null if not measured.';
comment on column execution_log.report_path is 'Where its report is exported.';
comment on column execution_log.input_files is 'Objects with name and path, in the order they were first read.';
comment on column execution_log.output_files is 'Objects with path, type and description, in the order they were first written.';
comment on column execution_log.hostname is 'The machine; null if refused.';
comment on column execution_log.status is 'running, succeeded, failed, interrupted or refused, unless changed afterwards.';
comment on column execution_log.warnings is 'Texts about files that were refused and kept out of the record; null if none.';
comment on column execution_log.annotations is 'Keys that were changed afterwards, with their latest values; null if none.';
comment on column execution_log.position is 'Position of the run''s end, or of its beginning while it runs.';
comment on column execution_log.imported_record is 'The record as imported; null if the run was recorded here.';
comment on column execution_log.happened_order is 'Place in the order in which the runs began; imported ones by the time their record says.';
