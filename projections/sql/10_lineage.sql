-- @schema

-- @views
create view edges as
-- a skipped operation represents an earlier one that read
with reused as (
  select run_id, operation, position, reused_run, reused_operation
  from operation_beginnings
  where reused_run is not null
),
known as (
  select run_id, position, uri, sha256, dataset_key from inputs
  union all
  select r.run_id, r.position, i.uri, i.sha256, i.dataset_key
  from reused r
  join inputs i on i.step_key = hash(r.reused_run, r.reused_operation)
),
-- operations that wrote without reading
silent as (
  select run_id, operation, step_key, min(position) as position
  from artifacts
  anti join inputs using (step_key)
  group by run_id, operation, step_key
)
-- what an operation used, as it said itself
select 'dataset' as source_kind, uri || '@' || coalesce(sha256, 'unknown') as source,
  case when operation is null then 'run' else 'operation' end as target_kind,
  run_id || coalesce('#' || operation, '') as target,
  'used' as kind, run_id, false as is_assumed, position,
  dataset_key as source_key, step_key as target_key
from inputs
union all
-- what an operation wrote
select case when operation is null then 'run' else 'operation' end,
  run_id || coalesce('#' || operation, ''),
  'dataset', uri || '@' || coalesce(sha256, 'unknown'), 'generated', run_id, false, position,
  step_key, dataset_key
from artifacts
union all
-- an operation that wrote without reading may have used anything its run knew before
select 'dataset', k.uri || '@' || coalesce(k.sha256, 'unknown'),
  case when s.operation is null then 'run' else 'operation' end,
  s.run_id || coalesce('#' || s.operation, ''), 'used', s.run_id, true, s.position,
  k.dataset_key, s.step_key
from silent s
join known k on k.run_id = s.run_id and k.position < s.position
union all
-- a file copied into the project
select 'dataset', source_uri || '@' || sha256, 'dataset', uri || '@' || sha256, 'derived', run_id,
  false, position, source_key, dataset_key
from imports
union all
-- a skipped operation, for the one whose result it reused
select case when reused_operation is null then 'run' else 'operation' end,
  reused_run || coalesce('#' || reused_operation, ''), 'operation', run_id || '#' || operation,
  'reused', run_id, false, position, hash(reused_run, reused_operation), hash(run_id, operation)
from reused;

create view column_steps as
-- a file has the columns of the one it is a copy of
with recursive copies(source_uri, uri, sha256, run_id, position) as (
  select source_uri, uri, sha256, run_id, position from imports
  union
  select m.source_uri, c.uri, c.sha256, c.run_id, c.position
  from copies c
  join imports m on m.uri = c.source_uri and m.sha256 = c.sha256
  where m.source_uri <> c.uri
),
copied as (
  select distinct c.*, e.source_column as column_name, e.source_column_key as column_key
  from copies c
  join column_edges e on e.source_uri = c.uri and e.source_sha256 = c.sha256
  where e.source_column is not null
)
select source_uri, source_sha256, source_column, uri, sha256, column_name, effect, is_direct,
  is_assumed, is_observed, run_id, operation, position, source_column_key as source_key,
  column_key as target_key
from column_edges
where source_column is not null
union all
select source_uri, sha256, column_name, uri, sha256, column_name, 'identity', true,
  false, false, run_id, null, position, hash(source_uri, sha256, column_name), column_key
from copied;

