-- @schema
create table risk_measures (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar,
  operation bigint, uri varchar, sha256 varchar, quasi_identifiers varchar[], sensitive varchar[],
  measures json, method varchar
);

create table claim_checks (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar, uri
  varchar, sha256 varchar, column_name varchar, effect varchar, source_uri varchar, source_sha256
  varchar, source_column varchar, outcome varchar, measured json, reason varchar
);

create table budget_spendings (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar,
  operation bigint, source_uri varchar, source_sha256 varchar, mechanism varchar, epsilon double,
  delta double, unit varchar, disjoint_part varchar
);

create table purposes (
  position bigint, recorded_at timestamptz, actor varchar, run_id varchar, task_id varchar, purpose
  varchar
);

comment on table risk_measures is 'One row per measurement of the risk that remains in a dataset version.';
comment on column risk_measures.position is 'Where it was recorded.';
comment on column risk_measures.recorded_at is 'When it was recorded.';
comment on column risk_measures.actor is 'Who recorded it.';
comment on column risk_measures.run_id is 'The run it belongs to; null outside of runs.';
comment on column risk_measures.task_id is 'The task of that run.';
comment on column risk_measures.operation is 'Number of the operation that measured it; null outside of a run''s operations.';
comment on column risk_measures.uri is 'The file.';
comment on column risk_measures.sha256 is 'Digest of its content.';
comment on column risk_measures.quasi_identifiers is 'Columns that were taken to be known to an attacker.';
comment on column risk_measures.sensitive is 'Columns whose values were to be protected.';
comment on column risk_measures.measures is 'Name to value: k, l, t, rows, uniques, ...';
comment on column risk_measures.method is 'What measured it.';
comment on table claim_checks is 'One row per comparison of a column that is said to be protected with its source.';
comment on column claim_checks.position is 'Where it was recorded.';
comment on column claim_checks.recorded_at is 'When it was recorded.';
comment on column claim_checks.actor is 'Who recorded it.';
comment on column claim_checks.run_id is 'The run it belongs to; null outside of runs.';
comment on column claim_checks.task_id is 'The task of that run.';
comment on column claim_checks.uri is 'The file with the column.';
comment on column claim_checks.sha256 is 'Digest of its content.';
comment on column claim_checks.column_name is 'The column.';
comment on column claim_checks.effect is 'What was said to have been done to it.';
comment on column claim_checks.source_uri is 'The file it came from.';
comment on column claim_checks.source_sha256 is 'Digest of that file.';
comment on column claim_checks.source_column is 'The column it came from.';
comment on column claim_checks.outcome is 'holds, false or unknown.';
comment on column claim_checks.measured is 'Rates of equal cells, of rows found again, of values of one format.';
comment on column claim_checks.reason is 'Why it does not hold; empty if it does.';
comment on table budget_spendings is 'One row per use of a privacy budget by an operation.';
comment on column budget_spendings.position is 'Where it was recorded.';
comment on column budget_spendings.recorded_at is 'When it was recorded.';
comment on column budget_spendings.actor is 'Who recorded it.';
comment on column budget_spendings.run_id is 'The run it belongs to; null outside of runs.';
comment on column budget_spendings.task_id is 'The task of that run.';
comment on column budget_spendings.operation is 'Number of the operation in its run.';
comment on column budget_spendings.source_uri is 'The file whose people the budget is for.';
comment on column budget_spendings.source_sha256 is 'Digest of its content.';
comment on column budget_spendings.mechanism is 'laplace or gaussian.';
comment on column budget_spendings.epsilon is 'What it spent, all its columns together.';
comment on column budget_spendings.delta is 'The same; 0 for pure differential privacy.';
comment on column budget_spendings.unit is 'Whose privacy it is: row, or the column that names a person.';
comment on column budget_spendings.disjoint_part is 'Part of the rows that it touched; null for all of them.';
comment on table purposes is 'One row per statement of what a run is for.';
comment on column purposes.position is 'Where it was recorded.';
comment on column purposes.recorded_at is 'When it was recorded.';
comment on column purposes.actor is 'Who recorded it.';
comment on column purposes.run_id is 'The run it belongs to; null outside of runs.';
comment on column purposes.task_id is 'The task of that run.';
comment on column purposes.purpose is 'What it is for.';

-- @fold
insert into risk_measures
select position, recorded_at, actor, run, task, e.operation, e.uri, e.sha256, e.quasi_identifiers,
  e.sensitive, e.measures, e.method
from (
  select *, from_json(payload, '{"operation":"BIGINT","uri":"VARCHAR","sha256":"VARCHAR","quasi_identifiers":["VARCHAR"],"sensitive":["VARCHAR"],"measures":"JSON","method":"VARCHAR"}') as e
  from new_events
  where type = 'risk.measured'
);

insert into claim_checks
select position, recorded_at, actor, run, task, e.uri, e.sha256, e."column", e.effect, e.source_uri,
  e.source_sha256, e.source_column, e.outcome, e.measured, e.reason
from (
  select *, from_json(payload, '{"uri":"VARCHAR","sha256":"VARCHAR","column":"VARCHAR","effect":"VARCHAR","source_uri":"VARCHAR","source_sha256":"VARCHAR","source_column":"VARCHAR","outcome":"VARCHAR","measured":"JSON","reason":"VARCHAR"}') as e
  from new_events
  where type = 'claim.checked'
);

insert into budget_spendings
select position, recorded_at, actor, run, task, e.operation, e.source_uri, e.source_sha256,
  e.mechanism, e.epsilon, e.delta, e.unit, e."partition"
from (
  select *, from_json(payload, '{"operation":"BIGINT","source_uri":"VARCHAR","source_sha256":"VARCHAR","mechanism":"VARCHAR","epsilon":"DOUBLE","delta":"DOUBLE","unit":"VARCHAR","partition":"VARCHAR"}') as e
  from new_events
  where type = 'budget.spent'
);

insert into purposes
select position, recorded_at, actor, run, task, e.purpose
from (
  select *, from_json(payload, '{"purpose":"VARCHAR"}') as e
  from new_events
  where type = 'purpose.declared'
);
