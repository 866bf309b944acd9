-- @schema
create table signers (
  position bigint, recorded_at timestamptz, actor varchar, verifier_key varchar, custody varchar,
  is_passphrased boolean, replaces varchar, endorsement varchar
);

create table seals (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar,
  tree_size bigint, root_sha256 varchar, frontier varchar[], verifier_key varchar, note varchar
);

create table seal_cosignatures (
  position bigint, recorded_at timestamptz, actor varchar, tree_size bigint, root_sha256 varchar,
  witness varchar, verifier_key varchar, note varchar
);

create table seal_deposits (
  position bigint, recorded_at timestamptz, actor varchar, tree_size bigint, root_sha256 varchar,
  place varchar
);

-- One row is one event of a key.
create table key_events (
  position bigint, recorded_at timestamptz, type varchar, key_id varchar, purpose varchar,
  algorithm varchar, key_version bigint, data_keys bigint, old_forgotten boolean, reason varchar
);


comment on table signers is 'One row per key that signs the heads of the ledger, from its adoption on.';
comment on column signers.position is 'Where it was recorded.';
comment on column signers.recorded_at is 'When it was recorded.';
comment on column signers.actor is 'Who recorded it.';
comment on column signers.verifier_key is 'The public key, as C2SP signed-note writes it.';
comment on column signers.custody is 'Where the private key is kept: project, machine or elsewhere.';
comment on column signers.is_passphrased is 'Whether its file opens only with a passphrase.';
comment on column signers.replaces is 'The verifier key that it follows; null for the first.';
comment on column signers.endorsement is 'Signature of the earlier key over this verifier key, base64; null if there is none.';
comment on table seals is 'One row per signed tree head.';
comment on column seals.position is 'Where it was recorded.';
comment on column seals.recorded_at is 'When it was recorded.';
comment on column seals.actor is 'Who recorded it.';
comment on column seals.run_id is 'The run it belongs to; null outside of runs.';
comment on column seals.task_id is 'The task of that run.';
comment on column seals.tree_size is 'Number of events under the head.';
comment on column seals.root_sha256 is 'The tree head.';
comment on column seals.frontier is 'Heads of the complete subtrees, from left to right.';
comment on column seals.verifier_key is 'The public key that checks it.';
comment on column seals.note is 'The signed head as a text.';
comment on table seal_cosignatures is 'One row per signature of an outside witness under a tree head.';
comment on column seal_cosignatures.position is 'Where it was recorded.';
comment on column seal_cosignatures.recorded_at is 'When it was recorded.';
comment on column seal_cosignatures.actor is 'Who recorded it.';
comment on column seal_cosignatures.tree_size is 'Number of events under the head.';
comment on column seal_cosignatures.root_sha256 is 'The tree head.';
comment on column seal_cosignatures.witness is 'Name of the witness.';
comment on column seal_cosignatures.verifier_key is 'The public key of the witness.';
comment on column seal_cosignatures.note is 'The signed head as a text, with all its signatures.';
comment on table seal_deposits is 'One row per statement that a tree head is kept outside of the project.';
comment on column seal_deposits.position is 'Where it was recorded.';
comment on column seal_deposits.recorded_at is 'When it was recorded.';
comment on column seal_deposits.actor is 'Who recorded it.';
comment on column seal_deposits.tree_size is 'Number of events under the head.';
comment on column seal_deposits.root_sha256 is 'The tree head.';
comment on column seal_deposits.place is 'Where, in words.';
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

-- @fold
insert into signers
select position, recorded_at, actor, e.verifier_key, e.custody, e.is_passphrased, e.replaces,
  e.endorsement
from (
  select *, from_json(payload, '{"verifier_key":"VARCHAR","custody":"VARCHAR","is_passphrased":"BOOLEAN","replaces":"VARCHAR","endorsement":"VARCHAR"}') as e
  from new_events
  where type = 'signer.adopted'
);

insert into seals
select position, recorded_at, actor, run, task, e.tree_size, e.root_sha256, e.frontier, e.verifier_key,
  e.note
from (
  select *, from_json(payload, '{"tree_size":"BIGINT","root_sha256":"VARCHAR","frontier":["VARCHAR"],"verifier_key":"VARCHAR","note":"VARCHAR"}') as e
  from new_events
  where type = 'seal.signed'
);

insert into seal_cosignatures
select position, recorded_at, actor, e.tree_size, e.root_sha256, e.witness, e.verifier_key, e.note
from (
  select *, from_json(payload, '{"tree_size":"BIGINT","root_sha256":"VARCHAR","witness":"VARCHAR","verifier_key":"VARCHAR","note":"VARCHAR"}') as e
  from new_events
  where type = 'seal.cosigned'
);

insert into seal_deposits
select position, recorded_at, actor, e.tree_size, e.root_sha256, e.place
from (
  select *, from_json(payload, '{"tree_size":"BIGINT","root_sha256":"VARCHAR","place":"VARCHAR"}') as e
  from new_events
  where type = 'seal.deposited'
);

insert into key_events
select position, recorded_at, replace(type, 'key.', ''), e.key_id, e.purpose, e.algorithm, e.key_version, e.data_keys, e.old_forgotten, e.reason
from (
  select *, from_json(payload, '{"key_id":"VARCHAR","purpose":"VARCHAR","algorithm":"VARCHAR","key_version":"BIGINT","data_keys":"BIGINT","old_forgotten":"BOOLEAN","reason":"VARCHAR"}') as e
  from new_events
  where type in ('key.created', 'key.rotated', 'key.destroyed')
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
