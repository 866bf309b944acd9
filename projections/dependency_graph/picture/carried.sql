-- @steps
-- One row is one step from a column to a column of a file version that is shown.
with wanted as (select unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256)
select s.source_uri, s.source_column, s.uri, s.column_name, s.effect, s.run_id, s.operation
from column_steps s
join wanted w on w.uri = s.uri and w.sha256 is not distinct from s.sha256
where s.is_direct
order by s.position;
