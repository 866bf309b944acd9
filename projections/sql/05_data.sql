-- @schema
create table inputs (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  name varchar, uri varchar, sha256 varchar, size_bytes bigint, format varchar, row_count bigint,
  columns varchar[], dataset_key ubigint, step_key ubigint
);

create table artifacts (
  position bigint, run_id varchar, task_id varchar, operation bigint, recorded_at timestamptz,
  artifact_type varchar, uri varchar, sha256 varchar, size_bytes bigint,
  modified_at timestamptz, description varchar, category varchar, tags varchar[],
  artifact_group varchar, metadata json, row_count bigint, columns varchar[],
  dataset_key ubigint, step_key ubigint
);

-- One row is one opening or new description of a group.
create table artifact_group_changes (
  position bigint, run_id varchar, recorded_at timestamptz, artifact_group varchar,
  description varchar
);

create table imports (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, source_uri varchar,
  uri varchar, sha256 varchar, size_bytes bigint, source_key ubigint, dataset_key ubigint
);

create table column_edges (
  position bigint, run_id varchar, operation bigint, uri varchar, sha256 varchar,
  column_name varchar, source_uri varchar, source_sha256 varchar, source_column varchar,
  effect varchar, is_direct boolean, column_key ubigint, source_column_key ubigint,
  is_assumed boolean, is_observed boolean
);

comment on table inputs is 'One row per version of a dataset that an operation used.';
comment on column inputs.position is 'Where it was recorded.';
comment on column inputs.run_id is 'The run that used it.';
comment on column inputs.task_id is 'The task of that run.';
comment on column inputs.operation is 'The operation that used it; null for the run as a whole.';
comment on column inputs.recorded_at is 'When it was recorded.';
comment on column inputs.name is 'What the run calls it.';
comment on column inputs.uri is 'The file, relative to the project if inside, else absolute.';
comment on column inputs.sha256 is 'Digest of its content; null if it could not be read.';
comment on column inputs.size_bytes is 'Its length; null if it could not be read.';
comment on column inputs.format is 'csv, parquet, ...';
comment on column inputs.row_count is 'Rows read; null when not tabular.';
comment on column inputs.columns is 'Column names in file order; empty when not tabular.';
comment on column inputs.dataset_key is 'Hash of uri and sha256, to join by; it means nothing outside of this catalog.';
comment on column inputs.step_key is 'Hash of run_id and operation, to join by; it means nothing outside of this catalog.';
comment on table artifacts is 'One row per file version that a run wrote.';
comment on column artifacts.position is 'Where it was recorded.';
comment on column artifacts.run_id is 'The run that wrote it.';
comment on column artifacts.task_id is 'The task of that run.';
comment on column artifacts.operation is 'The operation that wrote it; null for the run as a whole.';
comment on column artifacts.recorded_at is 'When it was recorded.';
comment on column artifacts.artifact_type is 'csv, parquet, json, png, ...';
comment on column artifacts.uri is 'The file, relative to the project if inside, else absolute.';
comment on column artifacts.sha256 is 'Digest of its content; null if the file was not there.';
comment on column artifacts.size_bytes is 'Its length; null if the file was not there.';
comment on column artifacts.modified_at is 'Time stamp of the file; null if it was not there.';
comment on column artifacts.description is 'What it holds.';
comment on column artifacts.category is 'output, metrics, visualization, dictionary, ...';
comment on column artifacts.tags is 'Words to filter by.';
comment on column artifacts.artifact_group is 'Name of its group; null if it has none.';
comment on column artifacts.metadata is 'Further facts.';
comment on column artifacts.row_count is 'Rows; null when not tabular.';
comment on column artifacts.columns is 'Column names in file order; empty when not tabular.';
comment on column artifacts.dataset_key is 'Hash of uri and sha256, to join by; it means nothing outside of this catalog.';
comment on column artifacts.step_key is 'Hash of run_id and operation, to join by; it means nothing outside of this catalog.';
comment on table artifact_group_changes is 'One row per opening or new description of an artifact group.';
comment on column artifact_group_changes.position is 'Where it was recorded.';
comment on column artifact_group_changes.run_id is 'The run it belongs to.';
comment on column artifact_group_changes.recorded_at is 'When it was recorded.';
comment on column artifact_group_changes.artifact_group is 'Name of the group.';
comment on column artifact_group_changes.description is 'What its artifacts have in common.';
comment on table imports is 'One row per file copied into a task''s folder.';
comment on column imports.position is 'Where it was recorded.';
comment on column imports.run_id is 'The run that copied it; null outside of runs.';
comment on column imports.task_id is 'The task it was copied for.';
comment on column imports.recorded_at is 'When it was recorded.';
comment on column imports.source_uri is 'Where it came from.';
comment on column imports.uri is 'Where it lies now, relative to the project if inside, else absolute.';
comment on column imports.sha256 is 'Digest of its content.';
comment on column imports.size_bytes is 'Its length.';
comment on column imports.source_key is 'As dataset_key, of source_uri and sha256.';
comment on column imports.dataset_key is 'Hash of uri and sha256, to join by; it means nothing outside of this catalog.';
comment on table column_edges is 'One row per pair of output column and source column.';
comment on column column_edges.position is 'Where it was recorded.';
comment on column column_edges.run_id is 'The run that derived it.';
comment on column column_edges.operation is 'The operation that derived it; null for the run as a whole.';
comment on column column_edges.uri is 'The output file.';
comment on column column_edges.sha256 is 'Digest of the output file; null if unknown.';
comment on column column_edges.column_name is 'Name of the output column.';
comment on column column_edges.source_uri is 'The source file; null for a generated column.';
comment on column column_edges.source_sha256 is 'Digest of the source file; null for a generated column or if unknown.';
comment on column column_edges.source_column is 'Name of the source column; null for a generated column.';
comment on column column_edges.effect is 'identity, transformation, aggregation, masking, generalization, suppression, pseudonymization, noise or synthesis.';
comment on column column_edges.is_direct is 'False when the source only chose rows or values.';
comment on column column_edges.column_key is 'Hash of uri, sha256 and column_name, to join by; it means nothing outside of this catalog.';
comment on column column_edges.source_column_key is 'As column_key, of the source; null for a generated column.';
comment on column column_edges.is_assumed is 'True where the operation declared nothing and the columns have the same name and type.';
comment on column column_edges.is_observed is 'True where nothing was declared and the output column has the content of the source column.';

