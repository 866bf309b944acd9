"""The base class of every task: one method a phase, everything recorded on the way."""

from __future__ import annotations

import inspect
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, cast

from lineage.domain.run import Dependency
from lineage.domain.task import ConfigureTask, RegisterTask
from lineage.events import ErrorFact, TaskRegistered
from lineage.kernel import paths
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import ConfigurationError, LineageError, OperationError
from lineage.project import Project
from lineage.tasks import dependencies
from lineage.tasks.config import TaskConfig
from lineage.tasks.directories import DirectoryManager
from lineage.tasks.error_facts import error_fact, qualified_name
from lineage.tasks.executor import TaskOperationExecutor
from lineage.tasks.progress import TaskProgressManager, create_task_progress_manager
from lineage.tasks.recorder import RunRecorder
from lineage.tasks.reporter import TaskReporter, run_started
from ops import registry
from ops.base import BaseOperation
from ops.reader import ReadOptions
from ops.result import OperationResult, OperationStatus
from ops.source import DataSource

LOG_FILE_BYTES: Final = 5_000_000
LOG_FILES_KEPT: Final = 5
_LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class BaseTask(ABC):
    """A unit of work that can be run, with a history.

    Subclass it and implement `configure_operations`. `run` goes through the phases: initialize,
    configure_operations, execute, finalize.

    Args:
        task_id: Its id, also the name of its folder.
        task_type: "ingestion", "profiling", "anonymization", ...
        description: What it is for.
        input_datasets: Dataset name to path, absolute or relative to the project.
        auxiliary_datasets: Further datasets, such as dictionaries.
        version: Your version of the task.
        project: The project; the one around the current folder when None.

    Attributes:
        project: The opened project; set by `initialize`.
        project_root: Its folder.
        config: The effective configuration.
        logger: Writes to `logs/<task_id>.log` while the task runs.
        data_source: The datasets by name.
        reporter: Adds facts of your own to the run's report.
        results: Results of the operations, in order.
        error: Why the last run did not succeed; None if it did.

    Raises:
        PathRefusedError: The task id cannot be a folder name.
    """

    project: Project
    project_root: Path
    config: TaskConfig
    data_source: DataSource
    directory_manager: DirectoryManager
    reporter: TaskReporter
    progress_manager: TaskProgressManager

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
        self.input_datasets = dict(input_datasets or {})
        self.auxiliary_datasets = dict(auxiliary_datasets or {})
        self.version = version
        self.logger = logging.getLogger(f"task.{task_id}")
        self.operations: list[BaseOperation] = []
        self.results: list[OperationResult] = []
        self.error: BaseException | None = None
        self._given_project = project
        self._recorder: RunRecorder | None = None
        self._log_handler: logging.Handler | None = None

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
            PathRefusedError: A dataset lies outside the folders the project may use.
            DependencyError: A dependency stands in the way; the refusal is recorded.
            LedgerError: The history cannot be written.
        """
        self.project = self._given_project or Project.open()
        self.project_root = self.project.root
        self.config = TaskConfig(
            self.project, self.task_id, defaults=self._defaults(), arguments=args
        )
        self.data_source = self._open_datasets()
        self.directory_manager = DirectoryManager(
            self.config, self.logger, clock=self.project.clock
        )
        self._register()
        self._begin_run()
        self.directory_manager.ensure_directories()
        self._open_log()
        return True

    def add_operation(
        self, operation_class: str | type[BaseOperation] | BaseOperation, **kwargs: Any
    ) -> bool:
        """Add an operation to execute.

        Args:
            operation_class: A class, the name of a registered one, or an operation.
            kwargs: Its parameters. Where it takes a seed and none is given, it gets the
                configured one.

        Returns:
            True.

        Raises:
            ConfigurationError: No such operation, or it does not take these parameters.
        """
        if isinstance(operation_class, BaseOperation):
            self.operations.append(operation_class)
            return True
        cls = (
            registry.resolve(operation_class)
            if isinstance(operation_class, str)
            else operation_class
        )
        self.operations.append(_build(cls, self._with_seed(cls, kwargs)))
        return True

    def execute(self) -> bool:
        """Execute the operations in order.

        Returns:
            Whether all succeeded, or, under `continue_on_error`, whether all were executed.

        Raises:
            KeyboardInterrupt: Somebody interrupted it.
            LedgerError: The history cannot be written.
        """
        executor = TaskOperationExecutor(self._run, self.logger, self.progress_manager)
        params = {
            "data_source": self.data_source,
            "task_dir": self.directory_manager.get_directory("task"),
        }
        for operation in self.operations:
            result = executor.execute_operation(operation, params)
            self.results.append(result)
            if result.status is OperationStatus.ERROR and not self.config.continue_on_error:
                self.error = executor.last_exception or OperationError(
                    f"operation {operation.name!r}", found=result.error_message
                )
                return False
        return True

    def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
        """End the run, save its report and the execution log, and clean up.

        Args:
            success: Whether the task did what it should.

        Returns:
            `success`.

        Raises:
            LedgerError: The history cannot be written.
            ReportingError: The report cannot be written; the history has the run all the same.
        """
        if self._run.is_open:
            if success:
                failed = sum(r.status is OperationStatus.ERROR for r in self.results)
                self._run.succeed(operations_failed=failed)
            else:
                self._run.fail(self._error_fact())
        self.reporter.save_report()
        self.project.follow_execution_log()
        self.directory_manager.clean_temp_directory()
        return success

    def run(self, args: Mapping[str, Any] | None = None) -> bool:
        """Run the task from the first phase to the last.

        Args:
            args: Values that take precedence over every configuration.

        Returns:
            Whether it succeeded. If not, `error` says why; a run that had begun is recorded as
            failed, or as refused.

        Raises:
            KeyboardInterrupt: Somebody interrupted it; the run is recorded as interrupted.
        """
        self._reset()
        try:
            return self._go_through_phases(args)
        except KeyboardInterrupt:
            self._record_interruption()
            raise
        except LineageError as error:
            self._record_failure(error)
            return False
        except Exception as error:  # noqa: BLE001  # whatever user code raises fails the run
            self._record_failure(error)
            return False
        finally:
            self._clean_up()

    @property
    def run_id(self) -> str | None:
        """Id of the last run; None before the first."""
        return self._recorder.run_id if self._recorder is not None else None

    @property
    def _run(self) -> RunRecorder:
        if self._recorder is None:
            raise OperationError(f"task {self.task_id!r}", expected="a run; call initialize first")
        return self._recorder

    def _go_through_phases(self, args: Mapping[str, Any] | None) -> bool:
        success = self.initialize(args)
        if success:
            self.configure_operations()
            with self._showing_progress():
                success = self.execute()
        if not success and self.error is None:
            self.error = OperationError(f"task {self.task_id!r}", found="a phase returned False")
        return self.finalize(success)

    def _showing_progress(self) -> TaskProgressManager:
        self.progress_manager = create_task_progress_manager(
            self.task_id, self.task_type, self.logger, len(self.operations)
        )
        return self.progress_manager

    def _defaults(self) -> dict[str, Any]:
        return {
            "task_type": self.task_type,
            "description": self.description,
            "input_datasets": {k: str(v) for k, v in self.input_datasets.items()},
            "auxiliary_datasets": {k: str(v) for k, v in self.auxiliary_datasets.items()},
        }

    def _open_datasets(self) -> DataSource:
        source = DataSource()
        options = self.config.values.read_options
        for name, path in self.config.values.datasets.items():
            chosen = cast("ReadOptions", options.get(name, {}))  # TaskValues knows the keys
            source.add_file(name, self.project.safe_path(path).path, **chosen)
        return source

    def _register(self) -> None:
        session = self.project.task_session(self.task_id)
        session.handle(RegisterTask(registered=self._registered()))
        session.handle(ConfigureTask(configured=self.config.to_event()))
        dependencies.declare(self.project, self.task_id, self.config.dependencies)

    def _registered(self) -> TaskRegistered:
        return TaskRegistered(
            task_type=self.task_type,
            description=self.description,
            version=self.version,
            class_name=qualified_name(type(self)),
            source_sha256=_source_sha256(type(self)),
        )

    def _begin_run(self) -> None:
        dependencies.settle_recent_runs(self.project, self.task_id)
        found = dependencies.look_up(self.project, self.config.dependencies)
        self._recorder = RunRecorder(self.project, self.task_id)
        report_path = self.config.get_report_path()
        self._recorder.begin(
            run_started(
                task_type=self.config.task_type,
                description=self.config.description,
                report_path=self.project.display(report_path),
                task_version=self.version,
                config_sha256=self.config.to_event().config_sha256,
                seed=self.config.seed,
                upstream_runs=_upstream_runs(found),
            ),
            dependencies=found,
            continue_on_error=self.config.continue_on_error,
        )
        self.reporter = TaskReporter(
            self.task_id,
            self.config.task_type,
            self.config.description,
            report_path,
            recorder=self._recorder,
        )

    def _with_seed(self, cls: type[BaseOperation], kwargs: dict[str, Any]) -> dict[str, Any]:
        takes_seed = "seed" in inspect.signature(cls).parameters
        if takes_seed and "seed" not in kwargs and self.config.seed is not None:
            return {**kwargs, "seed": self.config.seed}
        return kwargs

    def _error_fact(self) -> ErrorFact:
        return error_fact(self.error or OperationError(f"task {self.task_id!r}"))

    def _record_failure(self, error: Exception) -> None:
        self.error = error
        if self._recorder is not None and self._recorder.is_open:
            self.logger.error("task %s failed: %s", self.task_id, error_fact(error).message)
            self.finalize(success=False)

    def _record_interruption(self) -> None:
        if self._recorder is not None and self._recorder.is_open:
            self._recorder.interrupt("keyboard", "Ctrl-C")
            self.finalize(success=False)

    def _open_log(self) -> None:
        folder = self.directory_manager.get_directory("project_logs")
        self._log_handler = RotatingFileHandler(
            folder / f"{self.task_id}.log",
            maxBytes=LOG_FILE_BYTES,
            backupCount=LOG_FILES_KEPT,
            encoding="utf-8",
        )
        self._log_handler.setFormatter(logging.Formatter(_LOG_FORMAT))
        self.logger.addHandler(self._log_handler)
        self.logger.setLevel(self.project.settings.log_level)

    def _reset(self) -> None:
        self.operations = []
        self.results = []
        self.error = None
        self._recorder = None

    def _clean_up(self) -> None:
        if self._log_handler is not None:
            self.logger.removeHandler(self._log_handler)
            self._log_handler.close()
            self._log_handler = None
        if self._given_project is None and hasattr(self, "project"):
            self.project.close()


def _build(cls: type[BaseOperation], parameters: Mapping[str, Any]) -> BaseOperation:
    try:
        inspect.signature(cls).bind(**parameters)
    except TypeError as error:
        raise ConfigurationError(
            f"parameters of operation {cls.__name__!r}",
            found=str(error),
            expected=str(inspect.signature(cls)),
        ) from error
    return cls(**parameters)


def _upstream_runs(found: list[Dependency]) -> dict[str, str]:
    return {dependency.task: dependency.run for dependency in found if dependency.run is not None}


def _source_sha256(cls: type) -> str | None:
    try:
        return sha256_bytes(inspect.getsource(sys.modules[cls.__module__]).encode())
    except (OSError, TypeError, KeyError):
        return None
