-- @measured
-- One row is one count of each column of a file version, as it was measured last.
with steps as (
  select step_key
  from artifacts
  where uri = $uri and sha256 = $sha256
  union
  -- an operation that wrote a table measured that, and not what it read
  select step_key
  from inputs
  where uri = $uri and sha256 = $sha256
    and step_key not in (select step_key from artifacts where len(columns) > 0)
)
select name, max_by(value, position) as value, max_by(run_id, position) as run_id,
  max_by(operation, position) as operation, max(position) as position
from metrics
where name in ('nulls', 'distinct', 'singletons') and hash(run_id, operation) in (from steps)
  and json_type(value) = 'OBJECT'
group by name
order by name;
