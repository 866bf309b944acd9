"""The catalog file among processes that append, publish, read, and are killed."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from projection_scenarios import append, of_run, started, succeeded, tables

from lineage.events import MetricRecorded
from lineage.kernel.errors import LineageError
from lineage.ledger import Ledger
from projections import Projector

NOBODY = 65_534
PATIENCE_S = 60
EVENTS_OF_A_BULK = 20_000

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and limits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where ledger and catalog are."""
    return tmp_path


@contextmanager
def projector_in(folder: Path) -> Iterator[Projector]:
    """A projector of this process on the ledger of a folder."""
    with Ledger(f"sqlite://{folder / 'ledger.db'}", actor="tester@host") as ledger:
        yield Projector(ledger, folder / "catalog.duckdb")


def append_run(projector: Projector, run: str) -> int:
    """Append a whole run and return the position of its last event."""
    return append(projector._ledger, of_run(started(), succeeded(), run=run))


def append_bulk(projector: Projector, run: str = "bulk") -> None:
    """Append so many events that publishing takes a while."""
    measured = [
        MetricRecorded(operation=None, category="bulk", name=f"m{i}", value=i)
        for i in range(EVENTS_OF_A_BULK)
    ]
    projector._ledger.append(
        f"run:{run}", [started(), *measured], expected_version=0, run=run, task="t_1"
    )


@contextmanager
def child(target: Any, *arguments: object) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run a function of this module in a process of its own, with a pipe to it."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=target, args=(there, *arguments))
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        here.close()


def received(connection: Connection) -> Any:
    """What a child sent."""
    assert connection.poll(PATIENCE_S), "the child said nothing"
    return connection.recv()


def read_with_plain_duckdb(pipe: Connection, path: str) -> None:
    """Open the file again and again as any client would, and say what does not fit."""
    misfits, seen = [], set()
    pipe.send("ready")
    while not pipe.poll():
        with duckdb.connect(path, read_only=True) as connection:
            row = connection.sql(
                "select position, (select count(*) from events),"
                " (select max(position) from events),"
                " (select count(*) from runs where status = 'succeeded') from catalog_info"
            ).fetchall()[0]
        seen.add(row[0])
        if not row[0] == row[1] == row[2] == 2 * row[3]:
            misfits.append(row)
    pipe.send((misfits, len(seen)))


def test_any_client_reads_while_runs_are_appended(folder: Path) -> None:
    """A plain DuckDB in another process only ever sees whole catalogs, newer and newer ones."""
    with projector_in(folder) as projector:
        append_run(projector, "first")
        projector.open().close()
        with child(read_with_plain_duckdb, str(projector.path)) as (_, pipe):
            assert received(pipe) == "ready"
            for number in range(10):
                append_run(projector, f"r{number}")
                projector.open().close()
            pipe.send("stop")
            misfits, count = received(pipe)

    assert misfits == []
    assert count > 1


def hold_with_plain_duckdb(pipe: Connection, path: str) -> None:
    """Open the file once and answer from it when asked."""
    with duckdb.connect(path, read_only=True) as connection:
        pipe.send("open")
        pipe.recv()
        pipe.send(connection.sql("select count(*) from events").fetchall())


def test_client_keeps_the_catalog_it_opened(folder: Path) -> None:
    """What another process opened stays as it was when a newer catalog takes its name."""
    with projector_in(folder) as projector:
        append_run(projector, "r1")
        projector.open().close()
        with child(hold_with_plain_duckdb, str(projector.path)) as (_, pipe):
            assert received(pipe) == "open"
            append_run(projector, "r2")
            with projector.open() as catalog:
                assert catalog.value("select count(*) from events") == 4
            pipe.send("ask")
            assert received(pipe) == [(2,)]


def append_and_publish(pipe: Connection, folder: str, name: str, count: int) -> None:
    """Append runs, and after each one look for it in the catalog."""
    pipe.send("ready")
    pipe.recv()
    missing = []
    with projector_in(Path(folder)) as projector:
        for number in range(count):
            position = append_run(projector, f"{name}{number}")
            with projector.open() as catalog:
                found = catalog.value(
                    "select status from runs where run_id = ?", [f"{name}{number}"]
                )
                if found != "succeeded" or catalog.position < position:
                    missing.append((number, found, position, catalog.position))
    pipe.send(missing)


def test_publishers_do_not_lose_each_others_events(folder: Path) -> None:
    """Of processes that publish at once each sees its own run at once, and all are there."""
    with (
        child(append_and_publish, str(folder), "a", 5) as (_, a),
        child(append_and_publish, str(folder), "b", 5) as (_, b),
    ):
        assert (received(a), received(b)) == ("ready", "ready")
        a.send("go")
        b.send("go")
        assert (received(a), received(b)) == ([], [])
    with projector_in(folder) as projector, projector.open() as catalog:
        assert catalog.value("select count(*) from runs where status = 'succeeded'") == 10
        with projector.as_of(catalog.position) as rebuilt:
            assert tables(catalog) == tables(rebuilt)


