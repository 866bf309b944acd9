-- @total
-- One row: the number of checkpoints that match.
select count(*)
from checkpoints
where ($task is null or task_id = $task) and ($with_gone or status = 'kept');

-- @checkpoints
-- One row is one checkpoint.
select run_id, task_id, name, kind, operation, recorded_at, size_bytes, is_encrypted,
  state is null as has_file, status
from checkpoints
where ($task is null or task_id = $task) and ($with_gone or status = 'kept')
order by position desc
limit $limit;

-- @files
-- One row is one checkpoint whose state is in a file.
select sha256, run_id || '/' || name as name, status = 'kept' as is_kept
from checkpoints
where state is null
order by position;
