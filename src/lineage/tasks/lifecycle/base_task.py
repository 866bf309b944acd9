"""The base class of every task: one method per phase, everything recorded."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from lineage.domain.run import RunStatus
from lineage.events import ErrorFact, TaskRegistered
from lineage.kernel import paths
from lineage.kernel.errors import OperationError
from lineage.project import Project
from lineage.recording import code_facts, run_facts
from lineage.recording.error_facts import error_fact
from lineage.recording.recorder import RunRecorder
from lineage.tasks.checkpoints.manager import TaskContextManager
from lineage.tasks.config.config import TaskConfig
from lineage.tasks.dependencies.manager import TaskDependencyManager
from lineage.tasks.execution.executor import TaskOperationExecutor
from lineage.tasks.execution.operation_limits import OperationLimits
from lineage.tasks.execution.reuse import Reuse
from lineage.tasks.lifecycle import beginning
from lineage.tasks.lifecycle.directories import DirectoryManager
from lineage.tasks.lifecycle.ending import Ending, has_succeeded
from lineage.tasks.lifecycle.operation_maker import make_limited
from lineage.tasks.lifecycle.set_later import SetLater
from lineage.tasks.lifecycle.task_log import close_log, open_log
from lineage.tasks.lifecycle.turn import Turn
from lineage.tasks.progress import TaskProgressManager, create_task_progress_manager
from lineage.tasks.reporting.reporter import TaskReporter
from lineage.tasks.security.encryption import EncryptionManager
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.result import OperationResult, OperationStatus

_BY_INITIALIZE: Final = "initialize, which run begins with,"
_BY_EXECUTE: Final = "run, before it executes the operations,"


class BaseTask(ABC):
    """A unit of work that can be run, with a history.

    Subclass it and implement `configure_operations`. `run` goes through the phases: initialize,
    configure_operations, execute, finalize.

    A task without a given project opens the one that contains the current folder for each run, and
    leaves nothing of it open when `run` returns. `reporter` and `project` still work, and open
    what they need; call `close` after you have used `project`, or called the phases yourself.

    Args:
        task_id: Its id, also the name of its folder.
        task_type: "ingestion", "profiling", "anonymization", ...
        description: What it is for.
        input_datasets: Dataset name to path, absolute or relative to the project.
        auxiliary_datasets: Further datasets, such as dictionaries.
        version: Your version of the task.
        project: The project; the caller closes it. When None, the one that contains the current
            folder.

    Attributes:
        project: The opened project; set by `initialize`, like what follows.
        project_root: Its folder.
        config: The effective configuration.
        logger: Writes to `logs/<task_id>.log` while the task runs.
        data_source: The datasets by name.
        dependency_manager: Gives files, reports and metrics of the tasks it depends on.
        reporter: Adds your own facts to the run's report.
        context_manager: Saves and restores states, so that work can resume after a crash.
        operation_executor: Executes and records operations; set before `execute`.
        results: Results of the operations, in order.
        error: Why the last run did not succeed; None if it did.
        is_strict: Set it to fail a run that reads or writes what is not recorded.

    Raises:
        PathRefusedError: The task id cannot be a folder name.
    """

    project = SetLater[Project](_BY_INITIALIZE)
    project_root = SetLater[Path](_BY_INITIALIZE)
    config = SetLater[TaskConfig](_BY_INITIALIZE)
    data_source = SetLater[DataSource](_BY_INITIALIZE)
    dependency_manager = SetLater[TaskDependencyManager](_BY_INITIALIZE)
    directory_manager = SetLater[DirectoryManager](_BY_INITIALIZE)
    reporter = SetLater[TaskReporter](_BY_INITIALIZE)
    progress_manager = SetLater[TaskProgressManager](_BY_EXECUTE)
    context_manager = SetLater[TaskContextManager](_BY_INITIALIZE)
    operation_executor = SetLater[TaskOperationExecutor](_BY_EXECUTE)
    _ending = SetLater[Ending](_BY_INITIALIZE)
    _folders: ClassVar[tuple[str, ...]] = ()  # all
    error: BaseException | None
    _recorder: RunRecorder | None
    _stated_failure: ErrorFact | None
    _reuse: Reuse | None

    def __init__(
        self,
        task_id: str,
        task_type: str,
        description: str,
        input_datasets: Mapping[str, str | Path] | None = None,
        auxiliary_datasets: Mapping[str, str | Path] | None = None,
        version: str = "1.0.0",
        *,
        project: Project | None = None,
    ) -> None:
        self.task_id = paths.check_name(task_id, "task id")
        self.task_type = task_type
        self.description = description
        self.input_datasets = {k: str(v) for k, v in (input_datasets or {}).items()}
        self.auxiliary_datasets = {k: str(v) for k, v in (auxiliary_datasets or {}).items()}
        self.version = version
        self.logger = logging.getLogger(f"task.{task_id}")
        self.is_strict = False
        self._given_project = project
        self._own_project: Project | None = None
        self._resume: bool | str = False
        self._log_handler: logging.Handler | None = None
        self._turn = Turn()
        self._code = code_facts.of_class(type(self))
        self._reset()

    def bind(self, project: Project) -> None:
        """Run in this project, whatever the current folder is; the caller closes it."""
        self._given_project = project

    @abstractmethod
    def configure_operations(self) -> None:
        """Define what the task does, by calls of `add_operation`."""

    def initialize(self, args: Mapping[str, Any] | None = None) -> bool:
        """Open the project, read the configuration, check dependencies, begin the run.

        Args:
            args: Values that take precedence over every configuration.

        Returns:
            True; a subclass may return False to stop, which fails the run.

        Raises:
            ConfigurationError: Project or configuration are wrong; no run begins.
            TaskBusyError: Another run of the task is open; see the setting `concurrent_runs`.
            PathRefusedError: A dataset lies outside the folders the project may use.
            DependencyError: A dependency blocks it; the refusal is recorded.
            LedgerError: The history cannot be written.
        """
        self.project = self._given_project or self._opened_project()
        self.project_root = self.project.root
        self.config = self.configuration(self.project, args)
        self._turn.take(self.project, self.task_id, self.logger, resume=self._resume)
        self.dependency_manager = TaskDependencyManager(self.config, self.logger)
        self.data_source = beginning.open_datasets(self.config)
        beginning.register(self.project, self._registered(), self.config)
        self._begin_run()
        self.directory_manager.ensure_directories(*self._folders)
        self._ending.watch(is_strict=self.is_strict)
        log = self.directory_manager.get_directory("project_logs") / f"{self.task_id}.log"
        self._log_handler = open_log(self.logger, log, self.project.settings.log_level)
        return True

    def add_operation(
        self, operation_class: str | type[BaseOperation] | BaseOperation, **kwargs: Any
    ) -> bool:
        """Add an operation to execute.

        Args:
            operation_class: A class, the name of a registered one, or an operation.
            kwargs: Its parameters, and how it is executed: `retry` (a number of retries, a
                `RetryPolicy` or its fields) and `timeout` (seconds for one attempt); the key
                `operation_limits` of the configuration goes before them. A parameter that the
                class declares under one of these names gets the value instead:
                `add_operation(Op(timeout=5), timeout=60)` sets both. A seed that is not given
                is the configured one; columns that are not given have the declared role.

        Returns:
            True.

        Raises:
            ConfigurationError: No such operation, or it does not take these parameters.
        """
        seed, roles = self.config.seed, self.config.declared_roles
        made, limits = make_limited(operation_class, kwargs, seed=seed, declared=roles)
        self.operations.append(made)
        self._limits.add(made, limits)
        return True

    def execute(self) -> bool:
        """Execute the operations in order, or up to `parallel_processes` at once as if in order.

        Returns:
            Whether all succeeded, or, under `continue_on_error`, whether all were executed.

        Raises:
            KeyboardInterrupt: Somebody interrupted it.
            LedgerError: The history cannot be written.
        """
        results = self.operation_executor.execute_operations(
            self.operations,
            self.operation_params,
            continue_on_error=self.config.continue_on_error,
            max_workers=self.config.parallel_processes,
        )
        self.results += results.values()
        failed = [key for key, r in results.items() if r.status is OperationStatus.ERROR]
        if not failed or self.config.continue_on_error:
            return True
        self.error = self.operation_executor.last_exception
        if self.error is None:
            self._stated_failure = run_facts.stated_failure(results[failed[0]])
            problem = self._stated_failure.message
            self.error = OperationError(f"operation {failed[0]!r}", problem=problem)
        return False

    def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
        """End the run, save its report and the execution log, and clean up.

        Only the first call does so; if a subclass never calls this, `run` does it.

        Args:
            success: Whether the task did what it should.

        Returns:
            Whether it succeeded.

        Raises:
            LedgerError: The history cannot be written.
            DocumentNotWrittenError: The seal, the report or the execution log cannot be written;
                the history has the run.
        """
        return self._end_run(success=success)

    def run(self, args: Mapping[str, Any] | None = None, *, resume: bool | str = False) -> bool:
        """Run the task from the first phase to the last.

        Args:
            args: Values that take precedence over every configuration.
            resume: True resumes the latest run if it failed or was interrupted; a run id resumes
                that run. Results that are still valid are reused. After a success there is nothing
                to resume, and everything is executed in a new run.

        Returns:
            Whether all went well. If not, `error` says why; a run that had begun is recorded as
            failed, or as refused. After a `DocumentNotWrittenError` it is recorded as it ended.

        Raises:
            BaseException: Somebody interrupted it, or an operation exited the program; the run
                is recorded as interrupted or failed.
        """
        self._reset()
        self._resume = resume
        try:
            return self._go_through_phases(args)
        except Exception as error:  # noqa: BLE001  # whatever user code raises fails the run
            self._stop(error)
            return False
        except BaseException as error:
            self._stop(error)
            raise
        finally:
            self._let_go()

    def close(self) -> None:
        """Close the project, if the task opened it itself."""
        self._let_go()

    def configuration(self, project: Project, args: Mapping[str, Any] | None = None) -> TaskConfig:
        """Return the task's configuration in a project; `args` take precedence.

        Raises:
            ConfigurationError: A file is damaged, or values are wrong; all mistakes are named.
        """
        stated = {
            "task_type": self.task_type,
            "description": self.description,
            "input_datasets": self.input_datasets,
            "auxiliary_datasets": self.auxiliary_datasets,
        }
        return TaskConfig(project, self.task_id, defaults=stated, arguments=args)

    @property
    def operation_params(self) -> dict[str, Any]:
        """The arguments of every operation of the task."""
        return {
            "data_source": self.data_source,
            "task_dir": self.directory_manager.get_directory("task"),
        }

    @property
    def run_id(self) -> str | None:
        """Id of the last run, refused ones included; None if none is on record."""
        return self._run.run_id if self._has_begun else None

    @property
    def _run(self) -> RunRecorder:
        if self._recorder is None:
            raise OperationError(
                f"task {self.task_id!r}", problem="no run yet", remedy="call initialize first"
            )
        return self._recorder

    def _go_through_phases(self, args: Mapping[str, Any] | None) -> bool:
        success = self._did("initialize", self.initialize(args))
        if success:
            self.configure_operations()
            self._limits.name(self.config.values.operation_limits)
            shown = self.progress_manager = create_task_progress_manager(
                self.task_id, self.task_type, self.logger, len(self.operations)
            )
            with self.progress_manager:
                self.operation_executor = beginning.open_executor(
                    self._run, self.config, shown, reuse=self._reuse, limits=self._limits
                )
                success = self._did("execute", self.execute())
        if not self._has_begun:
            return False
        self._has_finalized = True
        ended = self.finalize(success)
        return self._end_run(success=success) and self._did("finalize", ended)

    def _did(self, phase: str, returned: object) -> bool:
        failed = 0 if self._recorder is None else len(self._recorder.failed_operations)
        success = has_succeeded(phase, returned, failed_operations=failed)
        if not success and self.error is None:
            problem = f"{phase} returned {returned!r}"
            self.error = OperationError(f"task {self.task_id!r}", problem=problem, expected="True")
        return success

    def _end_run(self, *, success: bool) -> bool:
        failed = sum(r.status is OperationStatus.ERROR for r in self.results)
        self._ending.end(success=success, operations_failed=failed, error=self._error_fact())
        self.error = self.error or self._ending.unrecorded
        return success and self._ending.unrecorded is None

    def _registered(self) -> TaskRegistered:
        return run_facts.task_registered(
            type(self), task_type=self.task_type, description=self.description, version=self.version
        )

    def _begin_run(self) -> None:
        self._recorder = RunRecorder(self.project, self.task_id, code=self._code)
        self.context_manager = TaskContextManager(
            self._recorder, encryption=EncryptionManager(self.config), logger=self.logger
        )
        is_own = self.project is self._own_project
        self.reporter = beginning.open_reporter(self._recorder, self.config, is_own=is_own)
        self.directory_manager = DirectoryManager(
            self.config, self.logger, clock=self.project.clock, on_import=self._run.import_file
        )
        self._ending = Ending(self._recorder, self.reporter, self.directory_manager, self.logger)
        self._reuse = beginning.begin(
            self._recorder, self.config, task_version=self.version, resume=self._resume
        )

    def _error_fact(self) -> ErrorFact:
        if self.error is None:
            return error_fact(OperationError(f"task {self.task_id!r}", problem="failed"))
        return self._stated_failure or error_fact(self.error)

    @property
    def _has_begun(self) -> bool:
        return self._recorder is not None and self._recorder.state.status is not RunStatus.ABSENT

    def _stop(self, error: BaseException) -> None:
        """End the run after an exception, even if more goes wrong."""
        self.error = self.error or error
        if not self._has_begun:
            return
        if self._run.state.status is RunStatus.REFUSED:
            self._ending.after_refusal()
            return
        with self._ending.carrying_on("recording the end"):
            self._ending.note(error)
        if not self._has_finalized:
            self._has_finalized = True
            with self._ending.carrying_on("finalizing"):
                self.finalize(success=False)
        with self._ending.carrying_on("ending the run"):
            self._end_run(success=False)

    def _opened_project(self) -> Project:
        if self._own_project is not None:
            self._own_project.close()
        self._own_project = Project.open()
        return self._own_project

    def _let_go(self) -> None:
        close_log(self.logger, self._log_handler)
        self._log_handler = None
        self._turn.end()
        if self._own_project is not None:
            self._own_project.disconnect()

    def _reset(self) -> None:
        self.operations: list[BaseOperation] = []
        self.results: list[OperationResult] = []
        self._limits = OperationLimits(lambda: self.operations)
        self.error = self._stated_failure = self._recorder = self._reuse = None
        self._has_finalized = False
