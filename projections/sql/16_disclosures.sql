-- @schema
create table disclosures (
  position bigint, recorded_at timestamptz, actor varchar, subject_kind varchar, subject varchar,
  page varchar, reason varchar
);

create table queries (
  position bigint, recorded_at timestamptz, actor varchar, query varchar
);

comment on table disclosures is 'One row per time that a page showed somebody what it withholds.';
comment on column disclosures.position is 'Where it was recorded.';
comment on column disclosures.recorded_at is 'When it was recorded.';
comment on column disclosures.actor is 'Who asked for it.';
comment on column disclosures.subject_kind is 'run, runs, file, column, task, metric, process, event or command.';
comment on column disclosures.subject is 'What it is about: an id, a path, a path with a column, a position, a task with a metric.';
comment on column disclosures.page is 'The page that was asked.';
comment on column disclosures.reason is 'Why they had to see it.';
comment on table queries is 'One row per question in SQL that somebody asked on a page.';
comment on column queries.position is 'Where it was recorded.';
comment on column queries.recorded_at is 'When it was recorded.';
comment on column queries.actor is 'Who asked it.';
comment on column queries.query is 'The statement as it was sent.';

-- @fold
insert into disclosures
select position, recorded_at, actor, e.subject_kind, e.subject, e.page, e.reason
from (
  select *, from_json(payload, '{"subject_kind":"VARCHAR","subject":"VARCHAR","page":"VARCHAR","reason":"VARCHAR"}') as e
  from new_events
  where type = 'values.disclosed'
);

insert into queries
select position, recorded_at, actor, payload->>'$.query'
from new_events
where type = 'query.asked';
