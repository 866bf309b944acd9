-- @operations
-- One row is one operation of the run, with the parameters it was executed with.
select o.operation, o.name, coalesce(o.parameters, b.parameters) as parameters
from operation_beginnings o
left join operation_beginnings b
  on b.run_id = o.reused_run and b.operation = o.reused_operation
where o.run_id = ?;
