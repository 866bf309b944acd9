-- One row is the key of a stream, wrapped by a version of the keyring's key "ledger"; its row stays,
-- empty, when it was destroyed.
create table stream_keys (
  stream text primary key,
  kek_version integer not null,
  wrapped blob,
  destroyed_at integer
) strict, without rowid;

create trigger stream_keys_refuse_delete
before delete on stream_keys
begin
  select raise(rollback, 'the key of a stream is destroyed, not removed: DELETE refused');
end;

-- REPLACE deletes without firing the trigger above.
create trigger stream_keys_refuse_replace
before insert on stream_keys
when exists (select 1 from stream_keys where stream = new.stream)
begin
  select raise(rollback, 'a stream has one key for ever');
end;

-- A key may be wrapped again or destroyed; a destroyed one stays so.
create trigger stream_keys_refuse_revival
before update on stream_keys
when old.wrapped is null or new.stream is not old.stream
begin
  select raise(rollback, 'a destroyed key stays destroyed');
end;

-- What says something of the ledger itself, such as its seals, is open to everybody.
create trigger events_refuse_plaintext
before insert on events
when not (new.stream >= 'ledger:' and new.stream < 'ledger;')
  and (
    substr(new.payload, 1, 1) is not x'01'
    or (select wrapped from stream_keys where stream = new.stream) is null
  )
begin
  select raise(rollback, 'the ledger is encrypted: the payload is not, or its stream has no key');
end;

-- One row at most: the key of the catalog's snapshot, wrapped as the keys of the streams are.
create table catalog_key (
  name text primary key,
  kek_version integer not null,
  wrapped blob not null
) strict, without rowid;

-- A snapshot shows what all streams held, so it ends with any of their keys, and when they are
-- wrapped again.
create trigger stream_keys_end_catalog_key
after update on stream_keys
begin
  delete from catalog_key;
end;
