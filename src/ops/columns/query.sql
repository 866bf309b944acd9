-- @aggregates
-- One row is one function that makes one value of many rows.
select distinct function_name from duckdb_functions() where function_type = 'aggregate';

-- @lock
-- Nothing but the registered frames can be asked after this. Where the machine is does not matter.
set timezone = 'UTC';
set lock_configuration = true;

-- @seed
-- random() begins here, from 0 to 1.
select setseed(?);

-- @threads
set threads = {threads};
