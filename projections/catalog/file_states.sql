-- @latest
-- One row is a file with the version that a run wrote last.
select uri, arg_max(sha256, position) as sha256, arg_max(size_bytes, position) as size_bytes,
  arg_max(run_id, position) as run_id, max(position) as position
from artifacts
where sha256 is not null
group by uri
order by uri;
