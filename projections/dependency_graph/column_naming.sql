-- @columns
-- One row is one column with its origin.
with wanted as (select unnest($keys::ubigint[]) as key),
steps as materialized (
  select source_key, source_uri, source_sha256, source_column,
    target_key, uri, sha256, column_name, position
  from column_steps
  where source_key in (from wanted) or target_key in (from wanted)
),
columns as (
  select source_key as key, source_uri as uri, source_sha256 as sha256, source_column as name,
    position
  from steps
  where source_key in (from wanted)
  union
  select target_key, uri, sha256, column_name, position
  from steps
  where target_key in (from wanted)
  union
  select unnest($start_keys::ubigint[]), unnest($uris::varchar[]), unnest($digests::varchar[]),
    unnest($names::varchar[]), null
),
-- only the relevant files, or every artifact would be looked up
written as (
  select distinct dataset_key
  from artifacts
  where dataset_key in (select hash(uri, sha256) from columns)
)
select key, uri, sha256, name as "column", min(position) as position,
  case
    when key in (select target_key from steps) then 'derived'
    when key in (select column_key from column_edges) then 'generated'
    when hash(uri, sha256) in (select dataset_key from written) then 'undeclared'
    else 'outside'
  end as origin
from columns
group by key, uri, sha256, name;
