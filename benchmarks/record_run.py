"""What recording a run costs, however many runs there were before.

Four questions: one `record_task_execution` after 10 to 100,000 earlier runs, the same from 2 to
16 processes at once, what a task of 10 operations that do nothing costs an operation, and how
long it takes to take over an old project's log of 5,000 runs. The
reference figures are of the framework whose contract this one keeps; it holds its log in one
JSON file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from table import Row

from lineage.events import ArtifactWritten, DatasetRead, RunSucceeded
from lineage.execution_log import functions as log
from lineage.ledger import Ledger, NewEvents
from lineage.project import Project
from lineage.recording.run_facts import run_started
from lineage.tasks import BaseTask
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.progress import ProgressTracker
from ops.result import OperationResult, OperationStatus

EARLIER = (10, 1_000, 10_000, 100_000)
PROCESSES = (2, 4, 16)
RECORDINGS = 100
OPERATIONS = 10
TASKS = 40
IMPORTED = 5_000
BATCH = 1_000
REFERENCE_MS = {10: 1.8, 100: 5.6, 1_000: 47, 5_000: 269}
REFERENCE_TASK_S = {0: 0.04, 5_000: 4.75}
CHILD = "import record_run; record_run.record_and_say({recordings})"


class NoOperation(BaseOperation):
    """Does nothing."""

    def execute(
        self,
        data_source: DataSource,  # noqa: ARG002  # what every operation takes
        task_dir: Path,  # noqa: ARG002  # likewise
        progress_tracker: ProgressTracker | None = None,  # noqa: ARG002  # likewise
    ) -> OperationResult:
        """Succeed."""
        return OperationResult(status=OperationStatus.SUCCESS)


class IdleTask(BaseTask):
    """A task whose time is all overhead.

    Args:
        project: Where it runs.
        operations: How many operations it has.
    """

    def __init__(self, project: Project, operations: int) -> None:
        super().__init__("t_idle", "nothing", "Nothing, several times", project=project)
        self.count = operations

    def configure_operations(self) -> None:
        """Add the operations."""
        self.operations.clear()
        for number in range(self.count):
            self.add_operation(NoOperation(name=f"nothing {number}"))

    def run_well(self) -> None:
        """Run, and fail loudly if that does."""
        assert self.run(), self.error


def record() -> str:
    """Record one run as a program does."""
    return log.record_task_execution(
        "t_1",
        "profiling",
        success=True,
        execution_time=1.5,
        report_path=Path("DATA/reports/t_1_report.json"),
        input_datasets={"customers": "DATA/raw/customers.csv"},
        output_artifacts=[Path("DATA/processed/t_1/output/result.csv")],
    )


def record_and_say(recordings: int) -> None:
    """Record runs and print their ids and the seconds it took, for the process that counts."""
    record()
    print("ready", flush=True)
    sys.stdin.readline()
    began = perf_counter()
    ids = [record() for _ in range(recordings)]
    print(perf_counter() - began, *ids)


def fill(runs: int) -> None:
    """Append the histories of earlier runs, many to a transaction."""
    started = run_started(task_type="profiling", description="", report_path="r.json")
    read = DatasetRead(
        operation=None, name="a", uri="a.csv", sha256=None, size_bytes=None, format="csv"
    )
    written = ArtifactWritten(
        operation=None,
        artifact_type="csv",
        uri="b.csv",
        sha256=None,
        size_bytes=None,
        modified_at=None,
        description="",
        category="output",
    )
    events = (started, read, written, RunSucceeded(duration_s=1.5, peak_memory_mb=None))
    with Project(Path.cwd()) as project:
        for first in range(0, runs, BATCH):
            _append_runs(project.ledger, range(first, min(first + BATCH, runs)), events)


def _append_runs(ledger: Ledger, numbers: range, events: tuple[Any, ...]) -> None:
    ledger.append_all(
        [
            NewEvents(
                stream=f"run:{UUID(int=number)}",
                events=events,
                expected_version=0,
                run=str(UUID(int=number)),
                task=f"t_{number % TASKS}",
            )
            for number in numbers
        ]
    )


@contextmanager
def project_with(runs: int) -> Iterator[Path]:
    """Make a project with so many earlier runs the current folder."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            fill(runs)
            yield Path(folder)
        finally:
            os.chdir(before)


def milliseconds(action: Callable[[], object], repeats: int) -> float:
    """Return the median time of an action."""
    action()
    times = []
    for _ in range(repeats):
        began = perf_counter()
        action()
        times.append(perf_counter() - began)
    return median(times) * 1_000