-- @fold
-- a damaged event may lack a name, which much is found by: it has one that says so
insert into inputs
select position, run, task, e.operation, recorded_at, e.name,
  coalesce(e.uri, 'not recorded'), e.sha256, e.size_bytes, e.format, e.rows, coalesce(e.columns, []),
  hash(coalesce(e.uri, 'not recorded'), e.sha256), hash(run, e.operation)
from (
  select *, from_json(payload, '{"operation":"BIGINT","name":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","size_bytes":"BIGINT","format":"VARCHAR","rows":"BIGINT","columns":["VARCHAR"]}') as e
  from new_events
  where type = 'dataset.read'
);

insert into artifacts
select position, run, task, e.operation, recorded_at, e.artifact_type,
  coalesce(e.uri, 'not recorded'), e.sha256, e.size_bytes, try_cast(e.modified_at as timestamptz), e.description, e.category,
  coalesce(e.tags, []), e."group", e.metadata, e.rows, coalesce(e.columns, []),
  hash(coalesce(e.uri, 'not recorded'), e.sha256), hash(run, e.operation)
from (
  select *, from_json(payload, '{"operation":"BIGINT","artifact_type":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","size_bytes":"BIGINT","modified_at":"VARCHAR","description":"VARCHAR","category":"VARCHAR","tags":["VARCHAR"],"group":"VARCHAR","metadata":"JSON","rows":"BIGINT","columns":["VARCHAR"]}') as e
  from new_events
  where type = 'artifact.written'
);

-- what an imported record says it read and wrote; no digests are known
insert into inputs by name
select position, run as run_id, task as task_id, recorded_at, f->>'$.name' as name,
  f->>'$.path' as uri, 'unknown' as format, [] as columns,
  hash(f->>'$.path', null::varchar) as dataset_key, hash(run, null::bigint) as step_key
from (
  select *, unnest(from_json(payload->'$.record.input_files', '["JSON"]')) as f
  from new_events
  where type = 'run.imported'
);

insert into artifacts by name
select position, run as run_id, task as task_id, recorded_at,
  coalesce(f->>'$.type', 'unknown') as artifact_type, f->>'$.path' as uri,
  coalesce(f->>'$.description', '') as description, 'output' as category, [] as tags,
  '{}'::json as metadata, [] as columns,
  hash(f->>'$.path', null::varchar) as dataset_key, hash(run, null::bigint) as step_key
from (
  select *, unnest(from_json(payload->'$.record.output_files', '["JSON"]')) as f
  from new_events
  where type = 'run.imported'
);

