-- @key
-- One row: the wrapped key of a stream, null once it was destroyed.
select kek_version, wrapped from stream_keys where stream = ?;

-- @add
insert into stream_keys (stream, kek_version, wrapped) values (?, ?, ?);

-- @destroy
update or rollback stream_keys
set wrapped = null, destroyed_at = ?
where stream = ? and wrapped is not null;

-- @changes
select changes();

-- @erased
select stream from stream_keys where wrapped is null;

-- @counts
-- One row: streams with a key, and streams without one any more.
select count(wrapped), count(*) - count(wrapped) from stream_keys;

-- @wrapped_by_others
select stream, kek_version, wrapped from stream_keys where wrapped is not null and kek_version <> ?;

-- @wrap_again
update or rollback stream_keys set kek_version = ?, wrapped = ? where stream = ?;
