"""The beginning of a run: its datasets, its task on record, its dependencies."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from lineage.domain.task import ConfigureTask, RegisterTask
from lineage.events import PurposeDeclared, TaskRegistered
from lineage.project import Project
from lineage.recording import requirements
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks.config import sources as config_sources
from lineage.tasks.config import values as config_values
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.dependencies import lookup
from lineage.tasks.execution.executor import TaskOperationExecutor
from lineage.tasks.execution.reuse import Reuse
from lineage.tasks.lifecycle import resumption
from lineage.tasks.limits import Limits
from lineage.tasks.progress import TaskProgressManager
from lineage.tasks.reporting.reporter import TaskReporter
from lineage.tasks.security.task_encryption import encryption_of
from lineage.upkeep import liveness
from ops.base import BaseOperation
from ops.data.formats.csv_dialect import ReadOptions
from ops.data.source import DataSource

_log = logging.getLogger(__name__)


def open_datasets(config: TaskConfig) -> DataSource:
    """Return the datasets of a task by name; the files are opened when they are read.

    Raises:
        PathRefusedError: One lies outside the folders that the task may use.
    """
    source = DataSource()
    options = config.values.read_options
    listed = config.values.dataset_paths
    declared = {n: d.path for n, d in config.values.datasets.items() if d.path is not None}
    for name, path in {**declared, **listed}.items():
        chosen = cast("ReadOptions", options.get(name, {}))  # TaskValues knows the keys
        add = source.add_file if name in listed else source.offer_file
        add(name, config.safe_path(path), **chosen)
    return source


def open_reporter(recorder: RunRecorder, config: TaskConfig, *, is_own: bool) -> TaskReporter:
    """Return the reporter of a task's run.

    Args:
        recorder: Writes the run's history.
        config: The task's configuration.
        is_own: Whether the task opened the project itself.
    """
    return TaskReporter(
        config.task_id,
        config.task_type,
        config.description,
        config.get_report_path(),
        recorder=recorder,
        is_own=is_own,
    )


def open_executor(
    recorder: RunRecorder,
    config: TaskConfig,
    progress_manager: TaskProgressManager,
    *,
    reuse: Reuse | None,
    limits: Callable[[BaseOperation], Limits],
) -> TaskOperationExecutor:
    """Return what executes the operations of a task's run.

    Args:
        recorder: Writes the run's history; how files are encrypted is recorded at once.
        config: The task's configuration.
        progress_manager: Draws a bar for each operation.
        reuse: Decides which results of the resumed run are still valid; None executes all.
        limits: Returns the retries and the timeout of an operation.

    Raises:
        CipherError: The task asks for encryption, and there is no key that can be used.
    """
    encryption = encryption_of(config)
    if encryption is not None:
        recorder.measure("encryption", encryption.facts())
    return TaskOperationExecutor(
        recorder,
        logging.getLogger(f"task.{config.task_id}"),
        progress_manager,
        reuse=reuse,
        limits=limits,
        encryption=encryption,
    )


def register(project: Project, registered: TaskRegistered, config: TaskConfig) -> None:
    """Record a task, its configuration and its dependencies, where they are new.

    Raises:
        DependencyCycleError: The dependencies would form a cycle.
        LedgerError: The history cannot be written.
    """
    session = project.task_session(config.task_id)
    session.handle(RegisterTask(registered=registered))
    session.handle(ConfigureTask(configured=config.to_event()))
    lookup.declare(project, config.task_id, config.dependencies)


def begin(
    recorder: RunRecorder, config: TaskConfig, *, task_version: str, resume: bool | str = False
) -> Reuse | None:
    """Begin the run of a recorder, unless a dependency blocks it.

    Args:
        recorder: Of the new run.
        config: The configuration it runs under.
        task_version: The author's version of the task.
        resume: True resumes the latest run of the task, a run id that run; False none.

    Returns:
        What decides which results of the resumed run are still valid; None if none was resumed.

    Raises:
        DependencyError: A dependency blocks it; the refusal is recorded.
        ConfigurationError: The project requires an actor or a purpose, and none was stated.
        RunNotFoundError: The run to resume is unknown, or belongs to another task.
        CommandRejectedError: It is still open, or another run has resumed it.
        LedgerError: The history cannot be written.
    """
    project = recorder.project
    requirements.check(project, purpose=config.values.purpose)
    liveness.settle_recent_runs(project, config.task_id)
    resumed = _run_to_resume(project, config.task_id, resume)
    earlier = (
        None
        if resumed is None
        else resumption.resume(project, config.task_id, resumed, by=recorder.run_id)
    )
    found = lookup.look_up(project, config.dependencies)
    recorder.begin(
        run_started(
            task_type=config.task_type,
            description=config.description,
            report_path=project.display(config.get_report_path()),
            task_version=task_version,
            config_sha256=config.to_event().config_sha256,
            seed=config.seed,
            upstream_runs=lookup.upstream_runs(found),
            resumes=resumed,
        ),
        dependencies=found,
        continue_on_error=config.continue_on_error,
        resumed=earlier,
    )
    if config.values.purpose:
        recorder.observe(PurposeDeclared(purpose=config.values.purpose))
    stated = {e.key: e.value for e in config.entries() if e.origin != config_sources.DEFAULT}
    for remark in config_values.remarks(stated):
        recorder.warn("configuration", remark)
    if resumed is None:
        return None
    return resumption.reuse(project, resumed, config, task_version=task_version)


def _run_to_resume(project: Project, task_id: str, resume: bool | str) -> str | None:  # noqa: FBT001  # the task's argument
    if not resume:
        return None
    found = resumption.find(project, task_id, resume if isinstance(resume, str) else None)
    if found is None:
        _log.info("task %s has no run to resume; starting a new one", task_id)
    return found
