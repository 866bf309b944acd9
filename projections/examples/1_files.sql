-- @topic Files and their versions

-- # Who made this file?
-- The end of a path is enough. A file that was written several times has one row per run.
select a.uri, a.sha256, a.task_id, a.run_id, r.actor, a.recorded_at
from artifacts a
join runs r using (run_id)
where ends_with(a.uri, 'people_anonymized.parquet')
order by a.position desc;

-- # What did the latest run of this task read and write?
with latest as (
  select run_id from runs where task_id = 't_1A' order by started_position desc limit 1
)
select 'read' as what, uri, sha256, row_count, position from inputs join latest using (run_id)
union all
select 'wrote', uri, sha256, row_count, position from artifacts join latest using (run_id)
order by position;

-- # What was this file made from?
-- Every dataset version upstream of its newest version, over any number of steps. `union` without
-- `all` keeps each node once, so the cost depends on the nodes, not on the paths between them.
with recursive
steps as materialized (select source, target from edges),
newest as (
  select dataset_id from datasets
  where ends_with(uri, 'people_anonymized.parquet')
  order by last_position desc limit 1
),
upstream(node) as (
  select dataset_id from newest
  union
  select source from steps join upstream on target = node
)
select d.uri, d.sha256, d.produced_by_task
from upstream
join datasets d on d.dataset_id = node
where node not in (from newest)
order by d.first_position;

-- # What is downstream of this raw file?
-- Everything that was made from any version of it, and by which task.
with recursive
steps as materialized (select source, target from edges),
asked as (select dataset_id from datasets where ends_with(uri, 'raw/adult.csv.gz')),
downstream(node) as (
  from asked
  union
  select target from steps join downstream on source = node
)
select d.uri, d.sha256, d.produced_by_task
from downstream
join datasets d on d.dataset_id = node
where node not in (from asked)
order by d.first_position;

-- # Which runs used a dataset version that was later found bad?
-- Give the first digits of its digest. A run is affected if it used that version or anything made
-- from it.
with recursive
steps as materialized (select source, target, run_id from edges),
bad as (select dataset_id from datasets where starts_with(sha256, '2e7e3fb9')),
downstream(node) as (
  from bad
  union
  select target from steps join downstream on source = node
)
select r.task_id, r.run_id, r.status, r.started_at,
  bool_or(steps.source in (from bad)) as is_direct
from steps
join downstream on steps.source = node
join runs r using (run_id)
where steps.target not in (select dataset_id from datasets)
group by all
order by r.started_at, r.run_id;

-- # Which versions did this file have, and how long was each the newest?
select sha256, size_bytes, row_count, task_id, run_id, recorded_at as written_at,
  lead(recorded_at) over (order by position) as replaced_at
from artifacts
where ends_with(uri, 'people_anonymized.parquet')
order by position;

-- # Which files came from outside?
-- Read by a run, written by none.
select d.uri, d.sha256, d.size_bytes, list(distinct i.task_id order by i.task_id) as read_by
from datasets d
join inputs i on i.uri = d.uri and i.sha256 is not distinct from d.sha256
where d.produced_by_run is null
group by all
order by d.uri;

-- # Which files are read by several tasks?
-- Changing one of these concerns more than one owner.
select uri, count(distinct task_id) as tasks, list(distinct task_id order by task_id) as read_by
from inputs
group by uri
having tasks > 1
order by tasks desc, uri;

-- # Which artifacts take the most space?
select uri, artifact_type, category, size_bytes, task_id
from artifacts
where size_bytes is not null
order by size_bytes desc, uri
limit 10;

-- # Which files have the same content?
-- One digest under several names: a copy, or a step that changed nothing.
select sha256, list(distinct uri order by uri) as files, max(size_bytes) as size_bytes
from datasets
where sha256 is not null
group by sha256
having count(distinct uri) > 1
order by size_bytes desc, sha256;

-- # Which files on disk are unknown to the history?
-- needs: disk_files
-- No run wrote, read or imported them. Reports, audits, receipts, releases and the files of seals
-- are left out: the history has them elsewhere.
select uri, size_bytes, modified_at
from disk_files
where uri not in (select uri from datasets)
  and uri not in (select report_path from runs where report_path is not null)
  and uri not in (select release_uri from releases where release_uri is not null)
  and not regexp_matches(uri, '^[^/]+/(audits|receipts|seals)/')
order by uri;

-- # Which recorded files have since changed or vanished?
-- needs: disk_files
-- Compares the newest recorded version of each file below the data folder with the disk.
with newest as (
  select uri, max_by(sha256, last_position) as sha256
  from datasets
  where starts_with(uri, 'DATA/')
  group by uri
)
select uri, case when d.uri is null then 'vanished' else 'changed' end as what,
  newest.sha256 as recorded, d.sha256 as found
from newest
left join disk_files d using (uri)
where newest.sha256 is not null and newest.sha256 is distinct from d.sha256
order by uri;
