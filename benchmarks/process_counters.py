"""What counting costs: a million increments, saves with a long history, taking it up again.

The baseline is a class with plain attributes, as the format's first implementation had it: no
lock, no checks, nothing kept.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from table import Row, medians_ms

from lineage.processes.manager import save_process_summary
from lineage.processes.summary import ProcessSummary
from lineage.project import Project

TASKS = 8
SAVES_MEASURED = 50
SMALL = 100_000
SMALL_HISTORY = 500


class PlainCounters:
    """Counters that nothing protects and nobody keeps."""

    def __init__(self) -> None:
        self.items_processed = 0
        self.items_successful = 0
        self.items_failed = 0
        self.items_retried = 0
        self.bytes_processed = 0

    def increment_items(
        self,
        processed: int = 0,
        successful: int = 0,
        failed: int = 0,
        retried: int = 0,
        bytes_count: int = 0,
    ) -> None:
        """Add to the counters."""
        self.items_processed += processed
        self.items_successful += successful
        self.items_failed += failed
        self.items_retried += retried
        self.bytes_processed += bytes_count


def increments(counters: PlainCounters | ProcessSummary, number: int) -> float:
    """Return the seconds that increments take in a plain loop."""
    began = perf_counter()
    for _ in range(number):
        counters.increment_items(processed=1, successful=1, bytes_count=1024)
    seconds = perf_counter() - began
    assert counters.items_processed == number
    return seconds


def increments_by_tasks(summary: ProcessSummary, number: int) -> float:
    """Return the seconds that increments by 8 tasks take while others save all the time."""

    async def count() -> None:
        for done in range(number // TASKS):
            summary.increment_items(processed=1, successful=1, bytes_count=1024)
            if done % 1_000 == 0:
                await asyncio.sleep(0)

    async def run() -> None:
        counting = asyncio.gather(*(count() for _ in range(TASKS)))
        while not counting.done():
            await save_process_summary(summary)
        await counting

    began = perf_counter()
    asyncio.run(run())
    seconds = perf_counter() - began
    assert summary.items_processed == number // TASKS * TASKS
    return seconds


def saves(project: Project, history: int) -> tuple[float, float]:
    """Return the seconds of one save after that many, and of taking the process up again."""
    name = f"saved {history} times"
    summary = ProcessSummary("p", name, project=project)
    durations = []
    for _ in range(history + SAVES_MEASURED):
        summary.increment_items(processed=100, successful=99, failed=1)
        summary.checkpoint()
        began = perf_counter()
        summary.save()
        durations.append(perf_counter() - began)
    began = perf_counter()
    again = ProcessSummary("p", name, project=project)
    assert again.items_processed == 100 * (history + SAVES_MEASURED)
    return median(durations[history:]), perf_counter() - began


def measure(project: Project, number: int) -> Iterator[tuple[str, str]]:
    """Yield what was measured and the result."""
    plain = increments(PlainCounters(), number)
    yield f"{number:,} increments, plain attributes (baseline)", f"{plain:.3f} s"
    counted = increments(ProcessSummary("p", "alone", project=project), number)
    yield f"{number:,} increments", f"{counted:.3f} s ({counted / plain:.1f} x)"
    shared = increments_by_tasks(ProcessSummary("p", "shared", project=project), number)
    yield f"{number:,} increments by {TASKS} tasks, saving all the time", f"{shared:.3f} s"
    for history in (0, 1_000, 10_000):
        save_s, again_s = saves(project, history)
        yield f"one save after {history:,}", f"{save_s * 1e3:.2f} ms"
        yield f"taking up a process with {history + SAVES_MEASURED:,} saves", f"{again_s:.3f} s"


def small() -> Iterator[Row]:
    """Yield rows for few increments and saves."""
    with tempfile.TemporaryDirectory() as folder, Project(Path(folder)) as project:
        counted, plain = medians_ms(
            lambda: increments(ProcessSummary("p", "alone"), SMALL),
            lambda: increments(PlainCounters(), SMALL),
        )
        name = f"{SMALL:,} increments of counters"
        yield Row(name=name, ours=counted, beside=plain, beside_name="plain attributes")
        save_s, again_s = saves(project, SMALL_HISTORY)
        name, beside = f"opening a process with {SMALL_HISTORY:,} saves", "one save"
        yield Row(name=name, ours=1000 * again_s, beside=1000 * save_s, beside_name=beside)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--increments", type=int, default=1_000_000)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="process_counters."))
    try:
        with Project(folder) as project:
            for name, result in measure(project, arguments.increments):
                print(f"{name:62}{result:>22}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
