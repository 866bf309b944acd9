-- @schema
-- One row is one operation that began or was skipped.
create table operation_beginnings (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  name varchar, class_name varchar, code_version varchar, parameters json, seed json,
  is_skipped boolean, reason varchar, reused_run varchar, reused_operation bigint
);

-- One row is one end of an operation.
create table operation_endings (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  status varchar, duration_s double, key varchar, details json, error json, in_memory varchar[]
);

-- One row is one retry or milestone of an operation.
create table operation_steps (
  position bigint, run_id varchar, operation bigint, recorded_at timestamptz, kind varchar,
  name varchar, message varchar, attempt bigint, wait_s double, completed bigint, total bigint
);

-- One row is one step that a program reported itself.
create table operation_reports (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, name varchar,
  status varchar, details json
);

comment on table operation_beginnings is 'One row per operation that began or was skipped; the view operations adds how it ended.';
comment on column operation_beginnings.position is 'Where it was recorded.';
comment on column operation_beginnings.run_id is 'The run it is a step of.';
comment on column operation_beginnings.task_id is 'The task of that run.';
comment on column operation_beginnings.operation is 'Which one of the run, from 1.';
comment on column operation_beginnings.recorded_at is 'When it was recorded.';
comment on column operation_beginnings.name is 'What it is called.';
comment on column operation_beginnings.class_name is 'Qualified name of its class; null if skipped.';
comment on column operation_beginnings.code_version is 'Version and digest of its code; null if skipped.';
comment on column operation_beginnings.parameters is 'Its parameters, secrets redacted; null if skipped.';
comment on column operation_beginnings.seed is 'Seed of its random choices; null without one.';
comment on column operation_beginnings.is_skipped is 'Whether it was skipped instead of begun.';
comment on column operation_beginnings.reason is 'Why it was skipped, or executed in a run that resumes another; null otherwise.';
comment on column operation_beginnings.reused_run is 'The run whose result it reused; null if none.';
comment on column operation_beginnings.reused_operation is 'Which operation of that run; null if none.';
comment on table operation_endings is 'One row per end of an operation.';
comment on column operation_endings.position is 'Where it was recorded.';
comment on column operation_endings.run_id is 'The run it is a step of.';
comment on column operation_endings.task_id is 'The task of that run.';
comment on column operation_endings.operation is 'Which one of the run, from 1.';
comment on column operation_endings.recorded_at is 'When it was recorded.';
comment on column operation_endings.status is 'success, warning or error.';
comment on column operation_endings.duration_s is 'Seconds it took, monotonic clock.';
comment on column operation_endings.key is 'Digest of name, code, parameters, seed and inputs; null if it failed.';
comment on column operation_endings.details is 'Facts it reported.';
comment on column operation_endings.error is 'What went wrong: error_type, message, traceback; null unless it failed.';
comment on column operation_endings.in_memory is 'Names of datasets it took from memory or left there; null if it failed.';
comment on table operation_steps is 'One row per scheduled retry or passed milestone of an operation.';
comment on column operation_steps.position is 'Where it was recorded.';
comment on column operation_steps.run_id is 'The run it belongs to.';
comment on column operation_steps.operation is 'Which operation of the run; null outside the executor.';
comment on column operation_steps.recorded_at is 'When it was recorded.';
comment on column operation_steps.kind is 'milestone or retry.';
comment on column operation_steps.name is 'What the operation is called; null for a retry.';
comment on column operation_steps.message is 'The milestone, or what the failed attempt said.';
comment on column operation_steps.attempt is 'The attempt that failed, from 1; null for a milestone.';
comment on column operation_steps.wait_s is 'Seconds until the next attempt; null for a milestone.';
comment on column operation_steps.completed is 'Units done; null for a retry.';
comment on column operation_steps.total is 'Units to do; null for a retry or if unknown.';
comment on table operation_reports is 'One row per step whose status a program stated by itself.';
comment on column operation_reports.position is 'Where it was recorded.';
comment on column operation_reports.run_id is 'The run it belongs to.';
comment on column operation_reports.task_id is 'The task of that run.';
comment on column operation_reports.recorded_at is 'When it was recorded.';
comment on column operation_reports.name is 'What the program calls the step.';
comment on column operation_reports.status is 'running, success, warning, error or a word of the program.';
comment on column operation_reports.details is 'What the program says about the step.';

-- @fold
insert into operation_beginnings
select position, run, task, e.operation, recorded_at, e.name, e.class_name, e.code_version,
  e.parameters, e.seed, type = 'operation.skipped', e.reason, e.reused_run, e.reused_operation
from (
  select *, from_json(payload, '{"operation":"BIGINT","name":"VARCHAR","class_name":"VARCHAR","code_version":"VARCHAR","parameters":"JSON","seed":"JSON","reason":"VARCHAR","reused_run":"VARCHAR","reused_operation":"BIGINT"}') as e
  from new_events
  where type in ('operation.started', 'operation.skipped')
);

