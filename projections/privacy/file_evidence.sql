-- @known
-- One row if the version is on record: who wrote it first, when it was first and last seen.
select min(recorded_at) as first_at, max(recorded_at) as last_at,
  max_by(run_id, position) filter (where run_id is not null) as run_id
from (
  select uri, sha256, recorded_at, run_id, position from artifacts
  union all by name select uri, sha256, recorded_at, null as run_id, position from inputs
  union all by name select uri, sha256, recorded_at, run_id, position from imports
)
where uri = $uri and sha256 = $sha256
having count(*) > 0;

-- @risk
-- One row is the latest measurement of the content by a method.
select measures, quasi_identifiers, sensitive, method, recorded_at, position
from risk_measures
where sha256 = $sha256 and method = $method
order by position desc
limit 1;

-- @claims
-- One row is the latest comparison of a column with its source.
select distinct on (column_name) column_name, effect, outcome, reason, measured, position
from claim_checks
where sha256 = $sha256
order by column_name, position desc;

-- @verdicts
-- One row is the latest verdict of a policy on a version of a file.
select distinct on (policy) policy, kind, severity, outcome, reason, waiver,
  recorded_at as judged_at, position
from policies
where uri = $uri and sha256 = $sha256
order by policy, position desc;

-- @versions
-- One row is one version of a file, with the time it was first seen.
select uri, sha256, min(recorded_at) as first_at
from (
  select uri, sha256, recorded_at from artifacts
  union all by name select uri, sha256, recorded_at from inputs
  union all by name select uri, sha256, recorded_at from imports
)
where list_contains($uris, uri)
group by uri, sha256
order by uri, first_at;
