"""What the executor adds to an operation that does nothing, in each way of executing it.

An operation costs two durable appends: its start and its end. Two bare appends stand beside it, and
the same after many earlier runs shows whether the history matters. An operation in a process is
measured from its start on record to its end on record. LINEAGE_LEDGER=memory:// leaves the disk
out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

from record_run import milliseconds, project_with
from table import Row

from lineage.events import OperationReported
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskOperationExecutor
from ops.base import BaseOperation
from ops.result import OperationResult

EARLIER = (0, 100_000)
BATCH = 20
PROCESSES = 2
BARE = "two bare appends"


class NoOperation(BaseOperation):
    """Does nothing."""

    def execute(self) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Succeed."""
        return OperationResult()


class Overhead:
    """A run on which operations that do nothing are executed.

    Args:
        project: Where it is.
    """

    def __init__(self, project: Project) -> None:
        self.recorder = RunRecorder(project, "t_idle")
        self.recorder.begin(run_started(task_type="nothing", description="", report_path="r.json"))
        self.executor = TaskOperationExecutor(self.recorder)
        self.several = [NoOperation() for _ in range(BATCH)]

    def two_appends(self) -> None:
        """Append two events, each durably."""
        for _ in range(2):
            self.recorder.observe(OperationReported(name="x", status="y"))  # type: ignore[arg-type]  # the bare minimum

    def ways(self) -> dict[str, tuple[Callable[[], object], int]]:
        """Return each way of executing with the number of operations of one call."""
        run = self.executor
        return {
            BARE: (self.two_appends, 1),
            "execute_operation": (lambda: run.execute_operation(NoOperation()), 1),
            "  with a timeout": (lambda: run.execute_operation(NoOperation(), timeout=60), 1),
            "execute_with_retry": (lambda: run.execute_with_retry(NoOperation()), 1),
            "execute_operations": (lambda: run.execute_operations(self.several), BATCH),
            "  parallel, 2 threads": (
                lambda: run.execute_operations_parallel(self.several, max_workers=2),
                BATCH,
            ),
        }

    def in_processes(self) -> tuple[float, float]:
        """Return milliseconds an operation in a process, and to start and end two processes."""
        began = perf_counter()
        results = self.executor.execute_operations_parallel(
            self.several, max_workers=PROCESSES, use_processes=True
        )
        whole = perf_counter() - began
        times = [result.execution_time or 0.0 for result in results.values()]
        return 1_000 * median(times), 1_000 * (whole - sum(times) / PROCESSES)


def measure(earlier: int, repeats: int) -> dict[str, float]:
    """Return milliseconds an operation for each way, after so many earlier runs."""
    with project_with(earlier) as folder, Project(folder) as project:
        overhead = Overhead(project)
        figures = {
            name: milliseconds(act, max(repeats // count, 3)) / count
            for name, (act, count) in overhead.ways().items()
        }
        in_process, start = overhead.in_processes()
    figures |= {"  parallel, 2 processes": in_process, "start of 2 processes": start}
    return figures


def small() -> Iterator[Row]:
    """Measure it quickly, without earlier runs."""
    figures = measure(0, repeats=40)
    for name, ours in figures.items():
        if name != BARE and "processes" not in name:
            yield Row(
                name=f"an operation, {name.strip()}",
                ours=ours,
                beside=figures[BARE],
                beside_name=BARE,
            )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=EARLIER[-1], help="most earlier runs")
    parser.add_argument("--repeats", type=int, default=200, help="operations of each kind")
    arguments = parser.parse_args()
    columns = [measure(runs, arguments.repeats) for runs in (0, arguments.largest)]
    print(f"\nms an operation          0 runs   {arguments.largest:>7,} runs before")
    for name, first in columns[0].items():
        print(f"{name:<24} {first:7.2f}   {columns[1][name]:7.2f}")


if __name__ == "__main__":
    main()
