"""A little language for read models: `given(*events).shows(sql, *rows)`.

Events go into a ledger in memory, one second apart, and are folded by the product's own
projector. Those of a run are wrapped in `of_run`, all others in `of`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from lineage.events import (
    ArtifactWritten,
    CheckpointRecorded,
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
)
from lineage.kernel.clock import SteppingClock
from lineage.kernel.digest import sha256_bytes
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.catalog.catalog import fill_up

START = datetime(2026, 1, 1, tzinfo=UTC)
RELATIONS = """
select table_name as name from duckdb_tables() where not internal and not temporary
union all
select view_name from duckdb_views() where not internal and not temporary
order by name
"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Events of one stream that are recorded one after the other."""

    events: Sequence[Event]
    stream: str
    run: str | None = None
    task: str | None = None


def of_run(*events: Event, run: str = "r1", task: str = "t_1") -> Step:
    """Events of a run."""
    return Step(events=events, stream=f"run:{run}", run=run, task=task)


def of_task(*events: Event, task: str = "t_1") -> Step:
    """Events of a task."""
    return Step(events=events, stream=f"task:{task}", task=task)


def of(stream: str, *events: Event) -> Step:
    """Events of any other stream."""
    return Step(events=events, stream=stream)


def append(ledger: Ledger, *steps: Step) -> int:
    """Append events one by one and return the position of the last."""
    for step in steps:
        version = len(ledger.read_stream(step.stream))
        for event in step.events:
            ledger.append(
                step.stream, [event], expected_version=version, run=step.run, task=step.task
            )
            version += 1
    return ledger.head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A history that has been folded."""

    catalog: Catalog
    ledger: Ledger = field(repr=False)

    def shows(self, sql: str, *rows: Row) -> None:
        """State exactly which rows a query returns, in order."""
        assert self.catalog.rows(sql) == list(rows)


@contextmanager
def folded(*steps: Step) -> Iterator[Given]:
    """Fold a history in memory."""
    with Ledger("memory://", clock=SteppingClock(), actor="tester@host") as ledger:
        append(ledger, *steps)
        # An `as_of` catalog touches no file, so the path plays no part.
        with Projector(ledger, Path("unused.duckdb")).as_of(ledger.head()) as catalog:
            yield Given(catalog=catalog, ledger=ledger)


@dataclass(frozen=True, slots=True)
class given:  # noqa: N801  # reads as the first word of a sentence
    """What has happened: `given(of_run(...)).shows(sql, row, ...)`."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: Step) -> None:
        object.__setattr__(self, "steps", steps)

    def shows(self, sql: str, *rows: Row) -> None:
        """State exactly which rows a query returns, in order."""
        with folded(*self.steps) as history:
            history.shows(sql, *rows)


def at(position: int) -> datetime:
    """The time at which the event of a position is recorded: one second apart."""
    return START + timedelta(seconds=position - 1)


def tables(catalog: Catalog) -> dict[str, list[str]]:
    """Everything a catalog holds: name of each table and view to its rows, sorted."""
    names = [row["name"] for row in catalog.rows(RELATIONS)]
    return {
        name: sorted(map(repr, catalog.arrow(f"select * from {name}").to_pylist()))
        for name in names
        if name != "catalog_info"
    }


@contextmanager
def edited(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Change a catalog behind the product's back."""
    with duckdb.connect(str(path)) as connection:
        yield connection
    fill_up(path)  # a shorter file is rebuilt as one that was cut off


def untimed(data: Mapping[str, Any]) -> Row:
    """What is known of a node or edge of a graph, without when it came to be."""
    return {k: v for k, v in data.items() if k not in {"position", "recorded_at", "happened_at"}}


def digest(content: str) -> str:
    """The digest of a file with this content."""
    return sha256_bytes(content.encode())


def version_of(uri: str, content: str) -> str:
    """The id of a dataset version."""
    return f"{uri}@{digest(content)}"


def started(**changes: Any) -> RunStarted:
    """A run that begins."""
    values: dict[str, Any] = {
        "task_type": "profiling",
        "description": "Profile the customers",
        "task_version": "1.2.0",
        "product_version": "0.1.0",
        "script_path": "/srv/tasks/profile.py",
        "report_path": "DATA/reports/t_1_report.json",
        "host": "server",
        "pid": 4711,
        "process_started_at": 1_750_000_000.5,
    }
    return RunStarted(**values | changes)


def succeeded(**changes: Any) -> RunSucceeded:
    """A run that reaches its end."""
    values: dict[str, Any] = {"duration_s": 3.5, "peak_memory_mb": 256.25}
    return RunSucceeded(**values | changes)


def failed(message: str = "disk on fire", error_type: str = "OSError") -> RunFailed:
    """A run that ends with an error."""
    return RunFailed(duration_s=2.0, peak_memory_mb=None, error=error(message, error_type))


def error(message: str = "disk on fire", error_type: str = "OSError") -> ErrorFact:
    """An error."""
    return ErrorFact(error_type=error_type, message=message, traceback=("a.py:1 f", "b.py:2 g"))


def environment() -> EnvironmentCaptured:
    """What was captured of machine and software."""
    return EnvironmentCaptured(
        os="Linux",
        python_version="3.11.9",
        user="privacy",
        machine="server",
        cpu_count=8,
        product_version="0.1.0",
        packages={"pandas": "2.3.1"},
    )


def operation(number: int = 1, name: str = "load", **changes: Any) -> OperationStarted:
    """An operation that begins."""
    values: dict[str, Any] = {"class_name": "Load", "code_version": "1", "parameters": {}}
    return OperationStarted(operation=number, name=name, **values | changes)


def done(number: int = 1, **changes: Any) -> OperationSucceeded:
    """An operation that reaches its end."""
    values: dict[str, Any] = {"status": "success", "duration_s": 1.5, "key": digest("key")}
    return OperationSucceeded(operation=number, **values | changes)


def broken(number: int = 1, message: str = "disk on fire") -> OperationFailed:
    """An operation that ends with an error."""
    return OperationFailed(operation=number, duration_s=0.5, error=error(message))


def read(uri: str, content: str = "", *, by: int | None = 1, **changes: Any) -> DatasetRead:
    """A file that is read."""
    values: dict[str, Any] = {
        "name": uri.rpartition("/")[2].partition(".")[0],
        "sha256": digest(content),
        "size_bytes": len(content),
        "format": "csv",
        "rows": 10,
        "columns": ("name", "age"),
    }
    return DatasetRead(operation=by, uri=uri, **values | changes)


def wrote(uri: str, content: str = "", *, by: int | None = 1, **changes: Any) -> ArtifactWritten:
    """A file that is written."""
    values: dict[str, Any] = {
        "artifact_type": "csv",
        "sha256": digest(content),
        "size_bytes": len(content),
        "modified_at": START,
    }
    return ArtifactWritten(operation=by, uri=uri, **values | changes)


def checkpoint(name: str = "automatic-1", **changes: Any) -> CheckpointRecorded:
    """A state that is kept."""
    values: dict[str, Any] = {
        "name": name,
        "kind": "automatic",
        "operation": 1,
        "state": {"n": name},
        "sha256": digest(name),
        "size_bytes": 100,
        "is_encrypted": False,
        "task_version": "1.2.0",
        "config_sha256": None,
    }
    return CheckpointRecorded(**values | changes)


def metric(
    name: str, value: Any, *, category: str | None = None, by: int | None = None
) -> MetricRecorded:
    """A value that is measured."""
    return MetricRecorded(operation=by, category=category, name=name, value=value)