insert into artifact_group_changes
select position, run, recorded_at, payload->>'$.group', payload->>'$.description'
from new_events
where type = 'artifact.grouped';

insert into imports
select position, run, task, recorded_at, e.source_uri, e.uri, e.sha256, e.size_bytes,
  hash(e.source_uri, e.sha256), hash(e.uri, e.sha256)
from (
  select *, from_json(payload, '{"source_uri":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","size_bytes":"BIGINT"}') as e
  from new_events
  where type = 'file.imported'
);

-- what was stated; and what was assumed or observed, which is identity
insert into column_edges
select position, run, e.operation, e.uri, e.sha256, c.column, c.source_uri, c.source_sha256,
  source_column, coalesce(c.effect, 'identity'), coalesce(c.is_direct, true),
  hash(e.uri, e.sha256, c.column),
  case when source_column is not null then hash(c.source_uri, c.source_sha256, source_column) end,
  type = 'columns.assumed', type = 'columns.observed'
from (
  -- an assumed column has the name of its source
  select *, case when type = 'columns.assumed' then c.column else c.source_column end as source_column
  from (
    select position, run, type, e, unnest(e.columns) as c
    from (
      select *, from_json(payload, '{"operation":"BIGINT","uri":"VARCHAR","sha256":"VARCHAR","columns":[{"column":"VARCHAR","source_uri":"VARCHAR","source_sha256":"VARCHAR","source_column":"VARCHAR","effect":"VARCHAR","is_direct":"BOOLEAN"}]}') as e
      from new_events
      where type in ('columns.derived', 'columns.assumed', 'columns.observed')
    )
  )
);

-- @views
create view artifact_groups as
with opened as (
  select run_id, artifact_group, min(recorded_at) as created_at, min(position) as position,
    max_by(description, position) as description
  from (
    select run_id, artifact_group, recorded_at, position, description from artifact_group_changes
    union all
    select run_id, artifact_group, recorded_at, position, null from artifacts where artifact_group is not null
  )
  group by run_id, artifact_group
),
counted as (
  select run_id, artifact_group, count(*) as artifact_count
  from artifacts
  where artifact_group is not null
  group by run_id, artifact_group
)
select run_id, artifact_group, coalesce(description, '') as description, created_at,
  coalesce(artifact_count, 0) as artifact_count, position
from opened
left join counted using (run_id, artifact_group);

create view datasets as
with versions as (
  select uri, sha256, dataset_key, size_bytes, format, row_count, position, null as run_id, null as task_id from inputs
  union all
  select uri, sha256, dataset_key, size_bytes, artifact_type, row_count, position, run_id, task_id from artifacts
  union all
  select uri, sha256, dataset_key, size_bytes, null, null, position, run_id, task_id from imports
)
select uri || '@' || coalesce(sha256, 'unknown') as dataset_id, uri, sha256,
  max(size_bytes) as size_bytes, max(format) as format, max(row_count) as row_count,
  max_by(run_id, position) filter (where run_id is not null) as produced_by_run,
  max_by(task_id, position) filter (where run_id is not null) as produced_by_task,
  min(position) as first_position, max(position) as last_position, dataset_key
from versions
group by uri, sha256, dataset_key;

comment on view artifact_groups is 'One row per artifact group of a run.';
comment on column artifact_groups.run_id is 'The run it belongs to.';
comment on column artifact_groups.artifact_group is 'Its name.';
comment on column artifact_groups.description is 'What its artifacts have in common.';
comment on column artifact_groups.created_at is 'When it was first named.';
comment on column artifact_groups.artifact_count is 'Number of its artifacts.';
comment on column artifact_groups.position is 'Where it was first named.';
comment on view datasets is 'One row per dataset version: a file with one content.';
comment on column datasets.dataset_id is 'The version as edges name it: uri@sha256.';
comment on column datasets.uri is 'The file, relative to the project if inside, else absolute.';
comment on column datasets.sha256 is 'Digest of its content; null if it could not be read.';
comment on column datasets.size_bytes is 'Its length; null if it could not be read.';
comment on column datasets.format is 'csv, parquet, ...; null if unknown.';
comment on column datasets.row_count is 'Rows; null when not tabular or never read.';
comment on column datasets.produced_by_run is 'The last run that wrote it; null for what came from outside.';
comment on column datasets.produced_by_task is 'The task of that run; null for what came from outside.';
comment on column datasets.first_position is 'Where it was first recorded.';
comment on column datasets.last_position is 'Where it was last recorded.';
comment on column datasets.dataset_key is 'Hash of uri and sha256, to join by; it means nothing outside of this catalog.';
