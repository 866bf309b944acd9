-- Parts of a search by name: each statement finds one kind of thing.

-- @of_run
-- One row is one event that concerns a run.
select position
from events
where run_id = $name
order by position;

-- @of_task
-- One row is one event that concerns a task.
select position
from events
where task_id = $name
order by position;

-- @of_stream
-- One row is one event of a stream.
select position
from events
where stream = $name
order by position;

-- @of_file
-- One row is one statement that a version of a file was written, read or imported.
select distinct position
from (
  select position, uri, sha256 from artifacts
  union all
  select position, uri, sha256 from inputs
  union all
  select position, uri, sha256 from imports
)
where uri = $uri and sha256 is not distinct from $sha256
order by position;
