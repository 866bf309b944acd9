-- @schema
-- One row is one run that began or was refused.
create table run_beginnings (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, actor varchar,
  is_refused boolean, task_type varchar, description varchar, task_version varchar,
  product_version varchar, script_path varchar, report_path varchar, host varchar, pid bigint,
  process_started_at double, config_sha256 varchar, seed json, upstream_runs json,
  resumes varchar, message varchar, depends_on varchar, depends_on_run varchar,
  happened_at timestamptz, imported_record json
);

-- One row is one end of a run.
create table run_endings (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, status varchar,
  duration_s double, peak_memory_mb double, operations_failed bigint, error json, detail varchar
);

-- One row is one change to a run after its beginning that is no end.
create table run_changes (
  position bigint, run_id varchar, recorded_at timestamptz, kind varchar, changes json,
  resumed_by varchar, reason varchar
);

-- One row is one captured environment.
create table environments (
  position bigint, run_id varchar, os varchar, python_version varchar, user_name varchar,
  machine varchar, cpu_count bigint, product_version varchar, packages json
);

-- One row is one captured code.
create table run_code (
  position bigint, run_id varchar, code_kind varchar, code_path varchar, code_sha256 varchar,
  git_commit varchar, git_is_dirty boolean
);

-- One row is one comparison of a run with what came of executing it again.
create table run_comparisons (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, actor varchar,
  outcome varchar, reason varchar, product_version varchar, notes varchar[]
);

-- One row is one output in such a comparison.
create table output_comparisons (
  position bigint, run_id varchar, uri varchar, outcome varchar, recorded_sha256 varchar,
  found_sha256 varchar, columns varchar[], rows_differing bigint, reason varchar
);

comment on table run_beginnings is 'One row per run that began or was refused; the view runs adds what followed.';
comment on column run_beginnings.position is 'Where it was recorded.';
comment on column run_beginnings.run_id is 'Id of the run.';
comment on column run_beginnings.task_id is 'The task it executes.';
comment on column run_beginnings.recorded_at is 'When it was recorded.';
comment on column run_beginnings.actor is 'Who started it.';
comment on column run_beginnings.is_refused is 'Whether it was refused instead of begun.';
comment on column run_beginnings.task_type is 'Type of the task at that time.';
comment on column run_beginnings.description is 'Description of the task at that time.';
comment on column run_beginnings.task_version is 'The author''s version of the task; null if refused or imported.';
comment on column run_beginnings.product_version is 'Version of privacy-lineage; null if refused or imported.';
comment on column run_beginnings.script_path is 'The program that was started; null if refused or imported.';
comment on column run_beginnings.report_path is 'Where its report is exported.';
comment on column run_beginnings.host is 'Machine it runs on; null if refused.';
comment on column run_beginnings.pid is 'Its process; null if refused or imported.';
comment on column run_beginnings.process_started_at is 'Start of that process, seconds since 1970; null if refused or imported.';
comment on column run_beginnings.config_sha256 is 'Digest of its configuration; null without one.';
comment on column run_beginnings.seed is 'Seed of its random choices; null without one.';
comment on column run_beginnings.upstream_runs is 'Task id to run id of the runs it builds on; null if refused or imported.';
comment on column run_beginnings.resumes is 'The run it resumes; null if none.';
comment on column run_beginnings.message is 'Why it was refused; null otherwise.';
comment on column run_beginnings.depends_on is 'The dependency that was not met; null unless refused.';
comment on column run_beginnings.depends_on_run is 'That task''s run that counted, most often its latest; null unless refused, or if it never ran.';
comment on column run_beginnings.happened_at is 'When it began or was refused; for an imported one what its record says.';
comment on column run_beginnings.imported_record is 'The record as imported; null if recorded here.';
comment on table run_endings is 'One row per end of a run.';
comment on column run_endings.position is 'Where it was recorded.';
comment on column run_endings.run_id is 'Id of the run.';
comment on column run_endings.task_id is 'The task it executed.';
comment on column run_endings.recorded_at is 'When it was recorded.';
comment on column run_endings.status is 'succeeded, failed or interrupted.';
comment on column run_endings.duration_s is 'Seconds from start to end, monotonic clock; null if interrupted.';
comment on column run_endings.peak_memory_mb is 'Most memory its process held, MiB; null if not measured.';
comment on column run_endings.operations_failed is 'Operations that failed under continue_on_error.';
comment on column run_endings.error is 'The error that ended it: error_type, message, traceback; null otherwise.';
comment on column run_endings.detail is 'What was observed of an interrupted run; null otherwise.';
comment on table run_changes is 'One row per annotation, archiving, restoring or resuming of a run.';
comment on column run_changes.position is 'Where it was recorded.';
comment on column run_changes.run_id is 'Id of the run.';
comment on column run_changes.recorded_at is 'When it was recorded.';
comment on column run_changes.kind is 'annotated, archived, restored or resumed.';
comment on column run_changes.changes is 'Key of the execution record to its new value; null unless annotated.';
comment on column run_changes.resumed_by is 'The run that resumed it; null unless resumed.';
comment on column run_changes.reason is 'Why it was hidden; null unless archived.';
comment on table environments is 'One row per captured environment of a run.';
comment on column environments.position is 'Where it was recorded.';
comment on column environments.run_id is 'Id of the run.';
comment on column environments.os is 'Operating system, release and architecture.';
comment on column environments.python_version is 'Version of the interpreter.';
comment on column environments.user_name is 'Login name.';
comment on column environments.machine is 'Network name.';
comment on column environments.cpu_count is 'Logical processors.';
comment on column environments.product_version is 'Version of privacy-lineage.';
comment on column environments.packages is 'Distribution to version of the libraries that shape results.';

