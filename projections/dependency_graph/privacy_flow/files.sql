-- @releases
-- One row is one file that left the project, or one that a name means.
select source_uri as uri, sha256, release_id, state, release_uri, purpose, recipient, approver,
  published_at
from releases
where ($name is null and published_at is not null)
  or release_uri = $name
  or (length($name) >= 4 and starts_with(release_id, $name))
order by position desc;

-- @written
-- One row is one table that the latest run among these steps wrote.
with written as (
  select uri, sha256, run_id, position
  from artifacts
  where step_key in (select unnest($keys::ubigint[]))
    and (len(columns) > 0 or artifact_type in ('csv', 'parquet'))
)
select uri, sha256
from written
where run_id = (select arg_max(run_id, position) from written)
group by all
order by min(position);
