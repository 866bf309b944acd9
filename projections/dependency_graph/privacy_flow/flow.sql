-- @aliases
-- One row is one other place of a file's content, or a name by which runs read it, or by which
-- operations after the one that wrote it could have read it.
with files as (
  select distinct unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256
),
-- only what has one of these contents, or all would be compared
known as (
  select uri, sha256, name, null as output from inputs
  where list_contains($digests::varchar[], sha256) or sha256 is null
  union
  select uri, sha256, null,
    case
      when operation is not null and artifact_type in ('csv', 'parquet')
        then parse_filename(uri, true, 'forward_slash')
    end
  from artifacts
  where list_contains($digests::varchar[], sha256) or sha256 is null
  union
  select uri, sha256, null, null from imports
  where list_contains($digests::varchar[], sha256)
  union
  select source_uri, sha256, null, null from imports
  where list_contains($digests::varchar[], sha256)
)
select distinct f.uri, f.sha256, k.uri as alias, k.name, k.output
from files f
join known k on k.sha256 = f.sha256 or (f.sha256 is null and k.sha256 is null and k.uri = f.uri)
order by all;

-- @seen
-- One row is one file that was used before a run wrote, or a copy made, the same content there.
with files as (
  select distinct unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256
),
used as (
  select uri, sha256, position from inputs
  union all
  select source_uri, sha256, position from imports
),
made as (
  select uri, sha256, position from artifacts
  union all
  select uri, sha256, position from imports
)
select f.uri, f.sha256
from files f
join used u using (uri, sha256)
join made m using (uri, sha256)
group by all
having min(u.position) < min(m.position)
order by all;

-- @confirmed
-- One row is one column that a person has classified.
select dataset, column_name, role, category
from classifications
order by position;

-- @risk
-- One row is the latest measurement of the file's risk by one method.
select method, max_by(quasi_identifiers, position) as quasi_identifiers,
  max_by(sensitive, position) as sensitive, max_by(measures, position) as measures,
  max(position) as position
from risk_measures
where uri = $uri and sha256 is not distinct from $sha256
group by method
order by position;

-- @dictionary
-- The data dictionary that was declared last.
select datasets
from dictionary_versions
order by position desc
limit 1;
