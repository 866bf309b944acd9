-- @operations
-- One row is one operation of a run; one that was reused is as it was where it was executed.
select o.operation, o.name, o.reused_run is not null as is_reused,
  coalesce(b.code_version, o.code_version) as code_version, coalesce(b.seed, o.seed) as seed,
  coalesce(b.parameters, o.parameters) as parameters
from operation_beginnings o
left join operation_beginnings b
  on b.run_id = o.reused_run and b.operation = o.reused_operation
where o.run_id = ?
order by o.position;
