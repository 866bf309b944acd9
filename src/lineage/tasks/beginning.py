"""What stands at the beginning of a run: its datasets, its task on record, what it depends on."""

from __future__ import annotations

from typing import cast

from lineage.domain.task import ConfigureTask, RegisterTask
from lineage.events import TaskRegistered
from lineage.project import Project
from lineage.tasks import dependencies
from lineage.tasks.config import TaskConfig
from lineage.tasks.recorder import RunRecorder
from lineage.tasks.reporter import run_started
from ops.reader import ReadOptions
from ops.source import DataSource


def open_datasets(config: TaskConfig) -> DataSource:
    """Return the datasets of a task by name; the files are opened when they are read.

    Raises:
        PathRefusedError: One lies outside the folders that the task may use.
    """
    source = DataSource()
    options = config.values.read_options
    for name, path in config.values.datasets.items():
        chosen = cast("ReadOptions", options.get(name, {}))  # TaskValues knows the keys
        source.add_file(name, config.safe_path(path).path, **chosen)
    return source


def register(project: Project, registered: TaskRegistered, config: TaskConfig) -> None:
    """Record a task, its configuration and its dependencies, as far as they are new.

    Raises:
        DependencyCycleError: The dependencies would form a cycle.
        LedgerError: The history cannot be written.
    """
    session = project.task_session(config.task_id)
    session.handle(RegisterTask(registered=registered))
    session.handle(ConfigureTask(configured=config.to_event()))
    dependencies.declare(project, config.task_id, config.dependencies)


def begin(
    recorder: RunRecorder, config: TaskConfig, *, task_version: str, resumes: str | None = None
) -> None:
    """Begin the run of a recorder, unless a dependency stands in the way.

    Args:
        recorder: Of the new run.
        config: The configuration it runs under.
        task_version: The author's version of the task.
        resumes: The run that it takes up.

    Raises:
        DependencyError: A dependency stands in the way; the refusal is recorded.
        LedgerError: The history cannot be written.
    """
    project = recorder.project
    dependencies.settle_recent_runs(project, config.task_id)
    found = dependencies.look_up(project, config.dependencies)
    recorder.begin(
        run_started(
            task_type=config.task_type,
            description=config.description,
            report_path=project.display(config.get_report_path()),
            task_version=task_version,
            config_sha256=config.to_event().config_sha256,
            seed=config.seed,
            upstream_runs=dependencies.upstream_runs(found),
            resumes=resumes,
        ),
        dependencies=found,
        continue_on_error=config.continue_on_error,
    )