comment on table run_code is 'One row per capture of the code of a run; the view runs has the last.';
comment on column run_code.position is 'Where it was recorded.';
comment on column run_code.run_id is 'Id of the run.';
comment on column run_code.code_kind is 'script, notebook, module or interactive.';
comment on column run_code.code_path is 'Its file, relative to the project if inside; null without one.';
comment on column run_code.code_sha256 is 'Digest of its source, of a notebook that of the cell; null if not known.';
comment on column run_code.git_commit is 'The commit that was checked out there; null if git does not keep the file.';
comment on column run_code.git_is_dirty is 'Whether files differed from that commit; null if not known.';

comment on table run_comparisons is 'One row per comparison of a run with what came of executing it again (lineage rerun).';
comment on column run_comparisons.position is 'Where it was recorded.';
comment on column run_comparisons.run_id is 'The run that was executed again.';
comment on column run_comparisons.task_id is 'Its task.';
comment on column run_comparisons.recorded_at is 'When it was recorded.';
comment on column run_comparisons.actor is 'Who executed it again.';
comment on column run_comparisons.outcome is 'equal, different or not_comparable.';
comment on column run_comparisons.reason is 'Why it could not be executed again as it was; empty if it could.';
comment on column run_comparisons.product_version is 'Version of privacy-lineage that executed it again.';
comment on column run_comparisons.notes is 'What was not as it had been: code, packages, configuration.';
comment on table output_comparisons is 'One row per output of a run in such a comparison.';
comment on column output_comparisons.position is 'Where it was recorded.';
comment on column output_comparisons.run_id is 'The run that was executed again.';
comment on column output_comparisons.uri is 'The file as the run recorded it.';
comment on column output_comparisons.outcome is 'equal, different or not_comparable.';
comment on column output_comparisons.recorded_sha256 is 'Digest that the run recorded; null if it had none.';
comment on column output_comparisons.found_sha256 is 'Digest of what was written this time; null if nothing was.';
comment on column output_comparisons.columns is 'Columns that differ, as far as is known.';
comment on column output_comparisons.rows_differing is 'Rows that differ; null if not known.';
comment on column output_comparisons.reason is 'How it differs or why it cannot be compared; empty if equal.';

-- @fold
insert into run_beginnings
select position, run, task, recorded_at, actor, type = 'run.refused', e.task_type, e.description,
  e.task_version, e.product_version, e.script_path, e.report_path, e.host, e.pid,
  e.process_started_at, e.config_sha256, e.seed, e.upstream_runs, e.resumes, e.message,
  e.depends_on, e.depends_on_run, recorded_at, null
from (
  select *, from_json(payload, '{"task_type":"VARCHAR","description":"VARCHAR","task_version":"VARCHAR","product_version":"VARCHAR","script_path":"VARCHAR","report_path":"VARCHAR","host":"VARCHAR","pid":"BIGINT","process_started_at":"DOUBLE","config_sha256":"VARCHAR","seed":"JSON","upstream_runs":"JSON","resumes":"VARCHAR","message":"VARCHAR","depends_on":"VARCHAR","depends_on_run":"VARCHAR"}') as e
  from new_events
  where type in ('run.started', 'run.refused')
);

