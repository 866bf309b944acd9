-- @names
-- One row is one name that a run used: of a column, a dataset or a file.
select distinct unnest(columns) as name, true as is_column from inputs where run_id = $run
union
select distinct unnest(columns), true from artifacts where run_id = $run
union
select name, false from inputs where run_id = $run
union
select uri, false from inputs where run_id = $run
union
select uri, false from artifacts where run_id = $run;

-- @classes
-- One row is one operation of a run, with the class that did the work.
select b.operation, coalesce(b.class_name, r.class_name) as class_name
from operation_beginnings b
left join operation_beginnings r
  on r.run_id = b.reused_run and r.operation = b.reused_operation
where b.run_id = $run;