create view undeclared_columns as
with named as (
  select dataset_key, unnest(columns) as column_name from artifacts
  union
  select dataset_key, unnest(columns) from inputs
  union
  select hash(source_uri, source_sha256), source_column
  from column_edges
  where source_column is not null
  union
  -- a table whose columns nobody recorded
  select dataset_key, ''
  from artifacts
  where len(columns) = 0 and artifact_type in ('csv', 'parquet')
    and dataset_key not in (select dataset_key from inputs where len(columns) > 0)
    and dataset_key not in (select hash(uri, sha256) from column_edges)
    and dataset_key not in (
      select hash(source_uri, source_sha256) from column_edges where source_column is not null
    )
),
written as (
  select a.uri, a.sha256, n.column_name, a.run_id, a.operation, a.position, a.dataset_key,
    a.step_key, hash(a.uri, a.sha256, n.column_name) as column_key
  from artifacts a
  join named n using (dataset_key)
)
select uri, sha256, column_name, run_id, operation, position,
  step_key not in (select step_key from inputs) as has_no_input,
  column_key, dataset_key, step_key
from written
anti join (select column_key from column_edges where not is_assumed) using (column_key);

comment on view edges is 'One row per step of lineage between dataset versions, operations and runs.';
comment on column edges.source_kind is 'dataset, operation or run.';
comment on column edges.source is 'uri@sha256 of a dataset, <run>#<operation>, or <run>.';
comment on column edges.target_kind is 'dataset, operation or run.';
comment on column edges.target is 'As source.';
comment on column edges.kind is 'used, generated, derived (a copy of a file), or reused (an operation skipped for an earlier one).';
comment on column edges.run_id is 'The run it belongs to; null for an import outside of runs.';
comment on column edges.is_assumed is 'True where an operation named no input, so that everything its run had read counts.';
comment on column edges.position is 'Where it was recorded.';
comment on column edges.source_key is 'Hash of the source, to join by; it means nothing outside of this catalog.';
comment on column edges.target_key is 'As source_key, of the target.';
comment on view column_steps is 'One row per step from a column to a column made from it, copies of files included.';
comment on column column_steps.source_uri is 'The source file.';
comment on column column_steps.source_sha256 is 'Digest of its content; null if unknown.';
comment on column column_steps.source_column is 'Name of the source column.';
comment on column column_steps.uri is 'The file it leads to.';
comment on column column_steps.sha256 is 'Digest of its content; null if unknown.';
comment on column column_steps.column_name is 'Name of the column it leads to.';
comment on column column_steps.effect is 'What was done on the way, as in column_edges; identity for a copied file.';
comment on column column_steps.is_direct is 'False when the source only chose rows or values.';
comment on column column_steps.is_assumed is 'True where the operation declared nothing and the columns have the same name and type.';
comment on column column_steps.is_observed is 'True where nothing was declared and the column has the content of the source column.';
comment on column column_steps.run_id is 'The run it belongs to; null for an import outside of runs.';
comment on column column_steps.operation is 'The operation of that run; null for the run as a whole or a copied file.';
comment on column column_steps.position is 'Where it was recorded.';
comment on column column_steps.source_key is 'Hash of the source column, to join by; it means nothing outside of this catalog.';
comment on column column_steps.target_key is 'As source_key, of the column it leads to.';
comment on view undeclared_columns is 'One row per column of a written file whose origin nobody declared, not even that it was generated.';
comment on column undeclared_columns.uri is 'The file.';
comment on column undeclared_columns.sha256 is 'Digest of its content; null if unknown.';
comment on column undeclared_columns.column_name is 'Name of the column; empty for a table whose columns were not recorded.';
comment on column undeclared_columns.run_id is 'The run that wrote the file.';
comment on column undeclared_columns.operation is 'The operation that wrote it; null for the run as a whole.';
comment on column undeclared_columns.position is 'Where the file was recorded.';
comment on column undeclared_columns.has_no_input is 'True where that operation took no dataset, so that the column may come from anywhere.';
comment on column undeclared_columns.column_key is 'Hash of uri, sha256 and column_name, to join by; it means nothing outside of this catalog.';
comment on column undeclared_columns.dataset_key is 'Hash of uri and sha256, to join by; it means nothing outside of this catalog.';
comment on column undeclared_columns.step_key is 'Hash of run_id and operation, to join by; it means nothing outside of this catalog.';
