-- @tags_of_files
-- One row is one file version with the words to filter by that were recorded with it.
select dataset_key as key, list_sort(list_distinct(flatten(list(tags)))) as tags
from artifacts
where dataset_key in (select unnest($keys::ubigint[])) and len(tags) > 0
group by dataset_key;

-- @tags_of_runs
-- One row is one run with its tags.
select run_id, from_json(annotations->'$.tags', '["VARCHAR"]') as tags
from run_annotations
where run_id in (select unnest($runs::varchar[])) and (annotations->'$.tags') is not null;

-- @columns
-- One row is one written file version, and how many columns of it are on record.
with wanted as (select unnest($keys::ubigint[]) as key),
named as (
  select dataset_key, unnest(columns) as column_name
  from artifacts
  where dataset_key in (from wanted)
  union
  select dataset_key, unnest(columns)
  from inputs
  where dataset_key in (from wanted)
),
written as (
  select distinct dataset_key
  from artifacts
  where dataset_key in (from wanted)
)
select n.dataset_key as key, count(*) as columns
from named n
semi join written using (dataset_key)
group by n.dataset_key;

-- @stale
-- One row is one file version, the newest of its file, and a file of which what made it read an
-- older version than there was afterwards.
with wanted as (select unnest($keys::ubigint[]) as key),
seen as (
  select uri, dataset_key, position from inputs
  union all
  select uri, dataset_key, position from artifacts
  union all
  select uri, dataset_key, position from imports
),
made as (
  select dataset_key, uri, max_by(step_key, position) as step_key, max(position) as position
  from artifacts
  where dataset_key in (from wanted)
  group by dataset_key, uri
),
read as (
  select m.dataset_key, m.position, i.uri, i.dataset_key as source_key
  from made m
  join inputs i using (step_key)
),
latest as (
  select uri, max_by(dataset_key, position) as dataset_key, max(position) as position
  from seen
  where uri in (select uri from read union select uri from made)
  group by uri
)
select m.dataset_key as key, min(r.uri) as source
from made m
join latest n on n.uri = m.uri and n.dataset_key = m.dataset_key
join read r on r.dataset_key = m.dataset_key
join latest l on l.uri = r.uri and l.dataset_key <> r.source_key and l.position > r.position
group by m.dataset_key;

-- @released
-- One row is one content with its latest release, and how each policy was judged for it.
with latest as (
  select sha256, max_by(release_id, position) as release_id
  from releases
  where list_contains($digests::varchar[], sha256)
  group by sha256
)
select r.sha256, r.source_uri, r.release_uri, r.release_id, r.state, r.recipient,
  r.violations, r.warnings,
  coalesce((
    select to_json(list({
      policy: p.policy, kind: p.kind, outcome: p.outcome, required: p.required,
      measured: p.measured, waiver: p.waiver
    } order by p.position))
    from policies p
    where p.release_id = r.release_id
  ), '[]'::json) as evaluated
from latest
join releases r using (release_id);

-- @measured
-- One row is one content and the latest measurements of what remains to be learned from it.
select sha256, max_by(measures->>'$.k', position) filter (where (measures->>'$.k') is not null) as k,
  max_by(measures->>'$.l', position) filter (where (measures->>'$.l') is not null) as l,
  max_by(measures->>'$.t', position) filter (where (measures->>'$.t') is not null) as t
from risk_measures
where list_contains($digests::varchar[], sha256)
group by sha256;
