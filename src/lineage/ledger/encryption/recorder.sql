-- @has_events
select exists (select 1 from events);

-- @head
select coalesce(max(position), 0) from events;

-- @truncate_log
pragma wal_checkpoint(truncate);

-- @copy
vacuum into ?;

-- @stored
-- One row is one event; its payload comes last.
select position, stream, version, type, schema_version, recorded_at, actor, run, task, causation,
  payload
from events
where position > ? and position <= ?
order by position;

-- @replace_payload
update or rollback events set payload = ? where position = ?;

-- @allow_updates
drop trigger events_refuse_update;

-- @forget_segments
drop table if exists segments;
