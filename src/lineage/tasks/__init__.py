"""The task framework: what people subclass and call to run work with a history.

One module a class or noun. A task turns its configuration and operations into commands; it
keeps no state of its own that the ledger does not have.
"""

from lineage.tasks.base_task import BaseTask
from lineage.tasks.config import TaskConfig
from lineage.tasks.directories import DirectoryManager
from lineage.tasks.executor import TaskOperationExecutor
from lineage.tasks.progress import TaskProgressManager, create_task_progress_manager
from lineage.tasks.reporter import ArtifactGroup, TaskReporter

__all__ = [
    "ArtifactGroup",
    "BaseTask",
    "DirectoryManager",
    "TaskConfig",
    "TaskOperationExecutor",
    "TaskProgressManager",
    "TaskReporter",
    "create_task_progress_manager",
]
