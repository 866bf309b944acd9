-- @schema
-- One row is one registration.
create table task_registrations (
  position bigint, task_id varchar, recorded_at timestamptz, task_type varchar,
  description varchar, version varchar, class_name varchar, source_sha256 varchar
);

-- One row is one configuration.
create table task_configurations (
  position bigint, task_id varchar, recorded_at timestamptz, config_sha256 varchar,
  configuration json
);

-- One row is one declaration (is_declared) or withdrawal.
create table task_dependency_changes (
  position bigint, task_id varchar, depends_on varchar, is_declared boolean, require varchar,
  run_id varchar
);

comment on table task_registrations is 'One row per registration of a task; the view tasks shows the latest.';
comment on column task_registrations.position is 'Where it was recorded.';
comment on column task_registrations.task_id is 'Id of the task.';
comment on column task_registrations.recorded_at is 'When it was recorded.';
comment on column task_registrations.task_type is 'ingestion, profiling, anonymization, ...';
comment on column task_registrations.description is 'What it is for.';
comment on column task_registrations.version is 'The author''s version.';
comment on column task_registrations.class_name is 'Qualified name of its class.';
comment on column task_registrations.source_sha256 is 'Digest of the module that defines it; null in an interactive session.';
comment on table task_configurations is 'One row per configuration of a task; the view tasks shows the latest.';
comment on column task_configurations.position is 'Where it was recorded.';
comment on column task_configurations.task_id is 'Id of the task.';
comment on column task_configurations.recorded_at is 'When it was recorded.';
comment on column task_configurations.config_sha256 is 'Digest of the configuration.';
comment on column task_configurations.configuration is 'The effective values, secrets redacted.';
comment on table task_dependency_changes is 'One row per declared or withdrawn dependency; the view task_dependencies shows those in force.';
comment on column task_dependency_changes.position is 'Where it was recorded.';
comment on column task_dependency_changes.task_id is 'The task that depends.';
comment on column task_dependency_changes.depends_on is 'The task it depends on.';
comment on column task_dependency_changes.is_declared is 'False if the dependency was withdrawn.';
comment on column task_dependency_changes.require is 'Which run must have succeeded: latest_run, latest_success (any), run (a certain one); null if withdrawn.';
comment on column task_dependency_changes.run_id is 'That certain run; null unless require is run.';

-- @fold
insert into task_registrations
select position, task, recorded_at, e.task_type, e.description, e.version, e.class_name, e.source_sha256
from (
  select *, from_json(payload, '{"task_type":"VARCHAR","description":"VARCHAR","version":"VARCHAR","class_name":"VARCHAR","source_sha256":"VARCHAR"}') as e
  from new_events
  where type = 'task.registered'
);

insert into task_configurations
select position, task, recorded_at, e.config_sha256, e.configuration
from (
  select *, from_json(payload, '{"config_sha256":"VARCHAR","configuration":"JSON"}') as e
  from new_events
  where type = 'task.configured'
);

insert into task_dependency_changes
select position, task, payload->>'$.depends_on', type = 'task.dependency_declared',
  case type when 'task.dependency_declared' then coalesce(payload->>'$.require', 'latest_run') end,
  payload->>'$.run'
from new_events
where type in ('task.dependency_declared', 'task.dependency_withdrawn');

-- @views
create view task_dependencies as
select task_id, depends_on, max(position) as position, arg_max(require, position) as require,
  arg_max_null(run_id, position) as run_id
from task_dependency_changes
group by task_id, depends_on
having arg_max(is_declared, position);

create view tasks as
with latest as (
  select task_id,
    min(recorded_at) as first_registered_at,
    max_by(struct_pack(task_type, description, version, class_name, source_sha256), position) as t
  from task_registrations
  group by task_id
),
configured as (
  select task_id, max_by(config_sha256, position) as config_sha256, max_by(configuration, position) as configuration
  from task_configurations
  group by task_id
),
depending as (
  select task_id, list(depends_on order by depends_on) as dependencies
  from task_dependencies
  group by task_id
)
select task_id, t.task_type, t.description, t.version, t.class_name, t.source_sha256,
  first_registered_at, config_sha256, configuration,
  coalesce(dependencies, []) as dependencies
from latest
left join configured using (task_id)
left join depending using (task_id);

comment on view tasks is 'One row per task, as it was last registered and configured.';
comment on column tasks.task_id is 'Id of the task.';
comment on column tasks.task_type is 'ingestion, profiling, anonymization, ...';
comment on column tasks.description is 'What it is for.';
comment on column tasks.version is 'The author''s version.';
comment on column tasks.class_name is 'Qualified name of its class.';
comment on column tasks.source_sha256 is 'Digest of the module that defines it; null in an interactive session.';
comment on column tasks.first_registered_at is 'When it became known.';
comment on column tasks.config_sha256 is 'Digest of its latest configuration; null if it never was configured.';
comment on column tasks.configuration is 'Its latest configuration, secrets redacted.';
comment on column tasks.dependencies is 'Ids of the tasks it depends on, sorted.';
comment on view task_dependencies is 'One row per dependency in force.';
comment on column task_dependencies.task_id is 'The task that depends.';
comment on column task_dependencies.depends_on is 'The task it depends on.';
comment on column task_dependencies.position is 'Where it was declared.';
comment on column task_dependencies.require is 'Which run must have succeeded: latest_run, latest_success (any), run (a certain one).';
comment on column task_dependencies.run_id is 'That certain run; null unless require is run.';