def publish_for_ever(pipe: Connection, folder: str) -> None:
    """Build the catalog anew until killed."""
    with projector_in(Path(folder)) as projector:
        pipe.send("ready")
        while True:
            projector.rebuild()


@posix_only
@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.05, 0.1])
def test_publisher_that_is_killed_leaves_the_old_catalog(folder: Path, delay_s: float) -> None:
    """Killed at any moment of its work, it costs nothing but the work; the next open mends all."""
    with projector_in(folder) as projector:
        append_bulk(projector)
        projector.open().close()
        workshop = folder / ".catalog.duckdb.building"
        with child(publish_for_ever, str(folder)) as (process, pipe):
            assert received(pipe) == "ready"
            wait_for(workshop.exists)
            time.sleep(delay_s)
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        with duckdb.connect(str(projector.path), read_only=True) as connection:
            count = connection.sql("select count(*) from metrics").fetchall()
        append_run(projector, "after")
        with projector.open() as catalog:
            assert catalog.value("select count(*) from events") == EVENTS_OF_A_BULK + 3

    assert count == [(EVENTS_OF_A_BULK,)]
    assert {entry.name for entry in folder.glob("*catalog*")} == {"catalog.duckdb", "catalog.lock"}


def wait_for(condition: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.001)


def open_as_nobody(pipe: Connection, folder: str) -> None:
    """Open a catalog in a folder that only its owner may write."""
    path = Path(folder) / "catalog.duckdb"
    with Ledger("memory://", actor="tester@host") as ledger:
        projector = Projector(ledger, path)
        append_run(projector, "r1")
        # the code is imported while this process may read it, which nobody need be able to
        with tempfile.TemporaryDirectory() as elsewhere:
            Projector(ledger, Path(elsewhere) / "catalog.duckdb").rebuild()
        projector.as_of(2).close()
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
        outcomes = []
        for act in (projector.open, projector.rebuild):
            try:
                result = act()
            except LineageError as error:
                outcomes.append(str(error))
            else:
                with result as catalog:  # type: ignore[union-attr]  # only `open` gets here
                    outcomes.append(catalog.rows("select run_id, status from runs"))
    pipe.send(outcomes)


@posix_only
def test_folder_that_cannot_be_written_is_no_obstacle_to_reading() -> None:
    """The events are folded in memory; only a rebuild is refused, with the reason."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with child(open_as_nobody, folder) as (_, pipe):
            opened, rebuilt = received(pipe)

        assert list(Path(folder).iterdir()) == []
        Path(folder).chmod(0o755)

    assert opened == [{"run_id": "r1", "status": "succeeded"}]
    assert "Permission denied" in rebuilt
    assert "check owner and permissions" in rebuilt


def read_published_as_nobody(pipe: Connection, folder: str) -> None:
    """Open an up-to-date catalog that only its owner may replace."""
    with projector_in(Path(folder)) as projector:
        head = append_run(projector, "r1")
        projector.open().close()
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
        Path(folder).chmod(0o555) if os.geteuid() != NOBODY else None
        with projector.open() as catalog:
            pipe.send((catalog.position == head, catalog.value("select current_database()")))


@posix_only
def test_up_to_date_catalog_is_read_where_nothing_can_be_written() -> None:
    """Without the right to write, the published file itself answers while it is up to date."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with child(read_published_as_nobody, folder) as (_, pipe):
            is_current, database = received(pipe)
        Path(folder).chmod(0o755)

    assert is_current
    assert database == "catalog"


def publish_on_a_full_disk(pipe: Connection, folder: str, limit_bytes: int) -> None:
    """Publish where no file can grow beyond a limit."""
    import resource  # noqa: PLC0415  # does not exist on Windows

    with projector_in(Path(folder)) as projector:
        head = projector._ledger.head()
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, most))
        outcomes = []
        for act in (projector.open, projector.rebuild):
            try:
                act()
            except LineageError as error:
                outcomes.append((type(error).__name__, str(error)))
        pipe.send((outcomes, head == projector._ledger.head()))


@posix_only
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit mapped files")
@pytest.mark.parametrize("limit_kb", [0, 64, 512])
def test_full_disk_is_said_and_the_ledger_unaffected(folder: Path, limit_kb: int) -> None:
    """Publishing fails with a clear error; the old catalog stays, and works when there is room."""
    with projector_in(folder) as projector:
        append_run(projector, "r1")
        projector.open().close()
        before = projector.path.read_bytes()
        append_bulk(projector)
        with child(publish_on_a_full_disk, str(folder), limit_kb * 1024) as (_, pipe):
            outcomes, is_unaffected = received(pipe)

        assert [kind for kind, _ in outcomes] == ["ProjectionError", "ProjectionError"]
        assert all("File too large" in text for _, text in outcomes)
        assert all("the ledger is not affected" in text for _, text in outcomes)
        assert is_unaffected
        assert projector.path.read_bytes() == before
        with projector.open() as catalog:
            assert catalog.position == projector._ledger.head()
