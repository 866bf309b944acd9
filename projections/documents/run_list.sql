-- @matching
-- One row is one run that matches.
select run_id, task_id, status, started_at, duration_s, message, task_type, is_imported,
  is_archived, started_position
from runs
where ($task is null or task_id = $task)
  and (
    $status is null
    or case when list_contains($interrupted::varchar[], run_id) then 'interrupted' else status end = $status
  )
  and ($since is null or started_at >= $since::timestamptz)
  and ($text is null or contains(lower(concat_ws(' ', run_id, task_id, description, message)), lower($text)))
  and (
    $file is null
    or run_id in (
      select run_id from inputs where contains(uri, $file)
      union all
      select run_id from artifacts where contains(uri, $file)
    )
  );

-- @messages
-- One row is one run with warnings or errors.
select run_id, count(*) filter (where level = 'warning') as warnings,
  count(*) filter (where level = 'error') as errors
from messages
where list_contains($runs::varchar[], run_id)
group by run_id;
