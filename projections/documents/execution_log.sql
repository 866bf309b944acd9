-- @all
-- One row is one run, the earliest start first.
select * from execution_log order by happened_order;

-- @modified_at
-- One row: when the last event of a run was recorded.
select max(recorded_at) from events where run_id is not null and position <= ?;

-- @history
-- One row is one run.
select *
from execution_log
where ($task is null or task_id = $task) and (success or not $success_only)
order by happened_order desc
limit $limit;

-- @producers
-- One row is one run that wrote a file of these names.
select *
from execution_log
where list_has_any(json_extract_string(output_files, '$[*].path'), $names)
order by happened_order desc;

-- @list
-- One row is one run, in the order in which they ended.
select task_id, task_run_id, timestamp, success, execution_time,
  json_array_length(input_files) as files_read,
  json_array_length(output_files) as files_written, report_path,
  imported_record is not null as imported
from execution_log
order by position;

-- @surplus
-- One row is one run that is too old, or one too many of its task.
select l.task_id, l.task_run_id
from (
  select task_id, task_run_id, timestamp, happened_order,
    row_number() over (partition by task_id order by happened_order desc) as age_rank
  from execution_log
) l
join runs r on r.run_id = l.task_run_id
where r.status <> 'running'
  and (l.age_rank > $kept or l.timestamp < $now::timestamptz - to_days($days::integer))
order by l.happened_order;

-- @imported_summaries
-- One row is one imported summary of a task; the newest comes last.
select i.task_id, i.summary, coalesce(r.is_archived, false) as is_hidden
from imported_tasks i
left join runs r on r.run_id = i.summary->>'$.last_task_run_id'
order by try_cast(i.summary->>'$.last_execution' as double) nulls first, i.position;
