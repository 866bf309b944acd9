-- @total
-- One row: the number of runs that match.
select count(*)
from runs
where ($task is null or task_id = $task) and (
    $status is null
    or case when list_contains($interrupted::varchar[], run_id) then 'interrupted' else status end = $status
  );

-- @runs
-- One row is one run.
select run_id, task_id, status, started_at, duration_s, message, task_type, is_imported
from runs
where ($task is null or task_id = $task) and (
    $status is null
    or case when list_contains($interrupted::varchar[], run_id) then 'interrupted' else status end = $status
  )
order by started_position desc
limit $limit;