insert into run_beginnings by name
select position, run as run_id, task as task_id, recorded_at, actor, false as is_refused,
  e.record->>'$.task_type' as task_type, '' as description,
  e.record->>'$.report_path' as report_path, e.record->>'$.hostname' as host,
  e.occurred_at::timestamptz as happened_at, e.record as imported_record
from (
  select *, from_json(payload, '{"occurred_at":"VARCHAR","record":"JSON"}') as e
  from new_events
  where type = 'run.imported'
);

insert into run_endings by name
select position, run as run_id, task as task_id, recorded_at,
  case when e.is_success then 'succeeded' else 'failed' end as status,
  try_cast(e.record->>'$.execution_time' as double) as duration_s, 0 as operations_failed
from (
  select *, from_json(payload, '{"is_success":"BOOLEAN","record":"JSON"}') as e
  from new_events
  where type = 'run.imported'
);

insert into run_endings
select position, run, task, recorded_at, replace(type, 'run.', ''), e.duration_s,
  e.peak_memory_mb, coalesce(e.operations_failed, 0), e.error, e.detail
from (
  select *, from_json(payload, '{"duration_s":"DOUBLE","peak_memory_mb":"DOUBLE","operations_failed":"BIGINT","error":"JSON","detail":"VARCHAR"}') as e
  from new_events
  where type in ('run.succeeded', 'run.failed', 'run.interrupted')
);

insert into run_changes
select position, run, recorded_at, replace(type, 'run.', ''), e.changes, e.resumed_by, e.reason
from (
  select *, from_json(payload, '{"changes":"JSON","resumed_by":"VARCHAR","reason":"VARCHAR"}') as e
  from new_events
  where type in ('run.annotated', 'run.archived', 'run.restored', 'run.resumed')
);

insert into environments
select position, run, e.os, e.python_version, e.user, e.machine, e.cpu_count, e.product_version, e.packages
from (
  select *, from_json(payload, '{"os":"VARCHAR","python_version":"VARCHAR","user":"VARCHAR","machine":"VARCHAR","cpu_count":"BIGINT","product_version":"VARCHAR","packages":"JSON"}') as e
  from new_events
  where type = 'environment.captured'
);

insert into run_code
select position, run, e.kind, e.path, e.sha256, e.git_commit, e.git_is_dirty
from (
  select *, from_json(payload, '{"kind":"VARCHAR","path":"VARCHAR","sha256":"VARCHAR","git_commit":"VARCHAR","git_is_dirty":"BOOLEAN"}') as e
  from new_events
  where type = 'code.captured'
);

insert into run_comparisons
select position, e.run, e.task, recorded_at, actor, e.outcome, e.reason, e.product_version, e.notes
from (
  select *, from_json(payload, '{"run":"VARCHAR","task":"VARCHAR","outcome":"VARCHAR","reason":"VARCHAR","product_version":"VARCHAR","notes":["VARCHAR"]}') as e
  from new_events
  where type = 'run.compared'
);

insert into output_comparisons
select position, run_id, o.uri, o.outcome, o.recorded_sha256, o.found_sha256, o.columns, o.rows_differing, o.reason
from (
  select position, e.run as run_id, unnest(e.outputs) as o
  from (
    select *, from_json(payload, '{"run":"VARCHAR","outputs":[{"uri":"VARCHAR","outcome":"VARCHAR","recorded_sha256":"VARCHAR","found_sha256":"VARCHAR","columns":["VARCHAR"],"rows_differing":"BIGINT","reason":"VARCHAR"}]}') as e
    from new_events
    where type = 'run.compared'
  )
);

-- @views
create view run_annotations as
with latest as (
  select run_id, key, max_by(value, position) as value
  from run_changes, json_each(changes)
  where kind = 'annotated'
  group by run_id, key
)
select run_id, to_json(map_from_entries(list((key, value) order by key))) as annotations
from latest
group by run_id;

