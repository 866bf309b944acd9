-- @operations
-- One row is one operation of the run.
select * from operations where run_id = ? order by started_position;

-- @annotations
-- One row: what was added to the run after its end, by key.
select annotations from run_annotations where run_id = ?;

-- @imports
-- One row is one file that was copied into the task's folder.
select * from imports where run_id = ? order by position;
