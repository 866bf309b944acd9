-- @sources
-- One row is one source of an output column, the direct ones first, with the number of all.
with ranked as (
  select e.*,
    count(*) over (partition by e.uri, e.sha256, e.column_name) as source_count,
    row_number() over (
      partition by e.uri, e.sha256, e.column_name
      order by e.is_direct desc, e.position, e.source_uri, e.source_column, e.effect
    ) as place
  from column_edges e
  where e.uri in (select unnest($uris::varchar[]))
    and e.column_name in (select unnest($columns::varchar[]))
    and (
      e.run_id = $run
      or (e.run_id, e.operation) in (
        select reused_run, reused_operation from operation_beginnings where run_id = $run
      )
    )
)
select *
from ranked
where place <= $sources
order by uri, sha256, column_name, place;