def one_recording(earlier: list[int]) -> None:
    """Print what one recording costs."""
    print("\none record_task_execution      median      ratio")
    figures: dict[int, float] = {}
    for runs in earlier:
        with project_with(runs):
            figures[runs] = milliseconds(record, RECORDINGS)
        ratio = figures[runs] / figures[earlier[0]]
        print(f"  {runs:>7,} earlier runs      {figures[runs]:7.2f} ms   {ratio:5.2f}x")
    _print_reference(REFERENCE_MS, "ms")


def many_processes(earlier: int) -> None:
    """Print what recording from several processes at once costs, and check that none is lost."""
    print(f"\nprocesses at once, {RECORDINGS} each, {earlier:,} earlier runs")
    for count in PROCESSES:
        with project_with(earlier):
            seconds, acknowledged = _record_in(count)
            with Project(Path.cwd()) as project, project.catalog() as catalog:
                rows = catalog.rows("select task_run_id from execution_log where task_id = 't_1'")
            shown = {row["task_run_id"] for row in rows}
        lost = len(set(acknowledged) - shown)
        repeated = len(acknowledged) - len(set(acknowledged))
        rate = len(acknowledged) / seconds
        print(
            f"  {count:>3} processes  {seconds:6.2f} s  {rate:7.0f} runs/s  "
            f"{len(acknowledged)} acknowledged, {lost} lost, {repeated} ids twice"
        )
        assert not lost
        assert not repeated


def _record_in(count: int) -> tuple[float, list[str]]:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD.format(recordings=RECORDINGS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
    outputs = _go(children)
    seconds = max(float(output[0]) for output in outputs)
    return seconds, [run for output in outputs for run in output[1:]]


def _go(children: list[subprocess.Popen[str]]) -> list[list[str]]:
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    outputs = [child.communicate()[0].split() for child in children]
    assert [child.returncode for child in children] == [0] * len(children)
    return outputs


def ten_operations(earlier: list[int], repeats: int) -> None:
    """Print what a task of operations that do nothing costs, whole and an operation.

    A run costs something by itself (begin, report, execution log), so a task without operations
    is measured too: the difference is the overhead of an operation.
    """
    print(f"\na task of {OPERATIONS} operations")
    print(f"                            whole     of none  an operation     whole/{OPERATIONS}")
    figures: dict[int, float] = {}
    for runs in earlier:
        with project_with(runs) as folder, Project(folder) as project:
            ten = milliseconds(IdleTask(project, OPERATIONS).run_well, repeats)
            none = milliseconds(IdleTask(project, 0).run_well, repeats)
        figures[runs] = ten
        print(
            f"  {runs:>7,} earlier runs {ten:8.1f} ms {none:8.1f} ms "
            f"{(ten - none) / OPERATIONS:9.2f} ms {ten / OPERATIONS:9.2f} ms "
            f"{ten / figures[earlier[0]]:5.2f}x"
        )
    _print_reference(REFERENCE_TASK_S, "s")


def importing(runs: int) -> None:
    """Print what it takes to take over a log, and to do it again."""
    entries = [
        {
            "task_id": f"t_{number % TASKS}",
            "task_run_id": str(UUID(int=number + 1)),
            "timestamp": "2026-01-01T00:00:00",
            "success": True,
            "input_files": [{"name": "raw", "path": "DATA/raw/x.csv"}],
            "output_files": [{"path": f"DATA/{number}.csv", "type": "csv", "description": ""}],
        }
        for number in range(runs)
    ]
    with project_with(0):
        file = Path("old.json")
        file.write_text(json.dumps({"executions": entries}))
        took = []
        for _ in range(2):
            began = perf_counter()
            log.import_execution_log(file, merge=True)
            took.append(perf_counter() - began)
    print(f"\nimport of {runs:,} runs  {took[0]:.2f} s, again {took[1]:.2f} s")


def _print_reference(figures: dict[int, float], unit: str) -> None:
    first = next(iter(figures.values()))
    for runs, value in figures.items():
        print(f"  reference, {runs:>5,}: {value:>6} {unit}  {value / first:6.1f}x")


def small() -> Iterator[Row]:
    """Measure one recording quickly."""
    few, many = 10, 2_000
    figures = {}
    for runs in (few, many):
        with project_with(runs):
            figures[runs] = milliseconds(record, 20)
    yield Row(
        name=f"record_task_execution, {many:,} earlier runs",
        ours=figures[many],
        beside=figures[few],
        beside_name=f"{few} earlier runs",
    )


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=EARLIER[-1], help="most earlier runs")
    parser.add_argument("--repeats", type=int, default=10, help="times a task is run")
    arguments = parser.parse_args()
    earlier = [runs for runs in EARLIER if runs <= arguments.largest]
    one_recording(earlier)
    many_processes(earlier[-1])
    ten_operations([0, earlier[-1]], arguments.repeats)
    importing(IMPORTED)


if __name__ == "__main__":
    main()
