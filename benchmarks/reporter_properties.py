"""What it costs to ask a report while its run goes on, and to open a group of artifacts.

A reporter with 20 metrics and 10 operations is asked for its parts again and again, with nothing
added in between, and opens groups of artifacts. One metric added, which is one durable append,
stands beside it. CPU time is that of all threads.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median
from time import perf_counter, process_time

from record_run import project_with
from table import Row, medians_ms

from lineage.tasks import TaskReporter

METRICS = 20
OPERATIONS = 10
REPEATS = 20
KNOWN = "known"


def filled_reporter() -> TaskReporter:
    """Begin a run in the current folder and report metrics, operations and a group."""
    reporter = TaskReporter("t_asked", "test", "Asked on the way", "DATA/reports/t_asked.json")
    for number in range(METRICS):
        reporter.add_metric(f"metric {number}", number)
    for number in range(OPERATIONS):
        reporter.add_operation(f"operation {number}", details={"number": number})
    reporter.add_artifact_group(KNOWN, "opened once")
    return reporter


def ways(reporter: TaskReporter) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name."""
    numbers = count()
    return {
        "generate_report": reporter.generate_report,
        "metrics": lambda: reporter.metrics,
        "operations": lambda: reporter.operations,
        "artifact_groups": lambda: reporter.artifact_groups,
        "status": lambda: reporter.status,
        "add_artifact_group, known": lambda: reporter.add_artifact_group(KNOWN),
        "add_artifact_group, new": lambda: reporter.add_artifact_group(f"group {next(numbers)}"),
        "add_metric": lambda: reporter.add_metric("again", next(numbers)),
    }


def milliseconds(action: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the median wall time and CPU time of an action, after one call that is not counted."""
    action()
    walls, cpus = [], []
    for _ in range(repeats):
        began, cpu_began = perf_counter(), process_time()
        action()
        walls.append(perf_counter() - began)
        cpus.append(process_time() - cpu_began)
    return 1_000 * median(walls), 1_000 * median(cpus)


def small() -> Iterator[Row]:
    """Yield a row a way, beside one metric added."""
    with project_with(0), filled_reporter() as reporter:
        asked = ways(reporter)
        add_metric = asked.pop("add_metric")
        beside, *ours = medians_ms(add_metric, *asked.values())
    for name, taken in zip(asked, ours, strict=True):
        yield Row(name=name, ours=taken, beside=beside, beside_name="add_metric")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--earlier", type=int, default=0, help="runs in the history before")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="calls of each kind")
    arguments = parser.parse_args()
    with project_with(arguments.earlier), filled_reporter() as reporter:
        print(f"\n{'ms a call':<26} {'wall':>8} {'CPU':>8}")
        for name, action in ways(reporter).items():
            wall, cpu = milliseconds(action, arguments.repeats)
            print(f"{name:<26} {wall:8.2f} {cpu:8.2f}")


if __name__ == "__main__":
    main()
