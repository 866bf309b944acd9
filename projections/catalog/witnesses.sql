-- @as_stored
-- One row is one event, with its columns as the ledger has them.
select position, stream, version, type, schema_version, epoch_us(recorded_at) as recorded_at, actor,
  run_id, task_id, causation, payload::varchar as payload
from events
where position = ?;
