-- @of_run
-- One row is one version of a file that a run wrote.
select distinct uri, sha256, category, artifact_type, run_id
from artifacts
where run_id = $run_id
union
select uri, sha256, 'input', 'file', run_id from imports where run_id = $run_id
order by uri;

-- @of_file
-- One row is one version of a file.
select uri, sha256, max(run_id) as run_id
from (
  select uri, sha256, run_id from artifacts where uri = $uri
  union all
  select uri, sha256, null from inputs where uri = $uri
  union all
  select uri, sha256, run_id from imports where uri = $uri
)
group by uri, sha256
order by sha256;

-- @versions
-- One row is one version of a file with columns, wherever it was seen.
select uri, sha256, max(columns) as columns
from (
  select uri, sha256, columns from artifacts where len(columns) > 0
  union all
  select uri, sha256, columns from inputs where len(columns) > 0
)
where list_contains(columns, $column)
group by uri, sha256
order by uri, sha256;

-- @traces
-- One row is one column of a file version that has the values of a start, or pseudonyms made of
-- them; made_by has the steps that made these, the first one first.
with recursive steps as materialized (
  select source_uri, source_sha256, source_column, uri, sha256, column_name,
    case when effect = 'pseudonymization' then [{
      run_id: run_id, operation: operation, column_name: source_column
    }] else [] end as made
  from column_steps
  where is_direct and effect in ('identity', 'pseudonymization')
  union all
  -- what an erasure wrote has the columns of what was there before
  select s.uri, s.sha256, null, s.uri, e.detail->>'$.sha256', null, []
  from erasure_steps s
  join erasure_events e on e.erasure_id = s.erasure_id and e.step = s.number
  where s.action = 'rewrite_file' and e.outcome = 'done'
),
traces(uri, sha256, column_name, made_by) as (
  select unnest($uris::varchar[]), unnest($digests::varchar[]), $column,
    []::struct(run_id varchar, operation bigint, column_name varchar)[]
  union
  select s.uri, s.sha256, coalesce(s.column_name, t.column_name), list_concat(t.made_by, s.made)
  from traces t
  join steps s on s.source_uri = t.uri and s.source_sha256 is not distinct from t.sha256
    and coalesce(s.source_column, t.column_name) = t.column_name
  where not list_has_any(t.made_by, s.made)
)
select uri, sha256, column_name, made_by
from traces
order by uri, column_name, sha256, len(made_by);

-- @maker
-- One row is the operation that was executed, which one that was skipped stands for.
with recursive makers as (
  select * from operations where run_id = $run_id and operation is not distinct from $operation
  union
  select o.*
  from makers m
  join operations o on o.run_id = m.reused_run and o.operation = m.reused_operation
)
select class_name, name, parameters, details from makers where class_name is not null limit 1;

-- @released
-- One row is one release that is still there.
select release_uri, source_uri, sha256 from releases where state = 'published' order by position;

-- @checkpoints
-- One row is one state of a run that has a file.
select distinct name, sha256
from checkpoint_records
where run_id = $run_id and state is null and sha256 is not null
order by name;

-- @releases
-- One row is one release of a content that is still among the releases.
select release_id, release_uri, sha256
from releases
where list_contains($digests, sha256) and state = 'published'
order by position;

-- @groups
-- One row is the smallest k that was measured of a content.
select sha256, min((measures->>'$.k')::bigint) as k
from risk_measures
where list_contains($digests, sha256) and measures->>'$.k' is not null
group by sha256;

-- @report
select report_path from runs where run_id = $run_id;

-- @vaults
-- One row is one vault of pseudonyms that an operation used, and how its values are looked up.
select distinct parameters->>'$.vault_path' as path, parameters->>'$.domain' as domain,
  parameters->>'$.key_id' as key_id, parameters->>'$.key_path' as key_path
from operations
where parameters->>'$.vault_path' is not null
order by path;
