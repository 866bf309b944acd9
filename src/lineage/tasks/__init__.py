"""The task framework: what people subclass and call to run work with a history.

One module per class or noun. A task turns its configuration and operations into commands; it
keeps no state that the ledger does not have.
"""

from typing import TYPE_CHECKING

from lineage.kernel.packages.facade import Facade

if TYPE_CHECKING:
    from lineage.domain.process import ErrorThreshold as ErrorThreshold
    from lineage.execution_log import functions as execution_log
    from lineage.execution_log.functions import (
        DEFAULT_EXECUTION_LOG_PATH as DEFAULT_EXECUTION_LOG_PATH,
    )
    from lineage.execution_log.functions import DEFAULT_LOCK_TIMEOUT as DEFAULT_LOCK_TIMEOUT
    from lineage.execution_log.functions import ExecutionLogError as ExecutionLogError
    from lineage.execution_log.functions import ProgressManagerProtocol as ProgressManagerProtocol
    from lineage.execution_log.functions import cleanup_old_executions as cleanup_old_executions
    from lineage.execution_log.functions import export_execution_log as export_execution_log
    from lineage.execution_log.functions import find_latest_execution as find_latest_execution
    from lineage.execution_log.functions import find_producers as find_producers
    from lineage.execution_log.functions import find_task_by_output as find_task_by_output
    from lineage.execution_log.functions import (
        get_task_execution_history as get_task_execution_history,
    )
    from lineage.execution_log.functions import import_execution_log as import_execution_log
    from lineage.execution_log.functions import initialize_execution_log as initialize_execution_log
    from lineage.execution_log.functions import record_task_execution as record_task_execution
    from lineage.execution_log.functions import remove_execution_record as remove_execution_record
    from lineage.execution_log.functions import track_input_files as track_input_files
    from lineage.execution_log.functions import track_output_files as track_output_files
    from lineage.execution_log.functions import update_execution_record as update_execution_record
    from lineage.execution_log.functions import validate_execution_log as validate_execution_log
    from lineage.kernel.errors import MaxRetriesExceededError as MaxRetriesExceededError
    from lineage.kernel.errors import OperationCancelledError as OperationCancelledError
    from lineage.kernel.errors import OperationTimeoutError as OperationTimeoutError
    from lineage.kernel.errors import ReportingError as ReportingError
    from lineage.processes.manager import ProcessSummaryManager as ProcessSummaryManager
    from lineage.processes.manager import create_process_summary as create_process_summary
    from lineage.processes.manager import save_process_summary as save_process_summary
    from lineage.processes.summary import ProcessSummary as ProcessSummary
    from lineage.tasks.checkpoints.manager import TaskContextManager as TaskContextManager
    from lineage.tasks.config.config import TaskConfig as TaskConfig
    from lineage.tasks.config.config import find_project_root as find_project_root
    from lineage.tasks.config.config import load_task_config as load_task_config
    from lineage.tasks.config.task_paths import find_previous_output as find_previous_output
    from lineage.tasks.config.task_paths import find_task_report as find_task_report
    from lineage.tasks.config.values import TaskScope as TaskScope
    from lineage.tasks.dependencies.manager import StaleDependency as StaleDependency
    from lineage.tasks.dependencies.manager import TaskDependencyManager as TaskDependencyManager
    from lineage.tasks.dependencies.values import TaskDependency as TaskDependency
    from lineage.tasks.durations import format_execution_time as format_execution_time
    from lineage.tasks.execution.cancellation import CancellationToken as CancellationToken
    from lineage.tasks.execution.executor import TaskOperationExecutor as TaskOperationExecutor
    from lineage.tasks.lifecycle.base_task import BaseTask as BaseTask
    from lineage.tasks.lifecycle.directories import DirectoryManager as DirectoryManager
    from lineage.tasks.limits import RetryPolicy as RetryPolicy
    from lineage.tasks.progress import TaskProgressManager as TaskProgressManager
    from lineage.tasks.progress import create_task_progress_manager as create_task_progress_manager
    from lineage.tasks.registry.metadata import get_task_metadata as get_task_metadata
    from lineage.tasks.registry.registry import TaskRegistry as TaskRegistry
    from lineage.tasks.registry.registry import create_task_instance as create_task_instance
    from lineage.tasks.registry.registry import discover_task_classes as discover_task_classes
    from lineage.tasks.registry.registry import get_task_class as get_task_class
    from lineage.tasks.registry.registry import list_registered_tasks as list_registered_tasks
    from lineage.tasks.registry.registry import (
        register_discovered_tasks as register_discovered_tasks,
    )
    from lineage.tasks.registry.registry import register_task_class as register_task_class
    from lineage.tasks.reporting.reporter import ArtifactGroup as ArtifactGroup
    from lineage.tasks.reporting.reporter import TaskReporter as TaskReporter
    from lineage.tasks.security.encryption import EncryptionManager as EncryptionManager
    from lineage.tasks.security.encryption_settings import EncryptionMode as EncryptionMode
    from lineage.tasks.security.path_security import PathSecurityError as PathSecurityError
    from lineage.tasks.security.path_security import (
        ensure_secure_directory as ensure_secure_directory,
    )
    from lineage.tasks.security.path_security import (
        get_system_specific_dangerous_paths as get_system_specific_dangerous_paths,
    )
    from lineage.tasks.security.path_security import (
        is_potentially_dangerous_path as is_potentially_dangerous_path,
    )
    from lineage.tasks.security.path_security import (
        is_within_allowed_paths as is_within_allowed_paths,
    )
    from lineage.tasks.security.path_security import (
        normalize_and_validate_path as normalize_and_validate_path,
    )
    from lineage.tasks.security.path_security import (
        validate_path_security as validate_path_security,
    )
    from lineage.tasks.security.path_security import validate_paths as validate_paths

    __all__ = ["execution_log"]  # has another name there

__getattr__, __dir__ = Facade(__name__, __file__).hooks
