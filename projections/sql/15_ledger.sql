-- @schema
-- One row is one conversion.
create table ledger_conversions (
  position bigint, recorded_at timestamptz, actor varchar, encryption varchar,
  previous_size bigint, sealed_size bigint, previous_root_sha256 varchar, is_copy_kept boolean
);

comment on table ledger_conversions is 'One row per conversion of the ledger into an encrypted one: what was stored before it are other bytes now.';
comment on column ledger_conversions.position is 'Where it was recorded.';
comment on column ledger_conversions.recorded_at is 'When it was recorded.';
comment on column ledger_conversions.actor is 'Who recorded it.';
comment on column ledger_conversions.encryption is 'How payloads are encrypted from then on.';
comment on column ledger_conversions.previous_size is 'Number of events before, all of which were encrypted.';
comment on column ledger_conversions.sealed_size is 'Number of events under the last tree head before; null if there was none.';
comment on column ledger_conversions.previous_root_sha256 is 'That tree head, over the bytes as they were; null if there was none.';
comment on column ledger_conversions.is_copy_kept is 'Whether a copy of the ledger as it was before was kept.';

-- @fold
insert into ledger_conversions
select position, recorded_at, actor, p.encryption, p.previous_size, p.sealed_size, p.previous_root_sha256, p.is_copy_kept
from (
  select *, from_json(payload, '{"encryption": "varchar", "previous_size": "bigint", "sealed_size": "bigint", "previous_root_sha256": "varchar", "is_copy_kept": "boolean"}') as p
  from new_events
  where type = 'ledger.converted'
);
