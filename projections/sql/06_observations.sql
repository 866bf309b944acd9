-- @schema
create table metrics (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  category varchar, name varchar, value json
);

-- One row is one warning that was raised by itself, not stated as the status of a step.
create table warnings (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  name varchar, message varchar, details json
);

-- One row is one state that was kept.
create table checkpoint_records (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, name varchar,
  kind varchar, operation bigint, state json using compression zstd, sha256 varchar,
  size_bytes bigint, is_encrypted boolean, task_version varchar, config_sha256 varchar
);

-- One row is one discarded checkpoint, with the reason given.
create table checkpoint_discards (
  position bigint, recorded_at timestamptz, run_id varchar, name varchar, reason varchar
);

comment on table metrics is 'One row per recorded metric.';
comment on column metrics.position is 'Where it was recorded.';
comment on column metrics.run_id is 'The run that measured it.';
comment on column metrics.task_id is 'The task of that run.';
comment on column metrics.operation is 'The operation that measured it; null for the run as a whole.';
comment on column metrics.recorded_at is 'When it was recorded.';
comment on column metrics.category is 'Its heading; null for none.';
comment on column metrics.name is 'Its name.';
comment on column metrics.value is 'Its value: a number, a text or a structure.';
comment on table warnings is 'One row per warning raised by itself; the view messages has all.';
comment on column warnings.position is 'Where it was recorded.';
comment on column warnings.run_id is 'The run it arose in.';
comment on column warnings.task_id is 'The task of that run.';
comment on column warnings.operation is 'The operation that found it; null for the run as a whole.';
comment on column warnings.recorded_at is 'When it was recorded.';
comment on column warnings.name is 'Name of that operation or step.';
comment on column warnings.message is 'What was found.';
comment on column warnings.details is 'Facts about it.';
comment on table checkpoint_records is 'One row per recorded checkpoint; the view checkpoints says which are still kept.';
comment on column checkpoint_records.position is 'Where it was recorded.';
comment on column checkpoint_records.run_id is 'The run it belongs to.';
comment on column checkpoint_records.task_id is 'The task of that run.';
comment on column checkpoint_records.recorded_at is 'When it was recorded.';
comment on column checkpoint_records.name is 'Its name.';
comment on column checkpoint_records.kind is 'automatic, named or error.';
comment on column checkpoint_records.operation is 'The last operation that had begun; null before the first.';
comment on column checkpoint_records.state is 'What was kept; null if a file holds it.';
comment on column checkpoint_records.sha256 is 'Digest and name of that file; of the canonical JSON otherwise.';
comment on column checkpoint_records.size_bytes is 'Length of that file, or of that JSON.';
comment on column checkpoint_records.is_encrypted is 'Whether the file is encrypted.';
comment on column checkpoint_records.task_version is 'The author''s version of the task; null if the run had none.';
comment on column checkpoint_records.config_sha256 is 'Digest of the configuration it was made under; null without one.';
comment on table checkpoint_discards is 'One row per discarded checkpoint.';
comment on column checkpoint_discards.position is 'Where that was recorded.';
comment on column checkpoint_discards.recorded_at is 'When that was recorded.';
comment on column checkpoint_discards.run_id is 'The run the checkpoint belongs to.';
comment on column checkpoint_discards.name is 'Name of the checkpoint.';
comment on column checkpoint_discards.reason is 'limit if newer ones took its place, request if somebody asked for it.';

-- @fold
insert into metrics
select position, run, task, e.operation, recorded_at, e.category,
  coalesce(e.name, 'not recorded'), e.value
from (
  select *, from_json(payload, '{"operation":"BIGINT","category":"VARCHAR","name":"VARCHAR","value":"JSON"}') as e
  from new_events
  where type = 'metric.recorded'
);

insert into warnings
select position, run, task, e.operation, recorded_at, e.name, e.message, e.details
from (
  select *, from_json(payload, '{"operation":"BIGINT","name":"VARCHAR","message":"VARCHAR","details":"JSON"}') as e
  from new_events
  where type = 'warning.raised'
);

insert into checkpoint_records
select position, run, task, recorded_at, e.name, e.kind, e.operation,
  nullif(e.state, 'null'), e.sha256, e.size_bytes, e.is_encrypted, e.task_version, e.config_sha256
from (
  select *, from_json(payload, '{"name":"VARCHAR","kind":"VARCHAR","operation":"BIGINT","state":"JSON","sha256":"VARCHAR","size_bytes":"BIGINT","is_encrypted":"BOOLEAN","task_version":"VARCHAR","config_sha256":"VARCHAR"}') as e
  from new_events
  where type = 'checkpoint.recorded'
);

insert into checkpoint_discards
select position, recorded_at, payload->>'$.run', payload->>'$.name', payload->>'$.reason'
from new_events
where type = 'checkpoint.discarded';

