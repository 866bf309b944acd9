"""How fast the catalog is built from the ledger, and how fast it answers.

The baseline is what a projection in Python cannot avoid: fetch every row with `sqlite3` and
parse its JSON. Each measurement runs in a process of its own, so that its peak memory counts
nothing else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    EnvironmentCaptured,
    ErrorFact,
    Event,
    MetricRecorded,
    OperationFailed,
    OperationStarted,
    OperationSucceeded,
    RunFailed,
    RunStarted,
    RunSucceeded,
    WarningRaised,
)
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.host import peak_memory_mb
from lineage.ledger import Ledger
from lineage.ledger.envelope import NewEvents
from projections import Projector

from table import Row  # isort: skip  # beside this script

EVENTS_OF_A_RUN = 10
RUNS_OF_AN_APPEND = 500
CATCH_UP_EVENTS = 1_000
REPEATS = 5
COLUMNS = tuple(f"column_{i}" for i in range(12))
QUERIES = {
    "runs of one task": "select status, count(*) from runs where task_id = 't_7' group by status",
    "execution_log, count": "select count(*) from execution_log",
    "execution_log, newest 20": "select * from execution_log order by position desc limit 20",
    "messages, count": "select count(*) from messages",
    "messages, newest 20": "select * from messages order by position desc limit 20",
    "edges, count": "select count(*) from edges",
    "edges, newest 20": "select * from edges order by position desc limit 20",
    "metric_values, count": "select count(*) from metric_values",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row of the table.

    Attributes:
        name: What was done.
        seconds: How long it took: the median of five times, the fastest where it is short.
        cpu_seconds: Processor time of all threads, which other work on the machine leaves alone.
        events: How many events it handled; 0 where a rate says nothing.
        peak_mb: Most memory of its process, MiB.
    """

    name: str
    seconds: float
    cpu_seconds: float
    events: int = 0
    peak_mb: float = 0


def run_events(number: int) -> tuple[Event, ...]:
    """Return the history of one run: every twentieth warns, every fiftieth fails."""
    return (
        RunStarted(
            task_type="anonymization",
            description="Anonymize the customers of one day",
            task_version="1.4.2",
            product_version="0.1.0",
            script_path="/srv/privacy/tasks/anonymize_customers.py",
            report_path=f"DATA/reports/t_{number % 40}_report.json",
            host="analysis-server",
            pid=4_000 + number % 20_000,
            process_started_at=1_750_000_000.25,
            config_sha256=_digest(f"config {number % 40}"),
            seed=number,
        ),
        EnvironmentCaptured(
            os="Linux-6.1.0-x86_64-with-glibc2.36",
            python_version="3.11.9",
            user="privacy",
            machine="analysis-server",
            cpu_count=8,
            product_version="0.1.0",
            packages={"duckdb": "2.0.0", "pandas": "2.3.1", "pyarrow": "21.0.0"},
        ),
        OperationStarted(
            operation=1,
            name="generalize ages",
            class_name="ops.anonymize.generalize.GeneralizeOperation",
            code_version="1.0.0+9f2c",
            parameters={"columns": ["age", "postcode"], "k": 5, "step": 10},
            seed=number,
        ),
        DatasetRead(
            operation=1,
            name="customers",
            uri=f"DATA/raw/customers_{number % 365}.csv",
            sha256=_digest(f"raw {number}"),
            size_bytes=1_048_576 + number,
            format="csv",
            rows=10_000,
            columns=COLUMNS,
        ),
        *(
            MetricRecorded(operation=1, category="risk", name=name, value=value)
            for name, value in (("k", 5 + number % 7), ("uniqueness", {"max": 0.98, "min": 0.01}))
        ),
        _observation(number),
        ArtifactWritten(
            operation=1,
            artifact_type="parquet",
            uri=f"DATA/processed/t_{number % 40}/output/customers.parquet",
            sha256=_digest(f"output {number}"),
            size_bytes=524_288 + number,
            modified_at=datetime(2026, 1, 1, tzinfo=UTC),
            description="Anonymized customers",
            tags=("anonymized", "k-anonymity"),
            rows=10_000,
            columns=COLUMNS,
        ),
        *_endings(number),
    )


def _observation(number: int) -> Event:
    if number % 20 == 0:
        return WarningRaised(operation=1, name="generalize ages", message="12 rows suppressed")
    return MetricRecorded(operation=1, category="utility", name="loss", value=0.125)


