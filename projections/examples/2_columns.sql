-- @topic Columns

-- # Which released columns still derive from ssn, and by which path?
-- Follows every version of every column called ssn. Each column is reached once, by a shortest
-- path; `effects` lists what each step did, and `is_direct` is false if a step used the values only
-- to choose rows or groups. `known` is assumed where nobody declared a step and the columns have
-- the same name and type, and unknown where an operation declared nothing: the column may derive
-- from ssn or not.
with recursive reached(uri, sha256, column_name, path, effects, is_direct, known)
  using key (uri, sha256, column_name, known) as (
  select source_uri, source_sha256, source_column,
    [parse_filename(source_uri) || ':' || source_column], []::varchar[], true, 'declared'
  from column_edges
  where source_column = 'ssn'
  group by all
  union
  select uri, sha256, 'ssn', [parse_filename(uri) || ':ssn'], []::varchar[], true, 'declared'
  from inputs
  where list_contains(columns, 'ssn')
  group by all
  union
  -- whoever took no dataset may have read anything
  select uri, sha256, column_name, [parse_filename(uri) || ':' || column_name], ['undeclared'],
    null, 'unknown'
  from undeclared_columns
  where has_no_input
  group by all
  union
  select s.uri, s.sha256, s.column_name,
    list_append(min(s.path), parse_filename(s.uri) || ':' || s.column_name),
    min_by(list_append(s.effects, s.effect), s.path), bool_or(s.is_direct), s.known
  from (
    select e.uri, e.sha256, e.column_name, r.path, r.effects, e.effect,
      r.is_direct and e.is_direct as is_direct,
      case when e.is_assumed and r.known = 'declared' then 'assumed' else r.known end as known
    from reached r
    join column_edges e
      on e.source_uri = r.uri and e.source_column = r.column_name
      and e.source_sha256 is not distinct from r.sha256
    union all
    select u.uri, u.sha256, u.column_name, r.path, r.effects, 'undeclared', null, 'unknown'
    from reached r
    join inputs i on i.uri = r.uri and i.sha256 is not distinct from r.sha256
    join undeclared_columns u using (step_key)
  ) s
  where not exists (
    select 1 from recurring.reached seen
    where seen.uri = s.uri and seen.sha256 is not distinct from s.sha256
      and seen.column_name = s.column_name and seen.known = s.known
  )
  group by s.uri, s.sha256, s.column_name, s.known
)
select column_name, path, effects, is_direct, uri, sha256, known
from reached
where ends_with(uri, 'people_anonymized.parquet')
qualify row_number() over (partition by uri, sha256, column_name
  order by list_position(['declared', 'assumed', 'unknown'], known)) = 1
order by uri, sha256, column_name;

-- # What produced each column of a release, and with what effect?
-- For the newest version; sources that only chose rows or groups are listed separately. A column
-- of which the operation declared nothing is undeclared, or assumed to be one of the same name and
-- type.
with newest as (
  select uri, sha256 from artifacts
  where ends_with(uri, 'people_anonymized.parquet')
  order by position desc limit 1
),
said as (
  select uri, sha256, column_name, source_column, is_direct, run_id, operation,
    case when is_assumed then effect || ' (assumed)' else effect end as effect
  from column_edges
  union all
  select uri, sha256, column_name, null, true, run_id, operation, 'undeclared'
  from undeclared_columns
  anti join column_edges using (column_key)
)
select e.column_name,
  list(distinct e.source_column order by e.source_column) filter (where e.is_direct) as made_from,
  list(distinct e.effect order by e.effect) filter (where e.is_direct) as effects,
  list(distinct e.source_column order by e.source_column) filter (where not e.is_direct) as chosen_by,
  min(o.name) as operation
from said e
join newest using (uri, sha256)
left join operations o on o.run_id = e.run_id and o.operation = e.operation
group by e.column_name
order by e.column_name;

-- # Which columns were released unchanged?
-- Direct copies of a source column: values that identified a person still do. `known` is assumed
-- where nobody declared it and the columns have the same name and type; unknown, without a source,
-- where an operation declared nothing: the column may be a copy or not.
with copied as (
  select position, uri, sha256, column_name, source_uri, source_column,
    case when is_assumed then 'assumed' else 'declared' end as known
  from column_edges
  where effect = 'identity' and is_direct
  union all
  select position, uri, sha256, column_name, null, null, 'unknown'
  from undeclared_columns
  anti join column_edges using (column_key)
)
select uri, sha256, column_name, source_uri, source_column, known
from copied
where ends_with(uri, 'people_anonymized.parquet')
order by position, column_name;

-- # Which columns of the sources did not make it into a release?
-- The run read them, but wrote no column of that name and none made directly from them. `known` is
-- unknown where the operation did not declare where all columns of the release came from.
with released as (
  select run_id, uri, sha256, columns from artifacts
  where ends_with(uri, 'people_anonymized.parquet')
  order by position desc limit 1
)
select i.uri, column_name,
  case when exists (
    select 1 from undeclared_columns u
    where u.uri = released.uri and u.sha256 is not distinct from released.sha256
  ) then 'unknown' else 'declared' end as known
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
