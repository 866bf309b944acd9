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
  payload json using compression zstd not null
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
comment on column events.payload is 'What happened, in the present version of the type.';

-- @fold
insert into events
select position, stream, version, type, schema_version, recorded_at, actor, run, task, causation, payload
from new_events;
