-- @event
-- One row at most: an event, with its neighbours in the ledger and what led to it.
select e.position, e.stream, e.version, e.type, e.schema_version, e.recorded_at, e.actor, e.run_id,
  e.task_id, e.causation, e.payload, e.payload is not null as is_readable,
  c.position as caused_by, s.stream is not null as is_erased
from events e
left join events c on c.stream = e.stream and c.version = e.causation
left join erased_streams s on s.stream = e.stream
where e.position = $position;
