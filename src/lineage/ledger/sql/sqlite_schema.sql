-- One row is one event. Positions are explicit, so VACUUM cannot renumber them.
create table if not exists events (
  position integer primary key autoincrement,
  stream text not null,
  version integer not null,
  type text not null,
  schema_version integer not null,
  recorded_at integer not null,
  actor text not null,
  run text,
  task text,
  causation integer,
  payload blob not null,
  unique (stream, version)
) strict;

-- The latest runs of a task, found without reading its history.
create index if not exists events_first_of_stream
  on events (task, position)
  where version = 1;

-- The latest checkpoints of a task.
create index if not exists events_about_checkpoints
  on events (task, position)
  where type in ('checkpoint.recorded', 'checkpoint.discarded');

create trigger if not exists events_refuse_update
before update on events
begin
  select raise(abort, 'the ledger is append-only: UPDATE refused');
end;

create trigger if not exists events_refuse_delete
before delete on events
begin
  select raise(abort, 'the ledger is append-only: DELETE refused');
end;

-- REPLACE deletes without firing the trigger above, so a taken place is refused here; this
-- also keeps positions and versions free of gaps. An event that follows the last one of the
-- ledger in the same stream is in its place; for others both ends are looked up.
-- It rolls back rather than aborts: a statement that may abort keeps a copy of each page it
-- changes, which costs a quarter of an insert (docs/adr/0020).
create trigger if not exists events_refuse_gap
before insert on events
when (new.position - 1, new.version - 1, new.stream) is not
     (select position, version, stream from events order by position desc limit 1)
  and (
    new.position is not (select coalesce(max(position), 0) + 1 from events)
    or new.version is not
       (select coalesce(max(version), 0) + 1 from events where stream = new.stream)
  )
begin
  select raise(rollback, 'the ledger is append-only: the place is taken or leaves a gap');
end;