def _endings(number: int) -> tuple[Event, Event]:
    if number % 50 == 0:
        error = ErrorFact(error_type="ops.RiskError", message="k is too low", traceback=("a:1 f",))
        return (
            OperationFailed(operation=1, duration_s=1.5, error=error),
            RunFailed(duration_s=1.75, peak_memory_mb=312.5, error=error),
        )
    return (
        OperationSucceeded(
            operation=1,
            status="success",
            duration_s=1.5,
            key=_digest(f"key {number}"),
            details={"rows": 10_000, "suppressed": 12},
        ),
        RunSucceeded(duration_s=1.75, peak_memory_mb=312.5),
    )


def _digest(text: str) -> str:
    return sha256_bytes(text.encode())


def append_runs(folder: Path, events: int, first: int = 0) -> Measured:
    """Append whole runs, 500 in a transaction."""
    with _ledger(folder) as ledger:
        began = _Clocks()
        last = first + events // EVENTS_OF_A_RUN
        for number in range(first, last, RUNS_OF_AN_APPEND):
            numbers = range(number, min(number + RUNS_OF_AN_APPEND, last))
            ledger.append_all([_run(number) for number in numbers])
        return _measured("append, 500 runs at a time", began, events)


def _run(number: int) -> NewEvents:
    return NewEvents(
        stream=f"run:{number:08}",
        events=run_events(number),
        expected_version=0,
        run=f"{number:08}",
        task=f"t_{number % 40}",
    )


def plain_loop(folder: Path, events: int) -> Measured:
    """Fetch every row and parse its payload, nothing more."""
    began = _Clocks()
    connection = sqlite3.connect(folder / "ledger.db")
    count = 0
    for row in connection.execute("select * from events order by position"):
        json.loads(row[-1])
        count += 1
    connection.close()
    assert count >= events
    return _measured("baseline: sqlite3 fetch + json.loads", began, events)


def read_arrow(folder: Path, events: int) -> Measured:
    """Read every event into Arrow tables."""
    with _ledger(folder) as ledger:
        began = _Clocks()
        assert sum(table.num_rows for table in ledger.read_arrow()) >= events
        return _measured("read_arrow", began, events)


def rebuild(folder: Path, events: int) -> Measured:
    """Build the catalog from the ledger, which makes its segments, and publish it."""
    shutil.rmtree(folder / "ledger.segments", ignore_errors=True)
    return _rebuilt("rebuild, segments made", folder, events)


def rebuild_from_segments(folder: Path, events: int) -> Measured:
    """Build the catalog from the segments, which are compared with the ledger, and publish it."""
    return _rebuilt("rebuild, segments compared", folder, events)


def build_from_segments(folder: Path, events: int) -> Measured:
    """Build the catalog from the segments without comparing, as after a new release."""
    (folder / "catalog.duckdb").unlink()
    with _projector(folder) as projector:
        began = _Clocks()
        projector.open().close()
        return _measured("build from segments, not compared", began, events)


def _rebuilt(name: str, folder: Path, events: int) -> Measured:
    with _projector(folder) as projector:
        began = _Clocks()
        assert projector.rebuild() >= events
        return _measured(name, began, events)


