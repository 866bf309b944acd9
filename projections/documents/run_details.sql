-- @operations
-- One row is one operation of the run.
select * from operations where run_id = ? order by started_position;

-- @imports
-- One row is one file that was copied into the task's folder.
select * from imports where run_id = ? order by position;