create view runs as
with archived as (
  select run_id, max_by(resumed_by, position) filter (where kind = 'resumed') as resumed_by,
    max_by(kind, position) filter (where kind in ('archived', 'restored')) = 'archived' as is_archived
  from run_changes
  group by run_id
), code as (
  select distinct on (run_id) * exclude (position) from run_code order by run_id, position desc
)
select b.run_id, b.task_id, b.task_type, b.description,
  case when b.is_refused then 'refused' else coalesce(e.status, 'running') end as status,
  b.happened_at as started_at,
  case when b.is_refused then b.recorded_at when b.imported_record is null then e.recorded_at end as ended_at,
  e.duration_s, e.peak_memory_mb, e.operations_failed,
  e.error->>'$.error_type' as error_type,
  coalesce(e.error->>'$.message', e.detail, b.message) as message,
  e.error->'$.traceback' as traceback,
  b.depends_on, b.depends_on_run, b.actor, b.host, b.pid, b.process_started_at,
  b.script_path, b.report_path, b.task_version, b.product_version, b.config_sha256, b.seed,
  b.upstream_runs, b.resumes, a.resumed_by, coalesce(a.is_archived, false) as is_archived,
  b.position as started_position,
  coalesce(e.position, case when b.is_refused then b.position end) as ended_position,
  b.imported_record is not null as is_imported,
  c.code_kind, c.code_path, c.code_sha256, c.git_commit, c.git_is_dirty
from run_beginnings b
left join run_endings e using (run_id)
left join archived a using (run_id)
left join code c using (run_id);

comment on view run_annotations is 'One row per annotated run: the latest value of each changed key.';
comment on column run_annotations.run_id is 'Id of the run.';
comment on column run_annotations.annotations is 'Key of the execution record to its latest value.';
comment on view runs is 'One row per run, begun or refused.';
comment on column runs.run_id is 'Id of the run.';
comment on column runs.task_id is 'The task it executes.';
comment on column runs.task_type is 'Type of the task at that time.';
comment on column runs.description is 'Description of the task at that time.';
comment on column runs.status is 'running, succeeded, failed, interrupted or refused.';
comment on column runs.started_at is 'When it began or was refused.';
comment on column runs.ended_at is 'When its end was recorded; null while it runs, or if imported.';
comment on column runs.duration_s is 'Seconds from start to end, monotonic clock; null if not measured.';
comment on column runs.peak_memory_mb is 'Most memory its process held, MiB; null if not measured.';
comment on column runs.operations_failed is 'Operations that failed under continue_on_error; null while it runs.';
comment on column runs.error_type is 'Class of the error that ended it; null otherwise.';
comment on column runs.message is 'Why it failed, was interrupted or refused; null otherwise.';
comment on column runs.traceback is 'Where the error arose, one text a frame; null otherwise.';
comment on column runs.depends_on is 'The dependency that was not met; null unless refused.';
comment on column runs.depends_on_run is 'That task''s run that counted, most often its latest; null unless refused, or if it never ran.';
comment on column runs.actor is 'Who started it.';
comment on column runs.host is 'Machine it runs on; null if refused.';
comment on column runs.pid is 'Its process; null if refused.';
comment on column runs.process_started_at is 'Start of that process, seconds since 1970; null if refused.';
comment on column runs.script_path is 'The program that was started; null if refused.';
comment on column runs.report_path is 'Where its report is exported.';
comment on column runs.task_version is 'The author''s version of the task; null if refused.';
comment on column runs.product_version is 'Version of privacy-lineage; null if refused.';
comment on column runs.config_sha256 is 'Digest of its configuration; null without one.';
comment on column runs.seed is 'Seed of its random choices; null without one.';
comment on column runs.upstream_runs is 'Task id to run id of the runs it builds on.';
comment on column runs.resumes is 'The run it resumes; null if none.';
comment on column runs.resumed_by is 'The run that resumed it; null if none did.';
comment on column runs.is_archived is 'Whether it is hidden from the execution log.';
comment on column runs.started_position is 'Position of its first event.';
comment on column runs.ended_position is 'Position of its end; null while it runs.';
comment on column runs.is_imported is 'Whether its record came from elsewhere; then started_at is what that record says.';
comment on column runs.code_kind is 'script, notebook, module or interactive; null if not noted, as the next.';
comment on column runs.code_path is 'File of its code, relative to the project if inside; null without one.';
comment on column runs.code_sha256 is 'Digest of the source, of a notebook that of the cell; null if not known.';
comment on column runs.git_commit is 'The commit that was checked out there; null if git does not keep the file.';
comment on column runs.git_is_dirty is 'Whether files differed from that commit; null if not known.';
