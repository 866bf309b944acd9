"""What a run of a task that does nothing costs, in a process that goes on and in one of its own.

In a process that goes on, its own three appends stand beside it, each with the same number of
earlier runs: the history must not matter. A process of its own is compared with one that does
nothing, and `lineage run` in a project with a long history with the same in an empty project, by
the time of the processor and the most memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from statistics import median

from record_run import IdleTask, project_with
from table import Row, medians_ms, show

from lineage.events import Event
from lineage.ledger import Ledger
from lineage.project import Project
from lineage.recording.run_facts import environment, run_started

EARLIER = (0, 1_000, 4_500, 100_000)
LONG = 42_000
IDLE = """
from lineage.tasks import BaseTask


class Idle(BaseTask):
    def __init__(self):
        super().__init__("t_idle", "nothing", "Nothing")

    def configure_operations(self):
        pass
"""
RUN_IDLE = "import idle; task = idle.Idle(); assert task.run(), task.error"
OPERATIONS = 10


class BareAppends:
    """Appends what a run without operations records, and nothing else.

    Args:
        ledger: Where to.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._numbers = count(1)
        started = run_started(task_type="nothing", description="Nothing", report_path="r.json")
        self._facts: tuple[Event, ...] = (started, environment("0"))

    def of_a_run(self) -> None:
        """Append beginning, environment and an end, each durably."""
        self.append(*self._facts, self._facts[-1])

    def append(self, *facts: Event) -> None:
        """Append facts to a new stream, each durably."""
        stream = f"run:bare-{next(self._numbers)}"
        for version, fact in enumerate(facts):
            self._ledger.append(stream, [fact], expected_version=version, run=stream, task="t_bare")


def in_process(earlier: int, repeats: int) -> Iterator[Row]:
    """Measure runs of one process, beside their own appends."""
    with project_with(earlier) as folder, Project(folder) as project:
        bare = BareAppends(project.ledger)
        none, ten = IdleTask(project, 0), IdleTask(project, OPERATIONS)
        for warm_up in (none.run_well, ten.run_well, bare.of_a_run):
            warm_up()
        fact = environment("0")
        took_none, took_ten, its_appends, two_appends = medians_ms(
            none.run_well,
            ten.run_well,
            bare.of_a_run,
            lambda: bare.append(fact, fact),
            repeats=repeats,
        )
    yield Row(
        name=f"a run without operations, {earlier:,} earlier runs",
        ours=took_none,
        beside=its_appends,
        beside_name="its own 3 appends, bare",
    )
    yield Row(
        name=f"one of {OPERATIONS} operations, {earlier:,} earlier runs",
        ours=(took_ten - took_none) / OPERATIONS,
        beside=two_appends,
        beside_name="2 appends, bare",
    )


def own_process(repeats: int) -> Iterator[Row]:
    """Measure a process that runs one task, beside one that does nothing."""
    with project_with(0) as folder:
        make_idle(folder)
        ours, beside = in_turn(
            repeats,
            lambda: processed(sys.executable, "-c", RUN_IDLE),
            lambda: processed(sys.executable, "-c", "pass"),
        )
    yield Row(
        name="a process with one run: processor",
        ours=ours[0],
        beside=beside[0],
        beside_name="python -c pass",
    )


def with_long_history(earlier: int, repeats: int) -> Iterator[Row]:
    """Measure `lineage run` where there were many runs, beside the same in an empty project."""
    with project_with(earlier) as full:
        make_idle(full)
        with project_with(0) as empty:
            make_idle(empty)
            command = (sys.executable, "-m", "lineage", "run", "t_idle", "--project")
            ours, beside = in_turn(
                repeats,
                lambda: processed(*command, str(full)),
                lambda: processed(*command, str(empty)),
            )
    for index, (what, unit) in enumerate((("processor", "ms"), ("memory", "MiB"))):
        yield Row(
            name=f"lineage run, {earlier:,} earlier runs: {what}",
            ours=ours[index],
            beside=beside[index],
            beside_name="in an empty project",
            unit=unit,
        )


def make_idle(folder: Path) -> None:
    """Put a task that does nothing into a project."""
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "idle.py").write_text(IDLE)
    settings = {"project": "idle", "tasks": {"t_idle": "idle:Idle"}}
    (folder / "configs/prj_config.json").write_text(json.dumps(settings))


def in_turn(repeats: int, *works: Callable[[], tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the median figures of each work, taken in turn."""
    figures: list[list[tuple[float, float]]] = [[] for _ in works]
    for _ in range(repeats):
        for work, taken in zip(works, figures, strict=True):
            taken.append(work())
    return [(median(t for t, _ in taken), median(m for _, m in taken)) for taken in figures]


def processed(*command: str) -> tuple[float, float]:
    """Run a process; return milliseconds of processor time and the most MiB it held."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return 1_000 * (usage.ru_utime + usage.ru_stime), usage.ru_maxrss / 1_024


def rows(earlier: Iterable[int], long: int, repeats: int, processes: int) -> Iterator[Row]:
    """Measure all of it."""
    for runs in earlier:
        yield from in_process(runs, repeats)
    yield from own_process(processes)
    yield from with_long_history(long, processes)


def small() -> Iterator[Row]:
    """Measure it quickly."""
    return rows((0, 1_000), 2_000, repeats=5, processes=1)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=EARLIER[-1], help="most earlier runs")
    parser.add_argument("--repeats", type=int, default=15, help="how often a task is run")
    parser.add_argument("--processes", type=int, default=5, help="how often a process is")
    arguments = parser.parse_args()
    earlier = [runs for runs in EARLIER if runs <= arguments.largest]
    long = min(LONG, arguments.largest)
    show(rows(earlier, long, arguments.repeats, arguments.processes))


if __name__ == "__main__":
    main()
