"""The task framework: what people subclass and call to run work with a history.

One module per class or noun. A task turns its configuration and operations into commands; it
keeps no state that the ledger does not have.
"""

from lineage.domain.process import ErrorThreshold
from lineage.execution_log import functions as execution_log
from lineage.execution_log.functions import (
    DEFAULT_EXECUTION_LOG_PATH,
    DEFAULT_LOCK_TIMEOUT,
    ExecutionLogError,
    ProgressManagerProtocol,
    cleanup_old_executions,
    export_execution_log,
    find_latest_execution,
    find_producers,
    find_task_by_output,
    get_task_execution_history,
    import_execution_log,
    initialize_execution_log,
    record_task_execution,
    remove_execution_record,
    track_input_files,
    track_output_files,
    update_execution_record,
    validate_execution_log,
)
from lineage.kernel.errors import (
    MaxRetriesExceededError,
    OperationCancelledError,
    OperationTimeoutError,
    ReportingError,
)
from lineage.processes.manager import (
    ProcessSummaryManager,
    create_process_summary,
    save_process_summary,
)
from lineage.processes.summary import ProcessSummary
from lineage.tasks.checkpoints.manager import TaskContextManager
from lineage.tasks.config.config import TaskConfig, find_project_root, load_task_config
from lineage.tasks.config.task_paths import find_previous_output, find_task_report
from lineage.tasks.config.values import TaskScope
from lineage.tasks.dependencies.manager import StaleDependency, TaskDependencyManager
from lineage.tasks.dependencies.values import TaskDependency
from lineage.tasks.durations import format_execution_time
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.executor import TaskOperationExecutor
from lineage.tasks.execution.retry_rules import RetryPolicy
from lineage.tasks.lifecycle.base_task import BaseTask
from lineage.tasks.lifecycle.directories import DirectoryManager
from lineage.tasks.progress import TaskProgressManager, create_task_progress_manager
from lineage.tasks.registry.metadata import get_task_metadata
from lineage.tasks.registry.registry import (
    TaskRegistry,
    create_task_instance,
    discover_task_classes,
    get_task_class,
    list_registered_tasks,
    register_discovered_tasks,
    register_task_class,
)
from lineage.tasks.reporting.reporter import ArtifactGroup, TaskReporter
from lineage.tasks.security.encryption import EncryptionManager
from lineage.tasks.security.encryption_settings import EncryptionMode
from lineage.tasks.security.path_security import (
    PathSecurityError,
    ensure_secure_directory,
    get_system_specific_dangerous_paths,
    is_potentially_dangerous_path,
    is_within_allowed_paths,
    normalize_and_validate_path,
    validate_path_security,
    validate_paths,
)

__all__ = [
    "DEFAULT_EXECUTION_LOG_PATH",
    "DEFAULT_LOCK_TIMEOUT",
    "ArtifactGroup",
    "BaseTask",
    "CancellationToken",
    "DirectoryManager",
    "EncryptionManager",
    "EncryptionMode",
    "ErrorThreshold",
    "ExecutionLogError",
    "MaxRetriesExceededError",
    "OperationCancelledError",
    "OperationTimeoutError",
    "PathSecurityError",
    "ProcessSummary",
    "ProcessSummaryManager",
    "ProgressManagerProtocol",
    "ReportingError",
    "RetryPolicy",
    "StaleDependency",
    "TaskConfig",
    "TaskContextManager",
    "TaskDependency",
    "TaskDependencyManager",
    "TaskOperationExecutor",
    "TaskProgressManager",
    "TaskRegistry",
    "TaskReporter",
    "TaskScope",
    "cleanup_old_executions",
    "create_process_summary",
    "create_task_instance",
    "create_task_progress_manager",
    "discover_task_classes",
    "ensure_secure_directory",
    "execution_log",
    "export_execution_log",
    "find_latest_execution",
    "find_previous_output",
    "find_producers",
    "find_project_root",
    "find_task_by_output",
    "find_task_report",
    "format_execution_time",
    "get_system_specific_dangerous_paths",
    "get_task_class",
    "get_task_execution_history",
    "get_task_metadata",
    "import_execution_log",
    "initialize_execution_log",
    "is_potentially_dangerous_path",
    "is_within_allowed_paths",
    "list_registered_tasks",
    "load_task_config",
    "normalize_and_validate_path",
    "record_task_execution",
    "register_discovered_tasks",
    "register_task_class",
    "remove_execution_record",
    "save_process_summary",
    "track_input_files",
    "track_output_files",
    "update_execution_record",
    "validate_execution_log",
    "validate_path_security",
    "validate_paths",
]
