"""How fast the ledger appends and reads, beside bare `sqlite3` doing the same inserts.

The bare table has the ledger's columns, its uniqueness and its settings (WAL,
`synchronous=full`), but neither guards nor index, and its rows are made beforehand: no event, no
validation, no JSON. What is left between the two columns is the price of a fact over a row.

Both are measured in turn, several times, and the fastest counts, since a shared disk varies.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import pstats
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from lineage.domain import RUN
from lineage.domain.run import BeginRun, Observe
from lineage.events import MetricRecorded, RunStarted
from lineage.ledger import Ledger, Session

BATCH = 10_000
BUFFER = 1_000
ROW = "insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
TABLE = """
create table events (
  position integer primary key autoincrement, stream text not null, version integer not null,
  type text not null, schema_version integer not null, recorded_at integer not null,
  actor text not null, run text, task text, causation integer, payload blob not null,
  unique (stream, version)
) strict
"""
STARTED = RunStarted(
    task_type="anonymization",
    description="Anonymize the customers of one day",
    task_version="1.4.2",
    product_version="0.1.0",
    script_path="/srv/privacy/tasks/anonymize_customers.py",
    report_path="DATA/reports/t_1_report.json",
    host="analysis-server",
    pid=4_000,
    process_started_at=1_750_000_000.25,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table.

    Attributes:
        name: What is done.
        ours: Does it with the ledger.
        bare: Does it with `sqlite3`.
        events: How many events each handles.
    """

    name: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    events: int


def metric(number: int) -> MetricRecorded:
    """Return the most frequent event of a run."""
    return MetricRecorded(operation=1, category="risk", name=f"m{number}", value=number)


class Bench:
    """A ledger and a bare file side by side, in one folder.

    Args:
        folder: Where both files are made.
        events: How many events the bulk measurements handle.
        single: How many events are committed one by one.
    """

    def __init__(self, folder: Path, *, events: int, single: int) -> None:
        self.ledger = Ledger(f"sqlite://{folder}/ledger.db", actor="bench@host")
        self.bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for statement in ("pragma journal_mode = wal", "pragma synchronous = full", TABLE):
            self.bare.execute(statement)
        self._streams = itertools.count()
        self._position = 0
        self._metrics = [metric(number) for number in range(events)]
        self._payloads = [event.to_payload() for event in self._metrics]
        self._single = single
        self._append("whole", BATCH)
        self._insert("whole", BATCH)

    def cases(self) -> Iterator[Case]:
        """Yield what is measured."""
        events = len(self._metrics)
        yield Case(
            name="append, one durable command each",
            ours=lambda: self._handle(self._single, durably=True),
            bare=lambda: self._insert(self._fresh(), 1, self._single),
            events=self._single,
        )
        yield Case(
            name="append, buffered commands",
            ours=lambda: self._handle(events, durably=False),
            bare=lambda: self._insert(self._fresh(), BUFFER),
            events=events,
        )
        yield Case(
            name="append, batches of 10,000",
            ours=lambda: self._append(self._fresh(), BATCH),
            bare=lambda: self._insert(self._fresh(), BATCH),
            events=events,
        )
        yield Case(
            name="read_stream",
            ours=lambda: self.ledger.read_stream("whole"),
            bare=self._fetch,
            events=events,
        )
        yield Case(
            name="fold a stream",
            ours=lambda: RUN.fold(e.event for e in self.ledger.iter_stream("whole")),
            bare=self._parse,
            events=events,
        )
        yield Case(
            name="read_arrow",
            ours=lambda: list(self.ledger.read_arrow(until=events)),
            bare=self._fetch,
            events=events,
        )

    def close(self) -> None:
        """Close both files."""
        self.ledger.close()
        self.bare.close()

    def _fresh(self) -> str:
        return f"run:{next(self._streams)}"

    def _handle(self, count: int, *, durably: bool) -> None:
        stream = self._fresh()
        session = Session(self.ledger, RUN, stream, run=stream, task="t_1")
        session.handle(BeginRun(started=STARTED))
        for number in range(count):
            session.handle(Observe(facts=(metric(number),)), durably=durably)
        session.flush()

    def _append(self, stream: str, size: int) -> None:
        for first in range(0, len(self._metrics), size):
            batch = self._metrics[first : first + size]
            self.ledger.append(stream, batch, expected_version=first, run=stream, task="t_1")

    def _insert(self, stream: str, size: int, count: int | None = None) -> None:
        payloads = self._payloads[:count]
        rows = [
            (position, stream, version, "metric.recorded", 1, 0, "x", stream, "t_1", None, payload)
            for version, (position, payload) in enumerate(
                zip(itertools.count(self._position + 1), payloads), 1
            )
        ]
        for first in range(0, len(rows), size):
            self.bare.execute("begin immediate")
            self.bare.executemany(ROW, rows[first : first + size])
            self.bare.execute("commit")
        self._position += len(rows)

    def _fetch(self) -> list[tuple[object, ...]]:
        found = self.bare.execute("select * from events where stream = 'whole' order by version")
        return found.fetchall()

    def _parse(self) -> int:
        return sum(len(json.loads(row[-1])) for row in self._fetch())


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def show(case: Case, repeats: int) -> None:
    """Measure both sides in turn and print a line of the table."""
    times = [(seconds(case.ours), seconds(case.bare)) for _ in range(repeats)]
    ours, bare = (case.events / min(side) for side in zip(*times, strict=True))
    print(f"{case.name:34}{ours:>12,.0f}{bare:>14,.0f}{ours / bare:>8.2f}", flush=True)


def profile(case: Case, lines: int) -> None:
    """Print what a measurement spends its time on."""
    profiler = cProfile.Profile()
    profiler.runcall(case.ours)
    print(f"\n-- {case.name}")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events of the bulk cases")
    parser.add_argument("--single", type=int, default=3_000, help="events committed one by one")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest of so many counts")
    parser.add_argument("--profile", type=int, metavar="N", help="top N costs in place of rates")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Bench(Path(folder), events=options.events, single=options.single)) as bench,
    ):
        if options.profile is None:
            print(f"{'events per second':34}{'ledger':>12}{'bare sqlite3':>14}{'ratio':>8}")
        for case in bench.cases():
            if options.profile is None:
                show(case, options.repeats)
            else:
                profile(case, options.profile)


if __name__ == "__main__":
    main()
