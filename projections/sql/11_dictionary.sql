-- @schema
create table dictionary_versions (
  position bigint, recorded_at timestamptz, actor varchar, dictionary_sha256 varchar, datasets json,
  accountability json
);

create table classification_proposals (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar, dataset
  varchar, uri varchar, sha256 varchar, column_name varchar, role varchar, category varchar,
  evidence json
);

create table classification_decisions (
  position bigint, recorded_at timestamptz, actor varchar, type varchar, dataset varchar,
  column_name varchar, role varchar, category varchar, reason varchar
);

comment on table dictionary_versions is 'One row per version of the project''s data dictionary.';
comment on column dictionary_versions.position is 'Where it was recorded.';
comment on column dictionary_versions.recorded_at is 'When it was recorded.';
comment on column dictionary_versions.actor is 'Who recorded it.';
comment on column dictionary_versions.dictionary_sha256 is 'Digest of its canonical JSON.';
comment on column dictionary_versions.datasets is 'Dataset name to what is declared of it.';
comment on column dictionary_versions.accountability is 'Who answers for the project.';
comment on table classification_proposals is 'One row per column that a profile took for personal data.';
comment on column classification_proposals.position is 'Where it was recorded.';
comment on column classification_proposals.recorded_at is 'When it was recorded.';
comment on column classification_proposals.actor is 'Who recorded it.';
comment on column classification_proposals.run_id is 'The run it belongs to; null outside of runs.';
comment on column classification_proposals.task_id is 'The task of that run.';
comment on column classification_proposals.dataset is 'What the run calls the dataset.';
comment on column classification_proposals.uri is 'The file that was profiled.';
comment on column classification_proposals.sha256 is 'Digest of its content.';
comment on column classification_proposals.column_name is 'The column.';
comment on column classification_proposals.role is 'The role it would have.';
comment on column classification_proposals.category is 'Which personal data it seems to hold.';
comment on column classification_proposals.evidence is 'What speaks for it: counts, no values.';
comment on table classification_decisions is 'One row per decision of a person about a column.';
comment on column classification_decisions.position is 'Where it was recorded.';
comment on column classification_decisions.recorded_at is 'When it was recorded.';
comment on column classification_decisions.actor is 'Who recorded it.';
comment on column classification_decisions.type is 'confirmed or rejected.';
comment on column classification_decisions.dataset is 'Name of the dataset.';
comment on column classification_decisions.column_name is 'The column.';
comment on column classification_decisions.role is 'What it can tell about a person; null unless confirmed.';
comment on column classification_decisions.category is 'Which personal data it holds, or was taken to hold.';
comment on column classification_decisions.reason is 'Why they decided so.';

-- @fold
insert into dictionary_versions
select position, recorded_at, actor, e.dictionary_sha256, e.datasets, e.accountability
from (
  select *, from_json(payload, '{"dictionary_sha256":"VARCHAR","datasets":"JSON","accountability":"JSON"}') as e
  from new_events
  where type = 'dictionary.declared'
);

insert into classification_proposals
select position, recorded_at, actor, run, task, e.dataset, e.uri, e.sha256, e."column", e.role,
  e.category, e.evidence
from (
  select *, from_json(payload, '{"dataset":"VARCHAR","uri":"VARCHAR","sha256":"VARCHAR","column":"VARCHAR","role":"VARCHAR","category":"VARCHAR","evidence":"JSON"}') as e
  from new_events
  where type = 'classification.proposed'
);

insert into classification_decisions
select position, recorded_at, actor, replace(type, 'classification.', ''), e.dataset, e."column",
  e.role, e.category, e.reason
from (
  select *, from_json(payload, '{"dataset":"VARCHAR","column":"VARCHAR","role":"VARCHAR","category":"VARCHAR","reason":"VARCHAR"}') as e
  from new_events
  where type in ('classification.confirmed', 'classification.rejected')
);

-- @views
create view classifications as
with latest as (
  select dataset, column_name, max_by(type, position) as type, max_by(role, position) as role,
    max_by(category, position) as category, max_by(actor, position) as decided_by,
    max(recorded_at) as decided_at, max(position) as position
  from classification_decisions
  group by dataset, column_name
)
select dataset, column_name, role, category, decided_by, decided_at, position
from latest
where type = 'confirmed';

comment on view classifications is 'One row per column that a person has classified; what the project declares comes before it.';
comment on column classifications.dataset is 'Name of the dataset.';
comment on column classifications.column_name is 'The column.';
comment on column classifications.role is 'What it can tell about a person.';
comment on column classifications.category is 'Which personal data it holds.';
comment on column classifications.decided_by is 'Who decided last.';
comment on column classifications.decided_at is 'When they decided.';
comment on column classifications.position is 'Where the decision was recorded.';
