-- @topic Privacy and evidence

-- # How did a metric change from run to run?
-- Nested values have names such as risk.k; `select distinct metric from metric_values` lists all.
select v.metric, r.started_at, v.run_id, v.number,
  v.number - lag(v.number) over (partition by v.metric order by v.position) as change
from metric_values v
join runs r using (run_id)
where v.task_id = 't_1A' and ends_with(v.metric, 'risk.k')
order by v.metric, v.position;

-- # Which policies failed, and on which file?
select recorded_at, task_id, policy, outcome, reason, uri, sha256, waiver
from policies
where outcome <> 'passed'
order by position desc;

-- # Which versions of Python and its packages made a release?
select a.uri, a.run_id, e.python_version, e.product_version, p.key as package,
  p.value->>'$' as version
from artifacts a
join environments e using (run_id), json_each(e.packages) p
where ends_with(a.uri, 'people_anonymized.parquet')
order by a.position, package;

-- # Which releases were made with other package versions than the one before?
select a.recorded_at, a.run_id, p.key as package,
  lag(p.value->>'$') over same_package as before, p.value->>'$' as after
from artifacts a
join environments e using (run_id), json_each(e.packages) p
where ends_with(a.uri, 'people_anonymized.parquet')
window same_package as (partition by p.key order by a.position)
qualify row_number() over same_package > 1 and before is distinct from after
order by a.recorded_at, package;

-- # How much of the history is sealed?
-- Events after the last signed tree head are not signed yet.
with head as (select count(*) as all_events from events),
sealed as (
  select coalesce(max(tree_size), 0) as sealed_events,
    max_by(recorded_at, position) as last_sealed_at
  from seals
)
select sealed_events, all_events, all_events - sealed_events as unsealed_events, last_sealed_at
from head, sealed;

-- # Which keys are in use or destroyed, and in which version?
select key_id, purpose, state, key_version, created_at, destroyed_at
from keys
order by created_at, key_id;