def as_of(folder: Path, events: int) -> Measured:
    """Fold the first half of the ledger in memory."""
    with _projector(folder) as projector:
        began = _Clocks()
        projector.as_of(events // 2).close()
        return _measured("as_of the middle", began, events // 2)


def catch_up(folder: Path, _: int) -> Measured:
    """Publish 1,000 new events, several times."""
    seconds = []
    for _ in range(REPEATS):
        with _ledger(folder) as ledger:
            first = ledger.head() // EVENTS_OF_A_RUN
        append_runs(folder, CATCH_UP_EVENTS, first)
        with _projector(folder) as projector:
            began = _Clocks()
            projector.open().close()
            seconds.append(began.passed())
    return _fastest(
        f"catch up with {CATCH_UP_EVENTS:,} events, published", seconds, CATCH_UP_EVENTS
    )


def ask(folder: Path, name: str) -> Measured:
    """Open the published catalog and answer one query, several times."""
    seconds = []
    with _projector(folder) as projector:
        for _ in range(REPEATS):
            began = _Clocks()
            with projector.open(is_own=True) as catalog:
                catalog.arrow(QUERIES[name])
            seconds.append(began.passed())
    return _fastest(f"open + {name}", seconds)


def ask_again(folder: Path, name: str) -> Measured:
    """Answer one query where this process has asked before and nothing is new."""
    seconds = []
    with _projector(folder) as projector:
        projector.open().close()
        for _ in range(REPEATS):
            began = _Clocks()
            with projector.open() as catalog:
                catalog.arrow(QUERIES[name])
            seconds.append(began.passed())
    return _fastest(f"asked again: {name}", seconds)


class _Clocks:
    """What has passed since it was made: seconds, and processor seconds."""

    def __init__(self) -> None:
        self._began = (perf_counter(), process_time())

    def passed(self) -> tuple[float, float]:
        return perf_counter() - self._began[0], process_time() - self._began[1]


def _fastest(name: str, seconds: list[tuple[float, float]], events: int = 0) -> Measured:
    fastest, cpu = min(seconds)
    return Measured(
        name=name, seconds=fastest, cpu_seconds=cpu, events=events, peak_mb=peak_memory_mb()
    )


def _measured(name: str, began: _Clocks, events: int) -> Measured:
    return _fastest(name, [began.passed()], events)


def _ledger(folder: Path) -> Ledger:
    return Ledger((folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1))


class _projector:  # noqa: N801  # reads as the functions beside it
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ledger = _ledger(folder)

    def __enter__(self) -> Projector:
        return Projector(self._ledger, self._folder / "catalog.duckdb")

    def __exit__(self, *_: object) -> None:
        self._ledger.close()


def measure(folder: Path, events: int) -> Iterator[Measured]:
    """Yield all measurements, in the order in which they need each other."""
    if not (folder / "ledger.db").exists():
        yield _alone(append_runs, folder, events)
    for action in (
        plain_loop,
        read_arrow,
        rebuild,
        rebuild_from_segments,
        build_from_segments,
        as_of,
    ):
        yield _median(action, folder, events)
    yield _alone(catch_up, folder, events)
    for name in QUERIES:
        yield _alone(ask, folder, name)
    yield _alone(ask_again, folder, next(iter(QUERIES)))


def _median(action: Callable[[Path, int], Measured], folder: Path, events: int) -> Measured:
    rows = [_alone(action, folder, events) for _ in range(REPEATS)]
    return sorted(rows, key=lambda row: row.seconds)[REPEATS // 2]


def small() -> Iterator[Row]:
    """Yield the rows of the common table."""
    events = 100_000
    with tempfile.TemporaryDirectory(prefix="rebuild_rate.") as name:
        folder = Path(name)
        _alone(append_runs, folder, events)
        baseline = _alone(plain_loop, folder, events)
        for action in (rebuild, rebuild_from_segments, build_from_segments):
            found = _alone(action, folder, events)
            yield Row(
                name=f"{found.name}, {events:,} events",
                ours=events / found.seconds,
                beside=events / baseline.seconds,
                beside_name="sqlite3 fetch + json.loads",
                unit="events/s",
            )
        found = _alone(catch_up, folder, events)
        yield Row(
            name=found.name,
            ours=1000 * found.seconds,
            beside=1000 * baseline.seconds,
            beside_name=f"fetch + json.loads of {events:,} events",
        )


def _alone(action: Callable[..., Measured], *arguments: object) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(action, *arguments).result()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="work here and keep what was written")
    arguments = parser.parse_args()
    events = arguments.events // EVENTS_OF_A_RUN * EVENTS_OF_A_RUN
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="rebuild_rate."))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{events:,} events in {events // EVENTS_OF_A_RUN:,} runs")
    print(f"{'':42}{'seconds':>9}{'cpu':>9}{'events/s':>12}{'x baseline':>12}{'peak MiB':>10}")
    baseline = 0.0
    try:
        for row in measure(folder, events):
            rate = row.events / row.seconds
            baseline = rate if row.name.startswith("baseline") else baseline
            print(
                f"{row.name:42}{row.seconds:9.3f}{row.cpu_seconds:9.3f}"
                f"{f'{rate:,.0f}' if row.events else '':>12}"
                f"{f'{rate / baseline:.2f}' if row.events and baseline else '':>12}"
                f"{row.peak_mb:10,.0f}",
                flush=True,
            )
        segments = sum(file.stat().st_size for file in (folder / "ledger.segments").iterdir())
        for name in ("ledger.db", "catalog.duckdb"):
            print(f"{name}: {(folder / name).stat().st_size / 2**20:,.0f} MiB")
        print(f"segments: {segments / 2**20:,.0f} MiB")
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
