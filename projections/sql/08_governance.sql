-- @schema
create table policies (
  position bigint, run_id varchar, task_id varchar, recorded_at timestamptz, policy varchar,
  uri varchar, sha256 varchar, has_passed boolean, details json
);

-- One row is one event of a key.
create table key_events (
  position bigint, recorded_at timestamptz, type varchar, key_id varchar, purpose varchar,
  algorithm varchar, key_version bigint, data_keys bigint, old_forgotten boolean, reason varchar
);

create table seals (
  position bigint, recorded_at timestamptz, tree_size bigint, root_sha256 varchar,
  key_id varchar, signature varchar
);

comment on table policies is 'One row per evaluation of a rule on a dataset version.';
comment on column policies.position is 'Where it was recorded.';
comment on column policies.run_id is 'The run that evaluated it.';
comment on column policies.task_id is 'The task of that run.';
comment on column policies.recorded_at is 'When it was recorded.';
comment on column policies.policy is 'Name of the rule.';
comment on column policies.uri is 'The file it was applied to.';
comment on column policies.sha256 is 'Digest of the file.';
comment on column policies.has_passed is 'Whether the rule holds.';
comment on column policies.details is 'Thresholds and measured values.';
comment on table key_events is 'One row per event of a key; the view keys shows the state of each.';
comment on column key_events.position is 'Where it was recorded.';
comment on column key_events.recorded_at is 'When it was recorded.';
comment on column key_events.type is 'created, rotated or destroyed.';
comment on column key_events.key_id is 'Public name of the key.';
comment on column key_events.purpose is 'What it protects; null unless created.';
comment on column key_events.algorithm is 'Its algorithm; null unless created.';
comment on column key_events.key_version is 'Number of its new version; null unless rotated.';
comment on column key_events.data_keys is 'Data keys that were wrapped again; null unless rotated.';
comment on column key_events.old_forgotten is 'Whether older versions were destroyed; null unless rotated.';
comment on column key_events.reason is 'Why it was destroyed; null unless destroyed.';
comment on table seals is 'One row per signed tree head.';
comment on column seals.position is 'Where it was recorded.';
comment on column seals.recorded_at is 'When it was recorded.';
comment on column seals.tree_size is 'Number of events under the head.';
comment on column seals.root_sha256 is 'The tree head.';
comment on column seals.key_id is 'Public name of the signing key.';
comment on column seals.signature is 'The signature, base64.';

-- @fold
insert into policies
select position, run, task, recorded_at, e.policy, e.uri, e.sha256, e.has_passed, e.details
from (
  select *, from_json(payload, '{"policy":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","has_passed":"BOOLEAN","details":"JSON"}') as e
  from new_events
  where type = 'policy.evaluated'
);

insert into key_events
select position, recorded_at, replace(type, 'key.', ''), e.key_id, e.purpose, e.algorithm, e.key_version, e.data_keys, e.old_forgotten, e.reason
from (
  select *, from_json(payload, '{"key_id":"VARCHAR","purpose":"VARCHAR","algorithm":"VARCHAR","key_version":"BIGINT","data_keys":"BIGINT","old_forgotten":"BOOLEAN","reason":"VARCHAR"}') as e
  from new_events
  where type in ('key.created', 'key.rotated', 'key.destroyed')
);

insert into seals
select position, recorded_at, e.tree_size, e.root_sha256, e.key_id, e.signature
from (
  select *, from_json(payload, '{"tree_size":"BIGINT","root_sha256":"VARCHAR","key_id":"VARCHAR","signature":"VARCHAR"}') as e
  from new_events
  where type = 'seal.signed'
);

-- @views
create view keys as
select key_id,
  max(purpose) as purpose,
  max(algorithm) as algorithm,
  case max_by(type, position) when 'destroyed' then 'destroyed' else 'active' end as state,
  coalesce(max(key_version), 1) as key_version,
  min(recorded_at) as created_at,
  max(recorded_at) filter (where type = 'destroyed') as destroyed_at
from key_events
group by key_id;

comment on view keys is 'One row per key; never the key itself.';
comment on column keys.key_id is 'Its public name.';
comment on column keys.purpose is 'What it protects.';
comment on column keys.algorithm is 'Its algorithm.';
comment on column keys.state is 'active or destroyed.';
comment on column keys.key_version is 'Number of its newest version; those before it only decrypt.';
comment on column keys.created_at is 'When it came into being.';
comment on column keys.destroyed_at is 'When it was destroyed; null if it was not.';
