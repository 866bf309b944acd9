-- @schema
-- One row is one event of a process.
create table process_events (
  position bigint, stream varchar, recorded_at timestamptz, type varchar, run_name varchar,
  process_name varchar, session_id bigint, processed bigint, successful bigint, failed bigint,
  retried bigint, bytes_processed bigint, error_type varchar, count bigint, message varchar,
  elapsed_s double, duration_s double, context json, key varchar, value json
);

comment on table process_events is 'One row per event of a counted process; the view process_stages sums them up.';

-- @fold
insert into process_events
select position, stream, recorded_at, replace(type, 'process.', ''), e.run_name, e.process_name,
  e.session_id, e.processed, e.successful, e.failed, e.retried, e.bytes_processed, e.error_type,
  e.count, e.message, e.elapsed_s, e.duration_s, e.context, e.key, e.value
from (
  select *, from_json(payload, '{"run_name":"VARCHAR","process_name":"VARCHAR","session_id":"BIGINT","processed":"BIGINT","successful":"BIGINT","failed":"BIGINT","retried":"BIGINT","bytes_processed":"BIGINT","error_type":"VARCHAR","count":"BIGINT","message":"VARCHAR","elapsed_s":"DOUBLE","duration_s":"DOUBLE","context":"JSON","key":"VARCHAR","value":"JSON"}') as e
  from new_events
  where type like 'process.%'
);

-- @views
create view process_stages as
select stream,
  max_by(run_name, position) filter (where type = 'started') as run_name,
  max_by(process_name, position) filter (where type = 'started') as process_name,
  min_by(session_id, position) filter (where type = 'started') as session_id,
  min(recorded_at) as started_at,
  max(recorded_at) filter (where type = 'ended') as ended_at,
  max_by(type, position) = 'ended' as is_completed,
  max(duration_s) as duration_s,
  coalesce(sum(processed), 0)::bigint as items_processed,
  coalesce(sum(successful), 0)::bigint as items_successful,
  coalesce(sum(failed), 0)::bigint as items_failed,
  coalesce(sum(retried), 0)::bigint as items_retried,
  coalesce(sum(bytes_processed), 0)::hugeint as bytes_processed,
  coalesce(sum(count) filter (where type = 'error_recorded'), 0)::bigint as error_count,
  count(*) filter (where type = 'interrupted') as interruption_count,
  count(*) filter (where type = 'progressed') as progress_updates_count
from process_events
group by stream;

comment on view process_stages is 'One row per counted process of a pipeline run.';
comment on column process_stages.stream is 'Its stream in the ledger.';
comment on column process_stages.run_name is 'The pipeline run.';
comment on column process_stages.process_name is 'The process.';
comment on column process_stages.session_id is 'Seconds since 1970 at the start of its first session.';
comment on column process_stages.started_at is 'When it first started.';
comment on column process_stages.ended_at is 'When it last ended; null if it never did.';
comment on column process_stages.is_completed is 'Whether its last event is an end.';
comment on column process_stages.duration_s is 'Seconds it took over all sessions; null before its first end.';
comment on column process_stages.items_processed is 'Items handled.';
comment on column process_stages.items_successful is 'Of these, done.';
comment on column process_stages.items_failed is 'Of these, given up.';
comment on column process_stages.items_retried is 'Attempts repeated.';
comment on column process_stages.bytes_processed is 'Bytes moved.';
comment on column process_stages.error_count is 'Errors recorded.';
comment on column process_stages.interruption_count is 'Sessions that stopped without an end.';
comment on column process_stages.progress_updates_count is 'Progress updates.';
