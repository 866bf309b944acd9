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
