-- The guard of ledgers that were made before it rolled back; they keep it, as it refuses the same.
drop trigger events_refuse_gap;

create trigger events_refuse_gap
before insert on events
when new.position is not (select coalesce(max(position), 0) + 1 from events)
  or new.version is not
     (select coalesce(max(version), 0) + 1 from events where stream = new.stream)
begin
  select raise(abort, 'the ledger is append-only: the place is taken or leaves a gap');
end;
