-- Parts of an audit: each statement is a topic. They take the scope: a run, a task, a beginning;
-- each null for no bound.

-- @runs
-- One row is one run of the scope.
select run_id, task_id, task_type, description, status, started_at, ended_at, duration_s, actor,
  host, code_kind, code_path, code_sha256, git_commit, git_is_dirty, product_version, message,
  operations_failed, seed is not null as has_seed, started_position, ended_position
from runs
where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
  and coalesce(started_at >= $since::timestamptz, true)
order by started_position;

-- @operations
-- One row is what operations of one task did in the same way.
with scoped as (
  select run_id from runs
  where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
    and coalesce(started_at >= $since::timestamptz, true)
), effects as (
  select run_id, operation, effect, list_sort(list(distinct column_name)) as columns
  from column_edges
  semi join scoped using (run_id)
  where is_direct
  group by run_id, operation, effect
), told as (
  select run_id, operation, list({effect: effect, columns: columns} order by effect) as effects
  from effects
  group by run_id, operation
)
select o.task_id, o.name, o.class_name, any_value(o.parameters) as parameters,
  any_value(t.effects) as effects, count(*) as runs, count(*) filter (where o.status = 'error') as failed,
  min(b.position) as position, max(o.run_id) as run_id, any_value(o.seed) as seed
from operations o
semi join scoped using (run_id)
left join told t using (run_id, operation)
join operation_beginnings b using (run_id, operation)
group by o.task_id, o.name, o.class_name, o.parameters::varchar, t.effects::varchar
order by position;

-- @inputs
-- One row is one version of a file that the scope read.
select name, uri, sha256, max(size_bytes) as size_bytes, max(row_count) as row_count,
  max(len(columns)) as column_count, count(distinct run_id) as runs, min(position) as position
from inputs
where run_id in (
  select run_id from runs
  where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
    and coalesce(started_at >= $since::timestamptz, true)
)
group by name, uri, sha256
order by position;

-- @outputs
-- One row is one table that the scope wrote, its latest version.
select uri, max_by(sha256, position) as sha256, max_by(size_bytes, position) as size_bytes,
  max_by(row_count, position) as row_count, max_by(run_id, position) as run_id,
  max(position) as position, count(*) as versions
from artifacts
where category = 'output' and len(columns) > 0 and run_id in (
  select run_id from runs
  where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
    and coalesce(started_at >= $since::timestamptz, true)
)
group by uri
order by position desc;

-- @written
-- One row is one version of a file that the scope wrote.
select distinct uri, sha256
from artifacts
where run_id in (
  select run_id from runs
  where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
    and coalesce(started_at >= $since::timestamptz, true)
)
order by uri, sha256;

-- @dictionary
select dictionary_sha256, datasets, accountability, recorded_at, actor, position
from dictionary_versions
order by position desc
limit 1;

-- @classifications
select dataset, column_name, role, category, decided_by, decided_at, position
from classifications
order by dataset, column_name;

-- @policies
select policies_sha256, policies, recorded_at, actor, position
from policy_versions
order by position desc
limit 1;

-- @waivers
select waiver, policy, uri, reason, approver, granted_at, ends_at, withdrawn_at
from waivers
order by granted_at;

-- @purposes
select purpose, count(*) as runs, min(position) as position
from purposes
where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
  and coalesce(recorded_at >= $since::timestamptz, true)
group by purpose
order by position;

-- @actors
select actor, count(*) as events, min(position) as position
from events
group by actor
order by actor;

-- @environments
-- One row is one environment that runs of the scope were executed in.
select os, python_version, product_version, user_name, machine, count(*) as runs,
  min(position) as position
from environments
where run_id in (
  select run_id from runs
  where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
    and coalesce(started_at >= $since::timestamptz, true)
)
group by os, python_version, product_version, user_name, machine
order by position;

-- @risk
select operation, uri, sha256, quasi_identifiers, sensitive, measures, method, run_id, position
from risk_measures
where coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
  and coalesce(recorded_at >= $since::timestamptz, true)
order by position;

-- @claims
select uri, column_name, effect, outcome, reason, measured, position
from claim_checks
order by position;

-- @utility
-- One row is one measured share of utility that was kept or lost, of the latest runs.
select metric, number, run_id, task_id, position
from metric_values
where number is not null and (metric like '%utility%' or metric like '%gcp%')
  and coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
order by position desc
limit 50;

-- @keys
select key_id, purpose, algorithm, state, key_version, created_at, destroyed_at
from keys
order by key_id;

-- @vaults
select count(*) from operations where parameters->>'$.vault_path' is not null;

-- @erasures
select erasure_id, kind, target, reason, state, planned_at, planned_by, completed_at, remaining,
  position
from erasures
order by position;

-- @gaps
-- One row is one kind of thing that the record does not know.
select 'columns whose origin nobody declared' as gap, count(*) as count, min(position) as position
from undeclared_columns
where coalesce(run_id = $run, true)
union all by name
select 'runs that were interrupted' as gap, count(*) as count, min(started_position) as position
from runs
where status = 'interrupted' and coalesce(run_id = $run, true) and coalesce(task_id = $task, true)
union all by name
select 'runs that have not ended' as gap, count(*) as count, min(started_position) as position
from runs
where status = 'running' and coalesce(run_id = $run, true) and coalesce(task_id = $task, true);

-- @seals
select tree_size, root_sha256, verifier_key, recorded_at, position
from seals
order by position desc
limit 1;

-- @seal_counts
select (select count(*) from seals) as seals, (select count(*) from seal_cosignatures) as cosigned,
  (select count(*) from seal_deposits) as deposited, (select count(*) from signers) as signers;

-- @types
-- One row is one type of event with the first and the last position of it.
select type, count(*) as count, min(position) as first, max(position) as last
from events
group by type
order by type;
