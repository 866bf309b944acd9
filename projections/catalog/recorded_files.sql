-- @recorded
-- One row is one file with the latest run that has it on record.
select uri, arg_max(run_id, position) as run_id
from (
  select uri, run_id, position from artifacts
  union all by name select uri, run_id, position from inputs
  union all by name select uri, run_id, position from imports
)
where $is_any or lower(uri) = lower($uri)
group by uri;
