-- @schema
create table events (
  position bigint not null,
  stream varchar not null,
  version bigint not null,
  type varchar not null,
  schema_version bigint not null,
  recorded_at timestamptz not null,
  actor varchar not null,
  run_id varchar,
  task_id varchar,
  causation bigint,
  payload json using compression zstd
);

create table erased_streams (
  stream varchar not null
);

create table catalog_info (
  position bigint not null,
  fold_version varchar,
  last_stream varchar,
  last_version bigint,
  last_recorded_at timestamptz
);

insert into catalog_info values (0, null, null, null, null);

comment on table catalog_info is 'One row: the position and the folds this catalog was built with.';
comment on column catalog_info.position is 'The last position that is folded in.';
comment on column catalog_info.fold_version is 'Digest of the SQL and of the versions of the events.';
comment on column catalog_info.last_stream is 'Stream of the event at that position; null at position 0.';
comment on column catalog_info.last_version is 'Version of that event in its stream; null at position 0.';
comment on column catalog_info.last_recorded_at is 'When that event was recorded; null at position 0.';
comment on table events is 'One row per event, as the ledger holds it.';
comment on column events.position is 'Place in the ledger, from 1 without gaps.';
comment on column events.stream is 'The aggregate the event belongs to: run:<id>, task:<id>, ...';
comment on column events.version is 'Place in the stream, from 1 without gaps.';
comment on column events.type is 'Type word, noun.verbed.';
comment on column events.schema_version is 'Version of the payload as it was stored.';
comment on column events.recorded_at is 'When it was recorded.';
comment on column events.actor is 'Who recorded it.';
comment on column events.run_id is 'The run it concerns; null if none.';
comment on column events.task_id is 'The task it concerns; null if none.';
comment on column events.causation is 'Version, in the same stream, of the event that led to it; null if none.';
comment on column events.payload is 'What happened, in the present version of the type; null where it is encrypted and cannot be read.';
comment on table erased_streams is 'One row per stream of an encrypted ledger whose key was destroyed.';
comment on column erased_streams.stream is 'The aggregate whose events cannot be read any more.';
comment on view unreadable_events is 'One row per type of event and reason: events of an encrypted ledger that cannot be read. No other table shows them.';
comment on column unreadable_events.type is 'Type word, noun.verbed.';
comment on column unreadable_events.reason is 'erased: their key was destroyed; locked: no master key is set.';
comment on column unreadable_events.events is 'How many there are.';
comment on column unreadable_events.streams is 'In how many streams.';
comment on column unreadable_events.first_position is 'The first of them.';
comment on column unreadable_events.last_position is 'The last of them.';

-- @fold
insert into events
select position, stream, version, type, schema_version, recorded_at, actor, run, task, causation, payload
from new_events;

-- @views
create view unreadable_events as
select
  e.type,
  if(s.stream is null, 'locked', 'erased') as reason,
  count(*) as events,
  count(distinct e.stream) as streams,
  min(e.position) as first_position,
  max(e.position) as last_position
from events e
left join erased_streams s on s.stream = e.stream
where e.payload is null
group by all;
