-- @close
-- Each view is a table or view without the columns that hold values, SQL, code or words of programs.
create temp view closed_events as select * exclude (payload) from main.events;
create temp view closed_task_configurations as select * exclude (configuration) from main.task_configurations;
create temp view closed_tasks as select * exclude (configuration) from main.tasks;
create temp view closed_run_beginnings as select * exclude (imported_record) from main.run_beginnings;
create temp view closed_run_endings as select * exclude (error) from main.run_endings;
create temp view closed_run_changes as select * exclude (changes) from main.run_changes;
create temp view closed_runs as select * exclude (message, traceback) from main.runs;
create temp view closed_run_annotations as select * exclude (annotations) from main.run_annotations;
create temp view closed_operation_beginnings as select * exclude (parameters) from main.operation_beginnings;
create temp view closed_operation_endings as select * exclude (details, error) from main.operation_endings;
create temp view closed_operation_steps as select * exclude (message) from main.operation_steps;
create temp view closed_operation_reports as select * exclude (details) from main.operation_reports;
create temp view closed_operations as select * exclude (parameters, details, message, traceback) from main.operations;
create temp view closed_artifacts as select * exclude (metadata) from main.artifacts;
create temp view closed_metrics as select * exclude (value) from main.metrics;
create temp view closed_metric_values as select * exclude (metric, number, text) from main.metric_values;
create temp view closed_warnings as select * exclude (message, details) from main.warnings;
create temp view closed_messages as select * exclude (message, details, traceback) from main.messages;
create temp view closed_checkpoint_records as select * exclude (state) from main.checkpoint_records;
create temp view closed_checkpoints as select * exclude (state) from main.checkpoints;
create temp view closed_process_events as select * exclude (message, context, value) from main.process_events;
create temp view closed_process_stages as select * exclude (last_error_message) from main.process_stages;
create temp view closed_process_errors as select * exclude (last_message) from main.process_errors;
create temp view closed_process_progress as select * exclude (message, context) from main.process_progress;
create temp view closed_process_metrics as select * exclude (value) from main.process_metrics;
create temp view closed_imported_tasks as select * exclude (summary) from main.imported_tasks;
create temp view closed_set_aside_records as select * exclude (record) from main.set_aside_records;
create temp view closed_execution_log as select * exclude (annotations, imported_record, warnings) from main.execution_log;
create temp view closed_budget_spendings as select * exclude (disjoint_part) from main.budget_spendings;
create temp view closed_queries as select * exclude (query) from main.queries;

-- @parse
-- One row: a statement as DuckDB reads it.
select json_serialize_sql($sql) as tree;

-- @written
-- One row: a statement that was read, as text.
select json_deserialize_sql($tree::json) as text;
