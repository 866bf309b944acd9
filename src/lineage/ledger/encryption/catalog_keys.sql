-- @key
-- One row at most: the key of the catalog's snapshot, wrapped.
select name, kek_version, wrapped from catalog_key;

-- @forget
delete from catalog_key;

-- @add
insert into catalog_key (name, kek_version, wrapped) values (?, ?, ?);
