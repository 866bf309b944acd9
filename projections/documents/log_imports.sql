-- @runs
-- One row is one run.
select run_id, task_id, status, is_archived, annotations
from runs
left join run_annotations using (run_id)
order by started_position;

-- @set_aside
-- One row is one entry that no later import corrected.
select position, source, reason, record
from set_aside_records
where position not in (select set_aside_position from record_corrections)
order by position;
