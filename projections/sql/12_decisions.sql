-- @schema
create table policy_versions (
  position bigint, recorded_at timestamptz, actor varchar, policies_sha256 varchar, policies json
);

create table policies (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar,
  release_id varchar, policy varchar, kind varchar, severity varchar, uri varchar, sha256 varchar,
  outcome varchar, required json, measured json, reason varchar, waiver varchar
);

create table waiver_events (
  position bigint, recorded_at timestamptz, actor varchar, type varchar, waiver varchar, policy
  varchar, uri varchar, reason varchar, approver varchar, ends_at timestamptz
);

create table release_events (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar,
  release_id varchar, type varchar, source_uri varchar, sha256 varchar, release_uri varchar, purpose
  varchar, recipient varchar, approver varchar, warnings varchar[], violations varchar[], size_bytes
  bigint, reason varchar, is_removed boolean
);

comment on table policy_versions is 'One row per version of the project''s policies.';
comment on column policy_versions.position is 'Where it was recorded.';
comment on column policy_versions.recorded_at is 'When it was recorded.';
comment on column policy_versions.actor is 'Who recorded it.';
comment on column policy_versions.policies_sha256 is 'Digest of their canonical JSON.';
comment on column policy_versions.policies is 'Policy name to what it demands.';
comment on table policies is 'One row per evaluation of a policy on a dataset version.';
comment on column policies.position is 'Where it was recorded.';
comment on column policies.recorded_at is 'When it was recorded.';
comment on column policies.actor is 'Who recorded it.';
comment on column policies.run_id is 'The run it belongs to; null outside of runs.';
comment on column policies.task_id is 'The task of that run.';
comment on column policies.release_id is 'The release that was asked for; null if there was none.';
comment on column policies.policy is 'Name of the policy.';
comment on column policies.kind is 'What it is about.';
comment on column policies.severity is 'block or warn.';
comment on column policies.uri is 'The file it was applied to.';
comment on column policies.sha256 is 'Digest of the file.';
comment on column policies.outcome is 'passed, violated or unknown.';
comment on column policies.required is 'What it demands.';
comment on column policies.measured is 'What was found.';
comment on column policies.reason is 'Why it does not hold; empty if it does.';
comment on column policies.waiver is 'The waiver that lets it pass all the same; null without one.';
comment on table waiver_events is 'One row per event of a waiver; the view waivers shows the state of each.';
comment on column waiver_events.position is 'Where it was recorded.';
comment on column waiver_events.recorded_at is 'When it was recorded.';
comment on column waiver_events.actor is 'Who recorded it.';
comment on column waiver_events.type is 'granted or withdrawn.';
comment on column waiver_events.waiver is 'Its id.';
comment on column waiver_events.policy is 'The policy; null when withdrawn.';
comment on column waiver_events.uri is 'The only file it is for; null for every file.';
comment on column waiver_events.reason is 'Why it was granted or withdrawn.';
comment on column waiver_events.approver is 'Who allowed it; null when withdrawn.';
comment on column waiver_events.ends_at is 'When it ends; null when withdrawn.';
comment on table release_events is 'One row per event of a release; the view releases shows the state of each.';
comment on column release_events.position is 'Where it was recorded.';
comment on column release_events.recorded_at is 'When it was recorded.';
comment on column release_events.actor is 'Who recorded it.';
comment on column release_events.run_id is 'The run it belongs to; null outside of runs.';
comment on column release_events.task_id is 'The task of that run.';
comment on column release_events.release_id is 'The release.';
comment on column release_events.type is 'approved, refused, published or withdrawn.';
comment on column release_events.source_uri is 'The file that was judged; null when published or withdrawn.';
comment on column release_events.sha256 is 'Digest of its content; null when withdrawn.';
comment on column release_events.release_uri is 'Where it appears; null when refused or withdrawn.';
comment on column release_events.purpose is 'What it may be used for; null when published or withdrawn.';
comment on column release_events.recipient is 'Who gets it; null when published or withdrawn.';
comment on column release_events.approver is 'Who decided; null when published or withdrawn.';
comment on column release_events.warnings is 'Policies that are violated and do not block; null unless approved.';
comment on column release_events.violations is 'Policies that block it; null unless refused.';
comment on column release_events.size_bytes is 'Length of the file; null unless published.';
comment on column release_events.reason is 'Why it was withdrawn; null unless withdrawn.';
comment on column release_events.is_removed is 'Whether its file was removed; null unless withdrawn.';

-- @fold
insert into policy_versions
select position, recorded_at, actor, e.policies_sha256, e.policies
from (
  select *, from_json(payload, '{"policies_sha256":"VARCHAR","policies":"JSON"}') as e
  from new_events
  where type = 'policy.declared'
);

