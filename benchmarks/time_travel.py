"""Measure what the past costs: folding it into memory, and replaying a long run.

Usage: python benchmarks/time_travel.py [--events 1000000]

A ledger gets one run of many events, and late ones among them: every hundredth event belongs to
a counted process and says that it happened before the run began. Beside the questions stands a
loop that only reads the run's events back.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from started_run import STARTED
from table import Row, medians_ms

from lineage.events import Event, MetricRecorded, ProcessCheckpointed, ProcessStarted
from lineage.kernel.clock import SteppingClock
from lineage.kernel.host import peak_memory_mb
from lineage.ledger import Ledger
from projections import Projector
from projections.documents.replay import replay

BATCH = 9_900
LATE = 100
SMALL = 20_000


def append(ledger: Ledger, events: int) -> None:
    """Append the run, and between its batches what the process says late."""
    clock = SteppingClock()
    early = clock.now() - timedelta(days=1)
    begun = ProcessStarted(run_name="r", process_name="p", session_id=1, occurred_at=early)
    streams: dict[str, int] = {"run:r1": 0, "process:p": 0}

    def put(stream: str, batch: list[Event], run: str | None) -> None:
        ledger.append(stream, batch, expected_version=streams[stream], run=run)
        streams[stream] += len(batch)

    put("process:p", [begun], None)
    put("run:r1", [STARTED], "r1")
    while sum(streams.values()) < events:
        first = streams["run:r1"]
        metrics: list[Event] = [
            MetricRecorded(operation=None, category="c", name=f"m{i}", value=i)
            for i in range(first, first + BATCH)
        ]
        put("run:r1", metrics, "r1")
        put("process:p", [ProcessCheckpointed(occurred_at=early)] * LATE, None)


def measured(name: str, act: Callable[[], int]) -> None:
    """Print how long something took, and the most memory the process has held so far."""
    began = time.perf_counter()
    count = act()
    seconds = time.perf_counter() - began
    peak_mb = peak_memory_mb()
    rate = f"{count / seconds:,.0f}/s"
    print(f"{name:32} {count:>10,} events {seconds:>7.2f} s {rate:>12} {peak_mb:>7.0f} MiB")


def folded(projector: Projector, **asked: object) -> int:
    """Fold a past and return how many events it has."""
    with projector.as_of(asked.get("as_of"), as_known_at=asked.get("as_known_at")) as catalog:  # type: ignore[arg-type]  # either kind
        return int(catalog.value("select count(*) from events"))


def small() -> Iterator[Row]:
    """Yield rows for a shorter ledger."""
    with ledger_of(SMALL) as (ledger, projector):
        works = pasts(ledger, projector)
        baseline, *names = works
        beside, *ours = medians_ms(*works.values(), repeats=3)
    for name, taken in zip(names, ours, strict=True):
        yield Row(name=name, ours=taken, beside=beside, beside_name=baseline)


@contextmanager
def ledger_of(events: int) -> Iterator[tuple[Ledger, Projector]]:
    """Yield a new ledger with so many events, and its projector."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{Path(folder).resolve() / 'ledger.db'}"
        with Ledger(url, clock=SteppingClock(), actor="b@h") as ledger:
            append(ledger, events)
            yield ledger, Projector(ledger, Path(folder) / "catalog.duckdb")


def pasts(ledger: Ledger, projector: Projector) -> dict[str, Callable[[], int]]:
    """Return what is measured by name, the baseline first."""
    half = ledger.head() // 2
    middle = next(ledger.read(after=half, until=half + 1)).recorded_at
    start = next(ledger.read(until=1)).recorded_at
    return {
        "read the run back": lambda: sum(1 for _ in ledger.iter_stream("run:r1")),
        "replay the run": lambda: sum(1 for _ in replay(ledger, "r1")),
        "as known at the middle": lambda: folded(projector, as_known_at=middle),
        "as of the middle": lambda: folded(projector, as_of=middle),
        "as of the start, late events": lambda: folded(projector, as_of=start),
    }


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the ledger")
    events = parser.parse_args().events
    with ledger_of(events) as (ledger, projector):
        for name, act in pasts(ledger, projector).items():
            measured(name, act)


if __name__ == "__main__":
    main()
