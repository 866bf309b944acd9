-- @schema
-- One row is one event of a process.
create table process_events (
  position bigint, stream varchar, recorded_at timestamptz, type varchar, occurred_at timestamptz,
  run_name varchar, process_name varchar, session_id bigint, processed bigint, successful bigint,
  failed bigint, retried bigint, bytes_processed bigint, worked_us bigint, error_type varchar,
  error_count bigint, message varchar, context json, key varchar, value json, silent_s double,
  measure varchar, threshold double, measured double
);

comment on table process_events is 'One row per event of a counted process; the view process_stages sums them up.';
comment on column process_events.position is 'Where it was recorded.';
comment on column process_events.stream is 'The process: its stream in the ledger.';
comment on column process_events.recorded_at is 'When it was recorded; until then the process keeps it in memory.';
comment on column process_events.type is 'started, counted, error_recorded, progressed, metric_set, checkpointed, interrupted, ended or alert_raised.';
comment on column process_events.occurred_at is 'When it happened; null for counts, metrics and alerts.';
comment on column process_events.run_name is 'The pipeline run; null unless started.';
comment on column process_events.process_name is 'The process; null unless started.';
comment on column process_events.session_id is 'Seconds since 1970 at the start of the first session; null unless started.';
comment on column process_events.processed is 'Items handled; null unless counted.';
comment on column process_events.successful is 'Of these, done; null unless counted.';
comment on column process_events.failed is 'Items that failed for good; null unless counted.';
comment on column process_events.retried is 'Attempts repeated; null unless counted.';
comment on column process_events.bytes_processed is 'Bytes moved; null unless counted.';
comment on column process_events.worked_us is 'Microseconds of work; null unless counted.';
comment on column process_events.error_type is 'Type of the errors; null unless error_recorded, or alert_raised on one type.';
comment on column process_events.error_count is 'Errors of that type; null unless error_recorded.';
comment on column process_events.message is 'What the last error, or the process, said; null otherwise.';
comment on column process_events.context is 'What the process added; null unless progressed.';
comment on column process_events.key is 'Name of the metric; null unless metric_set.';
comment on column process_events.value is 'Value of the metric; null unless metric_set.';
comment on column process_events.silent_s is 'Seconds without a sign of life; null unless interrupted.';
comment on column process_events.measure is 'error_count or failed_percent; null unless alert_raised.';
comment on column process_events.threshold is 'Threshold of the alert; null unless alert_raised.';
comment on column process_events.measured is 'The measured value; null unless alert_raised.';

-- @fold
insert into process_events
select position, stream, recorded_at, replace(type, 'process.', ''), e.occurred_at, e.run_name,
  e.process_name, e.session_id, e.processed, e.successful, e.failed, e.retried, e.bytes_processed,
  e.worked_us, e.error_type, e.count, e.message, e.context, e.key,
  case type when 'process.metric_set' then coalesce(e.value, 'null'::json) end, e.silent_s,
  e.measure, e.threshold, e.measured
from (
  select *, from_json(payload, '{"occurred_at":"TIMESTAMPTZ","run_name":"VARCHAR","process_name":"VARCHAR","session_id":"BIGINT","processed":"BIGINT","successful":"BIGINT","failed":"BIGINT","retried":"BIGINT","bytes_processed":"BIGINT","worked_us":"BIGINT","error_type":"VARCHAR","count":"BIGINT","message":"VARCHAR","context":"JSON","key":"VARCHAR","value":"JSON","silent_s":"DOUBLE","measure":"VARCHAR","threshold":"DOUBLE","measured":"DOUBLE"}') as e
  from new_events
  where type in ('process.started', 'process.counted', 'process.error_recorded', 'process.progressed',
    'process.metric_set', 'process.checkpointed', 'process.interrupted', 'process.ended',
    'process.alert_raised')
);

-- @views
-- A sum beyond 64 bits is capped; the rules let no process get there.
create view process_stages as
with summed as (
  select stream,
    max_by(run_name, position) filter (where type = 'started') as run_name,
    max_by(process_name, position) filter (where type = 'started') as process_name,
    max_by(session_id, position) filter (where type = 'started') as session_id,
    min_by(occurred_at, position) filter (where type = 'started') as started_at,
    max_by(occurred_at, position) filter (where type = 'ended') as last_ended_at,
    max_by(type, position) filter (where type in ('started', 'ended')) = 'ended' as is_completed,
    max_by(occurred_at, position) filter (where type = 'checkpointed') as last_checkpoint_at,
    count(*) filter (where type = 'started') as session_count,
    least(coalesce(sum(worked_us), 0), 9223372036854775807)::bigint as worked_us,
    least(coalesce(sum(processed), 0), 9223372036854775807)::bigint as items_processed,
    least(coalesce(sum(successful), 0), 9223372036854775807)::bigint as items_successful,
    least(coalesce(sum(failed), 0), 9223372036854775807)::bigint as items_failed,
    least(coalesce(sum(retried), 0), 9223372036854775807)::bigint as items_retried,
    least(coalesce(sum(bytes_processed), 0), 9223372036854775807)::bigint as bytes_processed,
    least(coalesce(sum(error_count), 0), 9223372036854775807)::bigint as error_count,
    max_by(message, position) filter (where type = 'error_recorded') as last_error_message,
    max_by(occurred_at, position) filter (where type = 'error_recorded') as last_error_at,
    count(*) filter (where type = 'interrupted') as interruption_count,
    count(*) filter (where type = 'progressed') as progress_updates_count,
    count(*) filter (where type = 'alert_raised') as alert_count,
    max_by(recorded_at, position) as recorded_at,
    min(position) as started_position,
    max(position) as position
  from process_events
  group by stream
  having count(*) filter (where type = 'started') > 0
)
select stream, run_name, process_name, session_id, started_at,
  case when is_completed then last_ended_at end as ended_at,
  is_completed, last_checkpoint_at, session_count, worked_us / 1e6::double as duration_s,
  items_processed, items_successful, items_failed, items_retried, bytes_processed,
  case when items_processed = 0 then 0
    else (100::hugeint * items_successful)::double / items_processed end as success_rate_percent,
  case when items_processed = 0 or worked_us = 0 then 0
    else items_processed / (worked_us / 1e6::double) end as items_per_s,
  error_count, last_error_message, last_error_at, interruption_count, progress_updates_count,
  alert_count, recorded_at, started_position, position