insert into operation_endings
select position, run, task, e.operation, recorded_at,
  case when type = 'operation.failed' then 'error' else e.status end,
  e.duration_s, e.key, e.details, e.error, e.in_memory
from (
  select *, from_json(payload, '{"operation":"BIGINT","status":"VARCHAR","duration_s":"DOUBLE","key":"VARCHAR","details":"JSON","error":"JSON","in_memory":["VARCHAR"]}') as e
  from new_events
  where type in ('operation.succeeded', 'operation.failed')
);

insert into operation_steps
select position, run, e.operation, recorded_at,
  case when type = 'operation.progressed' then 'milestone' else 'retry' end,
  e.name, coalesce(e.message, e.error->>'$.message'), e.attempt, e.wait_s, e.completed, e.total
from (
  select *, from_json(payload, '{"operation":"BIGINT","name":"VARCHAR","message":"VARCHAR","attempt":"BIGINT","wait_s":"DOUBLE","completed":"BIGINT","total":"BIGINT","error":"JSON"}') as e
  from new_events
  where type in ('operation.progressed', 'operation.retry_scheduled')
);

insert into operation_reports
select position, run, task, recorded_at, e.name, e.status, e.details
from (
  select *, from_json(payload, '{"name":"VARCHAR","status":"VARCHAR","details":"JSON"}') as e
  from new_events
  where type = 'operation.reported'
);

-- @views
create view operations as
select b.run_id, b.task_id, b.operation, b.name,
  case when b.is_skipped then 'skipped'
    when e.status is null and r.run_id is not null then 'interrupted'
    else coalesce(e.status, 'running') end as status,
  b.recorded_at as started_at, e.recorded_at as ended_at, e.duration_s,
  case when not b.is_skipped then coalesce(s.retries, 0) end as retries, b.class_name,
  b.code_version, b.parameters, b.seed, e.key, e.details,
  e.error->>'$.error_type' as error_type,
  coalesce(e.error->>'$.message', case when b.is_skipped then b.reason end) as message,
  e.error->'$.traceback' as traceback,
  b.reason, b.reused_run, b.reused_operation, e.in_memory,
  b.position as started_position, e.position as ended_position
from operation_beginnings b
left join operation_endings e using (run_id, operation)
left join (
  select run_id, operation, count(*) as retries
  from operation_steps
  where kind = 'retry'
  group by run_id, operation
) s using (run_id, operation)
left join run_endings r using (run_id)
union all by name
select run_id, task_id, null as operation, name, status, recorded_at as started_at,
  recorded_at as ended_at, details, position as started_position, position as ended_position,
  case when status in ('error', 'warning') then details->>'$.message' end as message
from operation_reports;

comment on view operations is 'One row per operation of a run, executed, skipped, or stated by a program.';
comment on column operations.run_id is 'The run it is a step of.';
comment on column operations.task_id is 'The task of that run.';
comment on column operations.operation is 'Which one of the run, from 1; null if a program only stated it.';
comment on column operations.name is 'What it is called.';
comment on column operations.status is 'running, success, warning, error, skipped, interrupted if the run ended before it, or the word a program stated.';
comment on column operations.started_at is 'When it began.';
comment on column operations.ended_at is 'When it ended; null while it runs, or if skipped or interrupted.';
comment on column operations.duration_s is 'Seconds it took, monotonic clock; null without an end, or if only stated.';
comment on column operations.retries is 'How often it was tried again; null if skipped or only stated.';
comment on column operations.class_name is 'Qualified name of its class; null if skipped or only stated.';
comment on column operations.code_version is 'Version and digest of its code; null if skipped or only stated.';
comment on column operations.parameters is 'Its parameters, secrets redacted; null if skipped or only stated.';
comment on column operations.seed is 'Seed of its random choices; null without one.';
comment on column operations.key is 'Digest of name, code, parameters, seed and inputs; null unless it succeeded.';
comment on column operations.details is 'Facts it reported; null without an end.';
comment on column operations.error_type is 'Class of the error that ended it; null otherwise.';
comment on column operations.message is 'Why it failed or was skipped; null otherwise.';
comment on column operations.traceback is 'Where the error arose, one text a frame; null otherwise.';
comment on column operations.reason is 'Why it was skipped, or executed in a run that resumes another; null otherwise.';
comment on column operations.in_memory is 'Names of datasets it took from memory or left there; null unless it succeeded.';
comment on column operations.reused_run is 'The run whose result it reused; null if none.';
comment on column operations.reused_operation is 'Which operation of that run; null if none.';
comment on column operations.started_position is 'Position of its start.';
comment on column operations.ended_position is 'Position of its end; null without one.';
