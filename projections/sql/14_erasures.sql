-- @schema
create table erasure_events (
  position bigint, recorded_at timestamptz, actor varchar, erasure_id varchar, type varchar, kind
  varchar, target varchar, reason varchar, steps json, step bigint, outcome varchar, detail json,
  receipt varchar, remaining varchar[]
);

comment on table erasure_events is 'One row per event of an erasure; the view erasures shows the state of each.';
comment on column erasure_events.position is 'Where it was recorded.';
comment on column erasure_events.recorded_at is 'When it was recorded.';
comment on column erasure_events.actor is 'Who recorded it.';
comment on column erasure_events.erasure_id is 'The erasure.';
comment on column erasure_events.type is 'planned, step_ended or completed.';
comment on column erasure_events.kind is 'run, dataset or subject; null unless planned.';
comment on column erasure_events.target is 'What was erased; of a person a keyed digest; null unless planned.';
comment on column erasure_events.reason is 'Why; null unless planned.';
comment on column erasure_events.steps is 'The steps of the plan; null unless planned.';
comment on column erasure_events.step is 'Number of the step that ended; null for other events.';
comment on column erasure_events.outcome is 'How the step ended: done, kept or failed; null for other events.';
comment on column erasure_events.detail is 'Facts about the step; null for other events.';
comment on column erasure_events.receipt is 'The signed receipt; null unless completed.';
comment on column erasure_events.remaining is 'What could not be erased; null unless completed.';

-- @fold
insert into erasure_events
select position, recorded_at, actor, replace(stream, 'erasure:', ''), replace(type, 'erasure.', ''),
  e.kind, e.target, e.reason, e.steps, e.step, e.outcome, e.detail, e.receipt, e.remaining
from (
  select *, from_json(payload, '{"kind":"VARCHAR","target":"VARCHAR","reason":"VARCHAR","steps":"JSON","step":"BIGINT","outcome":"VARCHAR","detail":"JSON","receipt":"VARCHAR","remaining":["VARCHAR"]}') as e
  from new_events
  where type in ('erasure.planned', 'erasure.step_ended', 'erasure.completed')
);

-- @views
create view erasures as
select erasure_id, max(kind) as kind, max(target) as target, max(reason) as reason,
  case when bool_or(type = 'completed') then 'completed' else 'unfinished' end as state,
  max(json_array_length(steps)) as steps,
  count(*) filter (where type = 'step_ended' and outcome <> 'failed') as steps_ended,
  min(recorded_at) as planned_at, min_by(actor, position) as planned_by,
  max(recorded_at) filter (where type = 'completed') as completed_at,
  max(receipt) as receipt, coalesce(max(remaining), []) as remaining, min(position) as position
from erasure_events
group by erasure_id;

create view erasure_steps as
with planned as (
  select erasure_id, position, unnest(from_json(steps, '["JSON"]')) as step,
    generate_subscripts(from_json(steps, '["JSON"]'), 1) as number
  from erasure_events
  where type = 'planned'
), ended as (
  select erasure_id, step as number, max_by(outcome, position) as outcome,
    max(recorded_at) as ended_at
  from erasure_events
  where type = 'step_ended'
  group by erasure_id, step
)
select p.erasure_id, p.number, p.step->>'$.action' as action, p.step->>'$.subject' as subject,
  p.step->>'$.uri' as uri, p.step->>'$.sha256' as sha256, p.step->>'$.reason' as reason,
  e.outcome, e.ended_at
from planned p
left join ended e using (erasure_id, number);

comment on view erasures is 'One row per erasure that was planned.';
comment on column erasures.erasure_id is 'Its id.';
comment on column erasures.kind is 'run, dataset or subject.';
comment on column erasures.target is 'The run or the dataset; of a person a keyed digest of the id.';
comment on column erasures.reason is 'Why it was asked for.';
comment on column erasures.state is 'completed, or unfinished: started again it is finished.';
comment on column erasures.steps is 'How many steps the plan has.';
comment on column erasures.steps_ended is 'How many of them have ended.';
comment on column erasures.planned_at is 'When it was planned.';
comment on column erasures.planned_by is 'Who asked for it.';
comment on column erasures.completed_at is 'When its receipt was signed; null if it is unfinished.';
comment on column erasures.receipt is 'The signed receipt; null if it is unfinished.';
comment on column erasures.remaining is 'What could not be erased, one sentence each.';
comment on column erasures.position is 'Where it was planned.';
comment on view erasure_steps is 'One row per step of an erasure: what held the data, and what was done with it.';
comment on column erasure_steps.erasure_id is 'The erasure.';
comment on column erasure_steps.number is 'Its place in the plan, from 1.';
comment on column erasure_steps.action is 'destroy_key, delete_file, rewrite_file, forget_vault_entry, recompute or keep.';
comment on column erasure_steps.subject is 'What it is: events, artifact, checkpoint, vault, document or release.';
comment on column erasure_steps.uri is 'Its file, stream or key.';
comment on column erasure_steps.sha256 is 'Digest of the file; null if it is no file.';
comment on column erasure_steps.reason is 'Why this action.';
comment on column erasure_steps.outcome is 'done, kept or failed; null while it has not ended.';
comment on column erasure_steps.ended_at is 'When it ended.';
