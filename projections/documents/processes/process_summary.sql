-- @stages
-- One row is one process of one pipeline run.
select * from process_stages order by run_name, process_name;

-- @errors
-- One row is one type of error of the process.
select * from process_errors where stream = ?;

-- @progress
-- One row is one progress update of the process.
select * from process_progress where stream = ? order by position;

-- @metrics
-- One row is one metric of the process with its latest value.
select * from process_metrics where stream = ? order by first_position;
