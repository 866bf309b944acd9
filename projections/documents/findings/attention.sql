-- @stale
-- One row is one result, as it was written last, and why a run would write another one now.
with results as (
  select uri, max(position) as position
  from artifacts
  where category = 'output'
  group by uri
),
made as (
  select a.uri, a.sha256, a.run_id, a.task_id, a.position
  from results r
  join artifacts a using (uri, position)
),
-- what the runs of these results read, and what is there now
used as (
  select i.run_id, i.uri, max_by(i.dataset_key, i.position) as dataset_key,
    max(i.position) as position
  from inputs i
  semi join made m using (run_id)
  where i.sha256 is not null
  group by i.run_id, i.uri
),
seen as (
  select uri, dataset_key, run_id, position from inputs where sha256 is not null
  union all
  select uri, dataset_key, run_id, position from artifacts where sha256 is not null
  union all
  select uri, dataset_key, run_id, position from imports
),
newest as (
  select uri, max(position) as position
  from seen
  semi join used using (uri)
  group by uri
),
replaced as (
  select u.run_id, min(u.uri) as input
  from used u
  join newest n on n.uri = u.uri and n.position > u.position
  join seen s on s.position = n.position and s.uri = n.uri
  where s.dataset_key <> u.dataset_key and s.run_id is distinct from u.run_id
  group by u.run_id
),
-- with what the runs began, and what is declared now
begun as (
  select b.run_id, b.config_sha256 <> t.config_sha256 as has_other_configuration,
    t.source_sha256 <> (
      select max_by(r.source_sha256, r.position)
      from task_registrations r
      where r.task_id = b.task_id and r.position < b.position
    ) as has_other_code
  from run_beginnings b
  semi join made m using (run_id)
  join tasks t using (task_id)
),
judged as (
  select m.uri, m.sha256, m.run_id, m.task_id, m.position, p.input,
    case
      when p.input is not null then 'input'
      when b.has_other_configuration then 'configuration'
      when b.has_other_code then 'code'
    end as reason
  from made m
  left join replaced p using (run_id)
  left join begun b using (run_id)
)
select uri, sha256, run_id, task_id, reason, input, count(*) over () as total
from judged
where reason is not null
order by position desc
limit $most;

-- @violations
-- One row: the latest verdicts that a policy is violated, without a waiver, and of how many files.
with latest as (
  select policy, uri, max_by(outcome, position) as outcome, max_by(waiver, position) as waiver
  from policies
  group by policy, uri
),
violated as (
  select policy, uri
  from latest
  where outcome = 'violated' and waiver is null
)
select count(*) as verdicts, count(distinct uri) as files,
  count(distinct uri) filter (
    where uri in (select source_uri from releases where state = 'published')
  ) as released
from violated;

-- @counts
-- One row: runs that failed, erasures that did not end, releases that were allowed but not
-- published, and events that nobody without the key can read.
select (select count(*) from run_endings where status = 'failed') as failed_runs,
  (select count(*) from erasures where state = 'unfinished') as unfinished_erasures,
  (select count(*) from releases where state = 'unfinished') as unfinished_releases,
  coalesce((select sum(events) from unreadable_events where reason = 'locked'), 0)::bigint
    as locked_events;

-- @latest_files
-- One row is one file that a run wrote and nobody erased, the last written first.
select uri, max(position) as position
from artifacts
where uri not in (select uri from erasure_steps where action = 'delete_file' and outcome = 'done')
group by uri
order by position desc
limit $most;
