"""What keeping and restoring the state of a run costs, and what survives a kill.

Three questions: one automatic checkpoint and one restore with few and with many earlier runs; a
state of 1 KB to 100 MB beside the same bytes written and flushed as a bare file; and how many of
the checkpoints that were acknowledged before a kill -9 are there and whole after it. The reference
figures are of the framework whose contract this one keeps.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from record_run import milliseconds, project_with
from table import Row, medians_ms

from lineage.kernel import files
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskContextManager

EARLIER = (0, 100_000)
SIZES = (1_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
SMALL = (1_000, 1_000_000)
RUNS_WITH_CHECKPOINTS = 100
REPEATS = 50
REFERENCE = "reference: 6 of 12 kills leave a broken file as the latest checkpoint"
CHILD = "import checkpoints; checkpoints.keep_and_say({size})"


def begin(project: Project) -> TaskContextManager:
    """Begin a run and return its checkpoints."""
    recorder = RunRecorder(project, "t_kept")
    recorder.begin(run_started(task_type="test", description="", report_path="DATA/r.json"))
    return TaskContextManager(recorder)


def with_history(earlier: list[int]) -> None:
    """Print what one checkpoint costs, however many runs and checkpoints there were before."""
    print(
        f"\n{'earlier runs':>14} {'first':>9} {'automatic':>11} {'restore':>9} {'can resume':>11}"
    )
    for runs in earlier:
        with project_with(runs) as folder, Project(folder) as project:
            for _ in range(RUNS_WITH_CHECKPOINTS if runs else 0):
                manager = begin(project)
                for number in range(12):
                    manager.create_automatic_checkpoint(number, {"rows": number})
            manager = begin(project)
            began = perf_counter()
            manager.create_automatic_checkpoint(0, {})
            first = (perf_counter() - began) * 1_000
            figures = [
                milliseconds(lambda m=manager: m.create_automatic_checkpoint(1, {}), REPEATS),
                milliseconds(manager.restore_execution_state, REPEATS),
                milliseconds(manager.can_resume_execution, REPEATS),
            ]
        print(f"{runs:>14,} {first:>6.2f} ms", *(f"{f:>8.2f} ms" for f in figures))


def by_size() -> None:
    """Print what states of several sizes cost, beside the bare bytes."""
    print(f"\n{'state':>12} {'save':>11} {'restore':>11} {'bare file':>11}")
    with project_with(0) as folder, Project(folder) as project:
        manager = begin(project)
        for size in SIZES:
            rows = ["x" * 90] * (size // 93)
            repeats = 3 if size > SIZES[-3] else 20
            content = b"x" * size
            figures = [
                milliseconds(lambda r=rows: manager.save_execution_state({"rows": r}), repeats),
                milliseconds(manager.restore_execution_state, repeats),
                milliseconds(lambda c=content: files.write_bytes(folder / "bare", c), repeats),
            ]
            print(f"{size:>10,} B", *(f"{f:>8.2f} ms" for f in figures))


def keep_and_say(size: int) -> None:
    """Keep numbered states without end and print each number, for the process that kills."""
    with Project(Path.cwd()) as project:
        manager = begin(project)
        for number in range(1, 1_000_000):
            manager.current_state = {"number": number, "rows": "x" * size}
            manager.create_automatic_checkpoint(number, {})
            print(number, flush=True)


def kills(trials: int) -> None:
    """Print how many acknowledged checkpoints are whole after as many kills."""
    print(f"\n{'state':>12} {'kills':>6} {'newest whole':>13} {'lost':>5}")
    for size in (100_000, 3_000_000):
        outcomes = [_kill(size, 0.0007 * trial) for trial in range(trials)]
        print(f"{size:>10,} B {trials:>6} {sum(outcomes):>13} {trials - sum(outcomes):>5}")
    print(f"  {REFERENCE}")


def _kill(size: int, delay_s: float) -> bool:
    """Kill a process that keeps states and tell whether its newest one comes back whole."""
    with project_with(0) as folder:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(size=size)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        assert child.stdout is not None
        numbers = [child.stdout.readline()]
        time.sleep(delay_s)
        child.send_signal(signal.SIGKILL)
        numbers += child.communicate()[0].split()
        with Project(folder) as project:
            state = TaskContextManager.of_task(project, "t_kept").restore_execution_state()
    newest = int(numbers[-1])
    return state["number"] in {newest, newest + 1} and len(state["rows"]) == size


def small() -> Iterator[Row]:
    """Yield rows for a small and a large state."""
    with project_with(0) as folder, Project(folder) as project:
        manager = begin(project)
        for size in SMALL:
            rows, content = ["x" * 90] * (size // 93), b"x" * size
            save, restore, bare = medians_ms(
                lambda r=rows: manager.save_execution_state({"rows": r}),
                manager.restore_execution_state,
                lambda c=content: files.write_bytes(folder / "bare", c),
            )
            beside = "the bytes as a bare file"
            name = f"a state of {size:,} bytes"
            yield Row(name=f"saving {name}", ours=save, beside=bare, beside_name=beside)
            yield Row(name=f"restoring {name}", ours=restore, beside=bare, beside_name=beside)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=EARLIER[-1], help="most earlier runs")
    parser.add_argument("--kills", type=int, default=20, help="processes killed for each size")
    arguments = parser.parse_args()
    with_history([runs for runs in EARLIER if runs <= arguments.largest])
    by_size()
    kills(arguments.kills)


if __name__ == "__main__":
    main()
