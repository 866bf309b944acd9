"""How fast the ledger appends and reads, beside bare `sqlite3` doing the same inserts.

The bare table has the ledger's columns, its uniqueness and its settings (WAL,
`synchronous=full`), but neither guards nor index, and its rows are made beforehand: no event, no
validation, no JSON. What is left between the two columns is the price of a fact over a row.

Both are measured in turn, several times, and the median counts. What is done in `/dev/shm` waits
for no disk. Writers of several processes have a stream each; the bare ones wait for each other by
SQLite's own busy timeout.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import multiprocessing
import pstats
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path

from table import Row, medians_ms, show

from lineage.domain import RUN
from lineage.domain.run import BeginRun, Observe
from lineage.events import MetricRecorded, RunStarted
from lineage.ledger import Ledger, Session

BATCH = 10_000
BUFFER = 1_000
WRITERS = (4, 16)
WAIT_S = 60
MEMORY = Path("/dev/shm")  # noqa: S108  # where there is no disk to wait for
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
        self.bare = open_bare(folder / "bare.db")
        self.bare.execute(TABLE)
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


class Writers:
    """Processes that append durably at once, each to a stream of its own.

    Args:
        folder: Where both files are made.
        writers: How many processes.
        single: How many events they append together.
    """

    def __init__(self, folder: Path, *, writers: int, single: int) -> None:
        context = multiprocessing.get_context("forkserver")
        self._start, self._end = (context.Barrier(writers + 1) for _ in "se")
        self._is_bare = context.Value("b", 0)
        self._count = single // writers
        with closing(open_bare(folder / "bare-writers.db")) as bare:
            bare.execute(TABLE)
        arguments = (folder, self._count, self._is_bare, self._start, self._end)
        self._processes = [
            context.Process(target=write, args=(number, *arguments), daemon=True)
            for number in range(writers)
        ]
        for process in self._processes:
            process.start()
        self._end.wait()  # until all are ready

    def case(self) -> Case:
        """Return what is measured."""
        writers = len(self._processes)
        return Case(
            name=f"append, {writers} writers",
            ours=lambda: self._turn(is_bare=False),
            bare=lambda: self._turn(is_bare=True),
            events=self._count * writers,
        )

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.terminate()
            process.join()

    def _turn(self, *, is_bare: bool) -> None:
        self._is_bare.value = is_bare
        self._start.wait()
        self._end.wait()


def write(  # the arguments of a process
    number: int, folder: Path, count: int, is_bare: Synchronized[int], start: Barrier, end: Barrier
) -> None:
    """Append to one stream whenever all writers start, to the one file or the other."""
    stream = f"run:{number}"
    row = (None, stream, "metric.recorded", 1, 0, "x", stream, "t_1", None, metric(1).to_payload())
    versions = itertools.count(1)
    with (
        Ledger(f"sqlite://{folder}/writers.db", actor="bench@host") as ledger,
        closing(open_bare(folder / "bare-writers.db")) as bare,
    ):
        session = Session(ledger, RUN, stream, run=stream, task="t_1")
        session.handle(BeginRun(started=STARTED))
        while True:
            end.wait()
            start.wait()
            for _ in range(count):
                if is_bare.value:
                    bare.execute("begin immediate")
                    bare.execute(ROW, (*row[:2], next(versions), *row[2:]))
                    bare.execute("commit")
                else:
                    session.handle(Observe(facts=(metric(1),)))


def open_bare(file: Path) -> sqlite3.Connection:
    """Open a file with the settings of a ledger."""
    bare = sqlite3.connect(file, isolation_level=None, timeout=WAIT_S)
    bare.execute("pragma journal_mode = wal")
    bare.execute("pragma synchronous = full")
    return bare


def cases(*, events: int, single: int) -> Iterator[Case]:
    """Yield what is measured, in a folder that is there until the next."""
    for where in (None, MEMORY):
        if where is not None and not where.is_dir():
            return
        note = "" if where is None else ", no disk"
        count = single if where is None else 10 * single
        with ExitStack() as opened:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=where)))
            for number in WRITERS:
                inner = folder / str(number)
                inner.mkdir()
                writers = Writers(inner, writers=number, single=count)
                case = opened.enter_context(closing(writers)).case()
                yield replace(case, name=f"{case.name}{note}")
                writers.close()
            bench = opened.enter_context(closing(Bench(folder, events=events, single=count)))
            for case in bench.cases():
                if where is None or case.name.startswith("append"):
                    yield replace(case, name=f"{case.name}{note}")


def rows(*, events: int, single: int, repeats: int = 5) -> Iterator[Row]:
    """Measure both sides of each case in turn."""
    for case in cases(events=events, single=single):
        ours, bare = (
            1000 * case.events / taken_ms
            for taken_ms in medians_ms(case.ours, case.bare, repeats=repeats)
        )
        yield Row(
            name=case.name, ours=ours, beside=bare, beside_name="bare sqlite3", unit="events/s"
        )


def small() -> Iterable[Row]:
    """Return the rows of a small measurement."""
    return rows(events=5_000, single=64)


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
    parser.add_argument("--repeats", type=int, default=5, help="the median of so many counts")
    parser.add_argument("--profile", type=int, metavar="N", help="top N costs in place of rates")
    options = parser.parse_args()
    if options.profile is None:
        show(rows(events=options.events, single=options.single, repeats=options.repeats))
        return
    for case in cases(events=options.events, single=options.single):
        profile(case, options.profile)


if __name__ == "__main__":
    main()
