-- @steps
-- One row is one step between columns: the run and the operation that made it.
select e.position, e.run_id, e.task_id, any_value(b.name) as operation
from events e
left join column_edges c on c.position = e.position
left join operation_beginnings b on b.run_id = c.run_id and b.operation = c.operation
where e.position in (select unnest($positions::bigint[]))
group by e.position, e.run_id, e.task_id;

-- @files
-- One row is one version of a file, as the last run that wrote it left it.
with wanted as (select unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256)
select uri, sha256, max(size_bytes) as size_bytes, max_by(modified_at, position) as modified_at
from artifacts
semi join wanted using (uri, sha256)
group by uri, sha256;
