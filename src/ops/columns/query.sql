-- @aggregates
-- One row is one function that makes one value of many rows.
select distinct function_name from duckdb_functions() where function_type = 'aggregate';

-- @lock
-- Nothing but the registered frames can be asked after this.
set lock_configuration = true;
