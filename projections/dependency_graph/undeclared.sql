-- @upstream
-- One row is one file version at which the search upstream ended.
with ends as (
  select unnest($keys::ubigint[]) as key
  except select target_key from column_steps
  except select column_key from column_edges
),
files as (
  select hash(source_uri, source_sha256) as dataset_key
  from column_steps
  where source_key in (select key from ends)
  union
  select file
  from (select unnest($starts::ubigint[]) as start, unnest($start_files::ubigint[]) as file)
  where start in (select key from ends)
)
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from artifacts
semi join files using (dataset_key)
order by file;

-- @downstream
-- One row is one file version made from the columns' files without declared columns.
with files as (
  select hash(uri, sha256) as dataset_key
  from column_steps
  where target_key in (select unnest($keys::ubigint[]))
  union
  select unnest($start_files::ubigint[])
),
readers as (
  select distinct target_key as step_key
  from edges
  where source_key in (select dataset_key from files) and target_kind <> 'dataset'
)
select distinct a.uri || '@' || coalesce(a.sha256, 'unknown') as file
from artifacts a
semi join readers using (step_key)
where len(a.columns) > 0
  and not exists (
    select 1 from column_edges e where e.uri = a.uri and e.sha256 is not distinct from a.sha256
  )
order by file;
