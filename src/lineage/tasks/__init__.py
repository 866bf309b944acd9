"""The task framework: what people subclass and call to run work with a history.

One module a class or noun. A task turns its configuration and operations into commands; it
keeps no state of its own that the ledger does not have.
"""

from lineage.domain.process import ErrorThreshold
from lineage.tasks.base_task import BaseTask
from lineage.tasks.config import TaskConfig
from lineage.tasks.directories import DirectoryManager
from lineage.tasks.executor import TaskOperationExecutor
from lineage.tasks.process_summary import ProcessSummary
from lineage.tasks.process_summary_manager import (
    ProcessSummaryManager,
    create_process_summary,
    save_process_summary,
)
from lineage.tasks.progress import TaskProgressManager, create_task_progress_manager
from lineage.tasks.reporter import ArtifactGroup, TaskReporter

__all__ = [
    "ArtifactGroup",
    "BaseTask",
    "DirectoryManager",
    "ErrorThreshold",
    "ProcessSummary",
    "ProcessSummaryManager",
    "TaskConfig",
    "TaskOperationExecutor",
    "TaskProgressManager",
    "TaskReporter",
    "create_process_summary",
    "create_task_progress_manager",
    "save_process_summary",
]