from summed;

create view process_errors as
select stream, error_type, least(sum(error_count), 9223372036854775807)::bigint as error_count,
  max_by(message, position) as last_message, max_by(occurred_at, position) as last_occurred_at
from process_events
where type = 'error_recorded'
group by stream, error_type;

-- Counts until then are the sum of all counts before.
create view process_progress as
select stream, position, occurred_at, message, context, worked_until_us / 1e6::double as elapsed_s,
  items_processed, items_successful, items_failed
from (
  select *,
    least(coalesce(sum(worked_us) over until_then, 0), 9223372036854775807)::bigint as worked_until_us,
    least(coalesce(sum(processed) over until_then, 0), 9223372036854775807)::bigint as items_processed,
    least(coalesce(sum(successful) over until_then, 0), 9223372036854775807)::bigint as items_successful,
    least(coalesce(sum(failed) over until_then, 0), 9223372036854775807)::bigint as items_failed
  from process_events
  window until_then as (partition by stream order by position rows unbounded preceding)
)
where type = 'progressed';

create view process_metrics as
select stream, key, max_by(value, position) as value, min(position) as first_position
from process_events
where type = 'metric_set'
group by stream, key;

create view process_alerts as
select stream, position, recorded_at, measure, error_type, threshold, measured
from process_events
where type = 'alert_raised';

comment on view process_stages is 'One row per counted process of a pipeline run.';
comment on column process_stages.stream is 'Its stream in the ledger.';
comment on column process_stages.run_name is 'The pipeline run.';
comment on column process_stages.process_name is 'The process.';
comment on column process_stages.session_id is 'Seconds since 1970 at the start of its first session.';
comment on column process_stages.started_at is 'When it first started.';
comment on column process_stages.ended_at is 'When it ended; null while it is open.';
comment on column process_stages.is_completed is 'Whether it has ended and not been started again.';
comment on column process_stages.last_checkpoint_at is 'Its last checkpoint; null before the first.';
comment on column process_stages.session_count is 'Sessions it took so far.';
comment on column process_stages.duration_s is 'Seconds of work so far, all sessions together, monotonic clock.';
comment on column process_stages.items_processed is 'Items handled.';
comment on column process_stages.items_successful is 'Of these, done.';
comment on column process_stages.items_failed is 'Items that failed for good.';
comment on column process_stages.items_retried is 'Attempts repeated.';
comment on column process_stages.bytes_processed is 'Bytes processed.';
comment on column process_stages.success_rate_percent is 'Items done, in percent of those handled; 0 if none was.';
comment on column process_stages.items_per_s is 'Items handled per second of work; 0 if none was.';
comment on column process_stages.error_count is 'Errors recorded.';
comment on column process_stages.last_error_message is 'What the last error said; null without one.';
comment on column process_stages.last_error_at is 'When it occurred; null without one.';
comment on column process_stages.interruption_count is 'Silences of over 300 s without an end.';
comment on column process_stages.progress_updates_count is 'Progress updates.';
comment on column process_stages.alert_count is 'Alerts on thresholds.';
comment on column process_stages.recorded_at is 'When its last event was recorded.';
comment on column process_stages.started_position is 'Position of its first event.';
comment on column process_stages.position is 'Position of its last event.';
comment on view process_errors is 'One row per process and type of error.';
comment on column process_errors.stream is 'The process: its stream in the ledger.';
comment on column process_errors.error_type is 'The type, in the words of the process.';
comment on column process_errors.error_count is 'How many.';
comment on column process_errors.last_message is 'What the last one said.';
comment on column process_errors.last_occurred_at is 'When the last one occurred.';
comment on view process_progress is 'One row per progress update of a process.';
comment on column process_progress.stream is 'The process: its stream in the ledger.';
comment on column process_progress.position is 'Where it was recorded.';
comment on column process_progress.occurred_at is 'When it was made.';
comment on column process_progress.message is 'What the process said.';
comment on column process_progress.context is 'What it added.';
comment on column process_progress.elapsed_s is 'Seconds of work until then, all sessions together.';
comment on column process_progress.items_processed is 'Items handled until then.';
comment on column process_progress.items_successful is 'Of these, done.';
comment on column process_progress.items_failed is 'Items that failed for good.';
comment on view process_metrics is 'One row per process and custom metric.';
comment on column process_metrics.stream is 'The process: its stream in the ledger.';
comment on column process_metrics.key is 'Name of the metric.';
comment on column process_metrics.value is 'Its latest value.';
comment on column process_metrics.first_position is 'Where it first got a value.';
comment on view process_alerts is 'One row per alert on a threshold of a process.';
comment on column process_alerts.stream is 'The process: its stream in the ledger.';
comment on column process_alerts.position is 'Where it was recorded.';
comment on column process_alerts.recorded_at is 'When it was recorded.';
comment on column process_alerts.measure is 'error_count or failed_percent.';
comment on column process_alerts.error_type is 'The type of error that was counted; null for all.';
comment on column process_alerts.threshold is 'Threshold of the alert.';
comment on column process_alerts.measured is 'The measured value.';