-- @views
create view metric_values as
select m.run_id, m.task_id, m.operation, m.category,
  m.name || substr(t.fullkey, 2) as metric,
  case when t.type in ('BIGINT', 'UBIGINT', 'DOUBLE') then try_cast(t.atom as double) end as number,
  t.atom ->> '$' as text,
  m.position
from metrics m, json_tree(coalesce(m.value, 'null')) t
where t.type not in ('OBJECT', 'ARRAY');

create view messages as
select 'warning' as level, run_id, task_id, operation, name, message, details, null as traceback, recorded_at, position
from warnings
union all
select case status when 'error' then 'error' else 'warning' end, run_id, task_id, null, name,
  coalesce(details->>'$.message', case status when 'error' then 'Unknown error' else 'Unknown warning' end),
  details, null, recorded_at, position
from operation_reports
where status in ('warning', 'error')
union all
-- a retry is worth a warning: the operation may have ended well all the same
select 'warning', b.run_id, b.task_id, s.operation, b.name,
  'attempt ' || s.attempt || ' failed, the next after ' || round(s.wait_s, 1) || ' s: ' || s.message,
  json_object('attempt', s.attempt, 'wait_s', s.wait_s), null, s.recorded_at, s.position
from operation_steps s
join operation_beginnings b using (run_id, operation)
where s.kind = 'retry'
union all
select 'error', e.run_id, e.task_id, e.operation, b.name, e.error->>'$.message',
  json_object('error_type', e.error->>'$.error_type'), e.error->'$.traceback', e.recorded_at, e.position
from operation_endings e
left join operation_beginnings b using (run_id, operation)
where e.status = 'error'
union all
-- a run's error is that of one of its operations, unless it arose outside of them
select 'error', r.run_id, r.task_id, null, 'run', r.error->>'$.message',
  json_object('error_type', r.error->>'$.error_type'), r.error->'$.traceback', r.recorded_at, r.position
from run_endings r
where r.status = 'failed'
  and r.error is not null
  and not exists (
    select 1
    from operation_endings e
    where e.run_id = r.run_id and e.status = 'error'
      and e.error->>'$.error_type' = r.error->>'$.error_type'
      and e.error->>'$.message' = r.error->>'$.message'
  );

create view checkpoints as
select r.* exclude (next_position),
  case
    when d.position < coalesce(r.next_position, 9223372036854775807) then 'discarded'
    when r.next_position is not null then 'replaced'
    else 'kept'
  end as status
from (
  select *, lead(position) over (partition by run_id, name order by position) as next_position
  from checkpoint_records
) r
asof left join checkpoint_discards d
  on r.run_id = d.run_id and r.name = d.name and r.position < d.position;

comment on view metric_values is 'One row per single value inside the metrics.';
comment on column metric_values.run_id is 'The run that measured it.';
comment on column metric_values.task_id is 'The task of that run.';
comment on column metric_values.operation is 'The operation that measured it; null for the run as a whole.';
comment on column metric_values.category is 'Its heading; null for none.';
comment on column metric_values.metric is 'Name of the metric, then the path inside its value: .name, ."any text", [number from 0].';
comment on column metric_values.number is 'The value as a number; null if it is none, as true, "5" and "NaN".';
comment on column metric_values.text is 'The value as text.';
comment on column metric_values.position is 'Where it was recorded.';
comment on view messages is 'One row per warning and error.';
comment on column messages.level is 'warning or error.';
comment on column messages.run_id is 'The run it arose in.';
comment on column messages.task_id is 'The task of that run.';
comment on column messages.operation is 'The operation it arose in; null for the run as a whole.';
comment on column messages.name is 'Name of that operation or step.';
comment on column messages.message is 'What was found.';
comment on column messages.details is 'Facts about it.';
comment on column messages.traceback is 'Where an error arose, one text a frame; null for warnings.';
comment on column messages.recorded_at is 'When it was recorded.';
comment on column messages.position is 'Where it was recorded.';
comment on view checkpoints is 'One row per checkpoint of a run.';
comment on column checkpoints.position is 'Where it was recorded.';
comment on column checkpoints.run_id is 'The run it belongs to.';
comment on column checkpoints.task_id is 'The task of that run.';
comment on column checkpoints.recorded_at is 'When it was recorded.';
comment on column checkpoints.name is 'Its name; a later one of the same name in the same run replaces it.';
comment on column checkpoints.kind is 'automatic, named or error.';
comment on column checkpoints.operation is 'The last operation that had begun; null before the first.';
comment on column checkpoints.state is 'What was kept; null if a file holds it.';
comment on column checkpoints.sha256 is 'Digest and name of that file in .lineage/checkpoints; of the canonical JSON otherwise.';
comment on column checkpoints.size_bytes is 'Length of that file, or of that JSON.';
comment on column checkpoints.is_encrypted is 'Whether the file is encrypted.';
comment on column checkpoints.task_version is 'The author''s version of the task; null if the run had none.';
comment on column checkpoints.config_sha256 is 'Digest of the configuration it was made under; null without one.';
comment on column checkpoints.status is 'kept; replaced by a later one of its name; or discarded.';
