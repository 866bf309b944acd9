-- @upstream
-- One row is one file version at which the search upstream ended.
with steps as materialized (
  select source_key, target_key, source_uri, source_sha256 from column_steps
),
ends as (
  select unnest($keys::ubigint[]) as key
  except select target_key from steps
  except select column_key from column_edges
),
files as (
  select hash(source_uri, source_sha256) as dataset_key
  from steps
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
with recursive files as (
  select hash(uri, sha256) as dataset_key
  from column_steps
  where target_key in (select unnest($keys::ubigint[]))
  union
  select unnest($start_files::ubigint[])
  union
  select m.dataset_key
  from files f
  join imports m on m.source_key = f.dataset_key
),
readers as (
  select distinct target_key as step_key
  from edges
  where source_key in (select dataset_key from files) and target_kind <> 'dataset'
)
select distinct a.uri || '@' || coalesce(a.sha256, 'unknown') as file
from artifacts a
semi join readers using (step_key)
where (len(a.columns) > 0 or a.artifact_type in ('csv', 'parquet'))
  and (
    not exists (
      select 1 from column_edges e where e.uri = a.uri and e.sha256 is not distinct from a.sha256
    )
    -- whoever compared the columns said nothing of those that it did not find
    or a.dataset_key in (
      select dataset_key
      from undeclared_columns
      where dataset_key in (select hash(uri, sha256) from column_edges where is_observed)
    )
  )
order by file;

-- @all
-- One row is one written file version of whose columns nothing was declared, or some not found.
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from undeclared_columns
where dataset_key not in (
  select hash(uri, sha256) from column_edges group by uri, sha256 having not bool_or(is_observed)
)
order by file;

-- @among
-- One row is one of some written file versions with columns of which nobody declared where they
-- came from: how many, and whether nothing was declared or some not found. The view
-- undeclared_columns says the same of all, which takes long in a long history.
with wanted as (select unnest($keys::ubigint[]) as dataset_key),
files as (
  select distinct dataset_key, uri, sha256, step_key
  from artifacts
  semi join wanted using (dataset_key)
),
edges_of as (
  select hash(uri, sha256) as dataset_key, is_observed
  from column_edges
  where hash(uri, sha256) in (from wanted)
),
sources as (
  select hash(source_uri, source_sha256) as dataset_key, source_column as column_name
  from column_edges
  where source_column is not null and hash(source_uri, source_sha256) in (from wanted)
),
named as (
  select dataset_key, unnest(columns) as column_name from artifacts semi join wanted using (dataset_key)
  union
  select dataset_key, unnest(columns) from inputs semi join wanted using (dataset_key)
  union
  from sources
  union
  select dataset_key, ''
  from artifacts
  semi join wanted using (dataset_key)
  where len(columns) = 0 and artifact_type in ('csv', 'parquet')
    and dataset_key not in (select dataset_key from inputs where len(columns) > 0)
    and dataset_key not in (select dataset_key from edges_of)
    and dataset_key not in (select dataset_key from sources)
),
silent as (
  select dataset_key, uri, sha256, column_name, hash(uri, sha256, column_name) as column_key
  from named
  join files using (dataset_key)
)
select dataset_key as key, min(uri || '@' || coalesce(sha256, 'unknown')) as file,
  count(distinct column_name) as columns,
  dataset_key not in (
    select dataset_key from edges_of group by dataset_key having not bool_or(is_observed)
  ) as is_silent
from silent
anti join (select column_key from column_edges where not is_assumed) using (column_key)
group by dataset_key
order by file;

-- @hidden
-- One row is one file version of undeclared columns on a path that may be.
with recursive silent as (select distinct step_key, dataset_key, column_key from undeclared_columns),
used as (
  select step_key, dataset_key, hash(uri, sha256, unnest(columns)) as column_key
  from inputs
  union
  select i.step_key, i.dataset_key, e.column_key
  from inputs i
  join column_edges e on i.dataset_key = hash(e.uri, e.sha256)
),
copied as (
  select distinct i.source_uri, i.uri, i.sha256, n.column_name
  from imports i
  join (select sha256, unnest(columns) as column_name from inputs) n using (sha256)
),
steps as materialized (
  select source_key, target_key from column_steps
  union all
  -- from each column that a step read to the step, to the file it wrote, to its undeclared columns
  select column_key, step_key
  from used
  where step_key in (select step_key from silent)
  union all
  select step_key, dataset_key from silent
  union all
  select dataset_key, column_key from silent
  union all
  -- and from a column to that of a copy of its file
  select hash(source_uri, sha256, column_name), hash(uri, sha256, column_name) from copied
),
down(key) as (
  select unnest($starts::ubigint[])
  union
  -- a step that wrote columns, declared none, and took no dataset may have had any value
  select step_key from undeclared_columns where has_no_input
  union
  select s.target_key
  from down r
  join steps s on s.source_key = r.key
),
up(key) as (
  select unnest($goals::ubigint[])
  union
  select s.source_key
  from up r
  join steps s on s.target_key = r.key
)
select distinct uri || '@' || coalesce(sha256, 'unknown') as file
from undeclared_columns
semi join down on down.key = dataset_key
semi join up on up.key = dataset_key
order by file;
