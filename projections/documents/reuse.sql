-- @reuses
-- One row at most: the run reused an operation of another one.
select operation
from operation_beginnings
where run_id = ? and reused_run is not null
limit 1;

-- @own_rows
-- One row is a row of a table that belongs to the run.
select *, null::varchar as reused_run
from query_table($table)
where run_id = $run
order by position;

-- @rows_behind
-- One row is a row of a table that belongs to the run, or to an operation that it reused.
select *, null::varchar as reused_run
from query_table($table)
where run_id = $run
union all by name
select t.* replace (o.run_id as run_id, o.operation as operation), o.reused_run
from query_table($table) t
join operation_beginnings o on o.reused_run = t.run_id and o.reused_operation = t.operation
where o.run_id = $run
order by position;