insert into policies
select position, recorded_at, actor, run, task, case when stream like 'release:%' then replace(stream, 'release:', '') end, e.policy, e.kind, e.severity, e.uri, e.sha256, e.outcome, e.required,
  e.measured, e.reason, e.waiver
from (
  select *, from_json(payload, '{"policy":"VARCHAR","kind":"VARCHAR","severity":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","outcome":"VARCHAR","required":"JSON","measured":"JSON","reason":"VARCHAR","waiver":"VARCHAR"}') as e
  from new_events
  where type = 'policy.evaluated'
);

insert into waiver_events
select position, recorded_at, actor, replace(type, 'waiver.', ''), e.waiver, e.policy, e.uri, e.reason,
  e.approver, e."until"::timestamptz
from (
  select *, from_json(payload, '{"waiver":"VARCHAR","policy":"VARCHAR","uri":"VARCHAR","reason":"VARCHAR","approver":"VARCHAR","until":"VARCHAR"}') as e
  from new_events
  where type in ('waiver.granted', 'waiver.withdrawn')
);

insert into release_events
select position, recorded_at, actor, run, task, replace(stream, 'release:', ''), replace(type, 'release.', ''), e.source_uri, e.sha256, e.release_uri, e.purpose, e.recipient, e.approver,
  e.warnings, e.violations, e.size_bytes, e.reason, e.is_removed
from (
  select *, from_json(payload, '{"source_uri":"VARCHAR","sha256":"VARCHAR","release_uri":"VARCHAR","purpose":"VARCHAR","recipient":"VARCHAR","approver":"VARCHAR","warnings":["VARCHAR"],"violations":["VARCHAR"],"size_bytes":"BIGINT","reason":"VARCHAR","is_removed":"BOOLEAN"}') as e
  from new_events
  where type in ('release.approved', 'release.refused', 'release.published', 'release.withdrawn')
);

-- @views
create view waivers as
select waiver, max(policy) as policy, max(uri) as uri,
  max(reason) filter (where type = 'granted') as reason, max(approver) as approver,
  min(recorded_at) as granted_at, max(ends_at) as ends_at,
  max(recorded_at) filter (where type = 'withdrawn') as withdrawn_at
from waiver_events
group by waiver;

create view releases as
select release_id,
  case max_by(type, position) when 'approved' then 'unfinished' else max_by(type, position) end as state,
  max(source_uri) as source_uri, max(sha256) as sha256, max(release_uri) as release_uri,
  max(purpose) as purpose, max(recipient) as recipient, max(approver) as approver,
  coalesce(max(warnings), []) as warnings, coalesce(max(violations), []) as violations,
  max(size_bytes) as size_bytes, max(run_id) as run_id, max(task_id) as task_id,
  min(recorded_at) as decided_at,
  max(recorded_at) filter (where type = 'published') as published_at,
  max(recorded_at) filter (where type = 'withdrawn') as withdrawn_at,
  max(reason) as withdrawn_because, min(position) as position
from release_events
group by release_id;

comment on view waivers is 'One row per exception from a policy.';
comment on column waivers.waiver is 'Its id.';
comment on column waivers.policy is 'The policy.';
comment on column waivers.uri is 'The only file it is for; null for every file.';
comment on column waivers.reason is 'Why it was granted.';
comment on column waivers.approver is 'Who allowed it.';
comment on column waivers.granted_at is 'When it was granted.';
comment on column waivers.ends_at is 'When it ends by itself.';
comment on column waivers.withdrawn_at is 'When it was withdrawn; null if it was not.';
comment on view releases is 'One row per file that was released, or was refused to be.';
comment on column releases.release_id is 'Its id.';
comment on column releases.state is 'published, refused, withdrawn, or unfinished: approved, and its file is not there.';
comment on column releases.source_uri is 'The file that was judged.';
comment on column releases.sha256 is 'Digest of its content.';
comment on column releases.release_uri is 'Where it appears; null if refused.';
comment on column releases.purpose is 'What it may be used for.';
comment on column releases.recipient is 'Who gets it.';
comment on column releases.approver is 'Who decided.';
comment on column releases.warnings is 'Policies that were violated and did not block.';
comment on column releases.violations is 'Policies that blocked it.';
comment on column releases.size_bytes is 'Length of the file; null if it never appeared.';
comment on column releases.run_id is 'The run that released it; null if a person did.';
comment on column releases.task_id is 'The task of that run.';
comment on column releases.decided_at is 'When it was approved or refused.';
comment on column releases.published_at is 'When the file appeared; null if it never did.';
comment on column releases.withdrawn_at is 'When it was withdrawn; null if it was not.';
comment on column releases.withdrawn_because is 'Why it was withdrawn.';
comment on column releases.position is 'Where the decision was recorded.';
