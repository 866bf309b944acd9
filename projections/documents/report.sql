-- @reported_runs
-- One row is a report path with the latest run whose report is written there.
select report_path, max_by(run_id, started_position) as run_id
from runs
where run_id in (select run_id from environments)
group by report_path
order by max(started_position) desc;

-- @groups
-- One row is one group of the run or of a run it reused.
select * from artifact_groups where list_contains(?, run_id) order by position;

-- @operations
-- One row is one operation of the run.
select * from operations where run_id = ? order by started_position;

-- @imports
-- One row is one file that was copied into the task's folder.
select * from imports where run_id = ? order by position;

-- @environment
-- One row at most: where the run was executed last.
select * from environments where run_id = ? order by position desc limit 1;

-- @code
-- One row at most: the code of the run.
select * from run_code where run_id = ? order by position desc limit 1;

-- @ledger_position
-- One row: where the last event of the run is.
select max(position) from events where run_id = ?;
