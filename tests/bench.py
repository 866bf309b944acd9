"""A run that has begun, on which tests of the executor try operations."""

from __future__ import annotations

from typing import Any

from small_tasks import last

from lineage.events import OperationSucceeded
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskOperationExecutor
from ops import BaseOperation, DataSource, OperationResult, OperationStatus


class NoChance:
    """Chance that always draws the middle, or as far from it as a test wants.

    Args:
        share: 0 is the lowest number, 1 the highest.
    """

    def __init__(self, share: float = 0.5) -> None:
        self.share = share

    def between(self, low: float, high: float) -> float:
        """Return the number at the share."""
        return low + self.share * (high - low)


class Bench:
    """A run of t_one that takes operations, with the dataset "people".

    Args:
        project: Where it is.
        options: Of the executor.
    """

    def __init__(self, project: Project, **options: Any) -> None:
        self.project = project
        self.recorder = RunRecorder(project, "t_one")
        started = run_started(task_type="test", description="", report_path="DATA/reports/r.json")
        self.recorder.begin(started)
        self.executor = TaskOperationExecutor(self.recorder, **options)
        self.source = DataSource.from_files({"people": project.root / "DATA/raw/people.csv"})
        self.task_dir = project.root / "DATA/processed/t_one"
        self.task_dir.mkdir(parents=True, exist_ok=True)

    def params(self, **more: object) -> dict[str, Any]:
        """Return what a task hands to its operations."""
        return {"data_source": self.source, "task_dir": self.task_dir, **more}

    def __call__(self, operation: BaseOperation, **params: object) -> OperationResult:
        """Execute an operation in the folder of task t_one."""
        return self.executor.execute_operation(operation, self.params(**params))

    def retry(self, operation: BaseOperation, **options: Any) -> OperationResult:
        """Execute an operation with retries."""
        return self.executor.execute_with_retry(operation, self.params(), **options)

    def batch(self, *operations: BaseOperation, **options: Any) -> dict[str, OperationResult]:
        """Execute operations one after the other."""
        return self.executor.execute_operations(operations, self.params(), **options)

    def parallel(self, *operations: BaseOperation, **options: Any) -> dict[str, OperationResult]:
        """Execute operations side by side."""
        return self.executor.execute_operations_parallel(operations, self.params(), **options)

    def key(self, operation: BaseOperation, **params: object) -> str:
        """Execute an operation that succeeds, in a run of its own, and return its key."""
        assert Bench(self.project)(operation, **params).status is OperationStatus.SUCCESS
        key: str = last(self.project, OperationSucceeded).key
        return key

    def topics(self) -> list[str]:
        """Return the type words of the operations' events, in order."""
        stream = self.project.ledger.read_stream(f"run:{self.recorder.run_id}")
        return [r.event.TOPIC for r in stream if r.event.TOPIC.startswith("operation.")]
