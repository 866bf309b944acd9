-- @topic Columns

-- # Which released columns still derive from ssn, and by which path?
-- Follows every version of every column called ssn. Each column is reached once, by a shortest
-- path; `effects` lists what each step did, and `is_direct` is false if a step used the values only
-- to choose rows or groups.
with recursive reached(uri, sha256, column_name, path, effects, is_direct)
  using key (uri, sha256, column_name) as (
  select source_uri, source_sha256, source_column,
    [parse_filename(source_uri) || ':' || source_column], []::varchar[], true
  from column_edges
  where source_column = 'ssn'
  group by all
  union
  select e.uri, e.sha256, e.column_name,
    list_append(min(r.path), parse_filename(e.uri) || ':' || e.column_name),
    min_by(list_append(r.effects, e.effect), r.path),
    bool_or(r.is_direct and e.is_direct)
  from reached r
  join column_edges e
    on e.source_uri = r.uri and e.source_column = r.column_name
    and e.source_sha256 is not distinct from r.sha256
  where not exists (
    select 1 from recurring.reached seen
    where seen.uri = e.uri and seen.sha256 is not distinct from e.sha256
      and seen.column_name = e.column_name
  )
  group by e.uri, e.sha256, e.column_name
)
select column_name, path, effects, is_direct, uri, sha256
from reached
where ends_with(uri, 'people_anonymized.parquet')
order by uri, sha256, column_name;

-- # What produced each column of a release, and with what effect?
-- For the newest version; sources that only chose rows or groups are listed separately.
with newest as (
  select uri, sha256 from artifacts
  where ends_with(uri, 'people_anonymized.parquet')
  order by position desc limit 1
)
select e.column_name,
  list(distinct e.source_column order by e.source_column) filter (where e.is_direct) as made_from,
  list(distinct e.effect order by e.effect) filter (where e.is_direct) as effects,
  list(distinct e.source_column order by e.source_column) filter (where not e.is_direct) as chosen_by,
  min(o.name) as operation
from column_edges e
join newest using (uri, sha256)
left join operations o on o.run_id = e.run_id and o.operation = e.operation
group by e.column_name
order by e.column_name;

-- # Which columns were released unchanged?
-- Direct copies of a source column: values that identified a person still do.
select uri, sha256, column_name, source_uri, source_column
from column_edges
where effect = 'identity' and is_direct and ends_with(uri, 'people_anonymized.parquet')
order by position, column_name;

-- # Which columns of the sources did not make it into a release?
-- The run read them, but wrote no column of that name and none made directly from them.
with released as (
  select run_id, uri, sha256, columns from artifacts
  where ends_with(uri, 'people_anonymized.parquet')
  order by position desc limit 1
)
select i.uri, column_name
from (select run_id, uri, sha256, unnest(columns) as column_name from inputs) i
join released using (run_id)
where not list_contains(released.columns, column_name)
  and not exists (
    select 1 from column_edges e
    where e.uri = released.uri and e.sha256 = released.sha256
      and e.source_uri = i.uri and e.source_column = i.column_name and e.is_direct
  )
group by all
order by i.uri, column_name;
