"""The ledger's file refuses to be rewritten, by anybody, and to be mistaken for another."""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from lineage.events import RunStarted, WarningRaised
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import Ledger, sqlite, sqlite_bulk, sqlite_file

FORGED = (
    "insert {or} into events values "
    "({position}, '{stream}', {version}, 'x', 1, 0, 'x', null, null, null, x'7b7d')"
)


def warn(message: object) -> WarningRaised:
    """Return an event that holds a text."""
    return WarningRaised(operation=None, name="test", message=str(message))


@pytest.fixture(params=["present", "earlier"])
def file(ledger: Ledger, ledger_path: Path, request: pytest.FixtureRequest) -> Path:
    """The file of a ledger with the streams a (2 events) and b (1 event), still open.

    It has the guards of this release, or those of an earlier one.
    """
    ledger.append("a", [warn(1), warn(2)], expected_version=0)
    if request.param == "earlier":
        with closing(sqlite3.connect(ledger_path, isolation_level=None)) as connection:
            for statement in sqlite_file.schema("sqlite_earlier_guard.sql"):
                connection.execute(statement)
    ledger.append("b", [warn(3)], expected_version=0)
    return ledger_path


@pytest.fixture
def intruder(file: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection to the ledger's file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def rows(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return all that the file holds."""
    return connection.execute("select * from events order by position").fetchall()


def test_disconnected_ledger_holds_no_file_open(ledger: Ledger, file: Path) -> None:
    """SQLite removes the write-ahead log with the last connection, and its events are kept."""
    log = file.with_name(f"{file.name}-wal")
    assert log.exists()

    ledger.disconnect()

    assert not log.exists()
    assert ledger.head() == 3
    assert log.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "update events set payload = x'7b7d'",
        "update events set position = 9 where position = 3",
        "update or replace events set position = 1 where position = 3",
        "update or ignore events set actor = 'x'",
        "delete from events",
        "delete from events where position = 3",
        FORGED.format(position=3, stream="b", version=1, **{"or": "or replace"}),
        FORGED.format(position=4, stream="a", version=2, **{"or": "or replace"}),
        FORGED.format(position=4, stream="a", version=2, **{"or": ""}),
        FORGED.format(position=5, stream="a", version=3, **{"or": ""}),
        FORGED.format(position=4, stream="a", version=4, **{"or": ""}),
        FORGED.format(position=4, stream="c", version=0, **{"or": ""}),
        FORGED.format(position=4, stream="c", version=2, **{"or": ""}),
        FORGED.format(position=0, stream="c", version=1, **{"or": "or replace"}),
        FORGED.format(position=-1, stream="c", version=1, **{"or": ""}),
        FORGED.format(position="null", stream="c", version=1, **{"or": ""}),
        "replace into events select * from events where position = 1",
        "insert into events select * from events where true on conflict do update set actor = 'x'",
    ],
)
def test_statement_that_rewrites_history_is_aborted(
    intruder: sqlite3.Connection, statement: str
) -> None:
    """Any client that changes, removes, replaces, repeats or skips a place is stopped."""
    before = rows(intruder)

    with pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"):
        intruder.execute(statement)
    assert rows(intruder) == before


@pytest.mark.parametrize("file", ["present"], indirect=True)
def test_transaction_that_rewrites_history_leaves_nothing(intruder: sqlite3.Connection) -> None:
    """What came before the forgery in its transaction is gone with it, as it cannot be trusted."""
    before = rows(intruder)
    intruder.execute("begin")
    intruder.execute(FORGED.format(position=4, stream="b", version=2, **{"or": ""}))

    with pytest.raises(sqlite3.IntegrityError, match="the place is taken"):
        intruder.execute(FORGED.format(position=4, stream="b", version=2, **{"or": "or replace"}))
    assert not intruder.in_transaction
    assert rows(intruder) == before


@pytest.mark.usefixtures("file")
def test_guards_of_each_release_are_no_fault(ledger: Ledger) -> None:
    """A ledger keeps the guards it was made with."""
    assert ledger.faults(is_deep=True) == []


def test_insert_or_ignore_adds_nothing_in_a_taken_place(intruder: sqlite3.Connection) -> None:
    """An intruder that asks not to be told of the conflict changes nothing either."""
    before = rows(intruder)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        intruder.execute(FORGED.format(position=3, stream="b", version=1, **{"or": "or ignore"}))
    assert rows(intruder) == before


def test_vacuum_keeps_positions_and_guards(intruder: sqlite3.Connection, ledger: Ledger) -> None:
    """Rebuilding the file moves no event and loses no guard."""
    before = rows(intruder)

    intruder.execute("vacuum")

    assert rows(intruder) == before
    assert ledger.append("b", [warn(4)], expected_version=1)[0].position == 4
    with pytest.raises(sqlite3.IntegrityError, match="DELETE refused"):
        intruder.execute("delete from events")


def test_file_is_marked_as_a_ledger(intruder: sqlite3.Connection) -> None:
    """Tools can tell what the file is and of which version, and the log is written ahead."""
    pragmas = ("application_id", "user_version", "journal_mode")
    values = [intruder.execute(f"pragma {pragma}").fetchone()[0] for pragma in pragmas]

    assert values == [sqlite.APPLICATION_ID, sqlite.SCHEMA_VERSION, "wal"]


def test_every_connection_waits_for_the_disk(ledger: Ledger) -> None:
    """An append returns after its commit is on the disk."""
    recorder = ledger.recorder
    assert isinstance(recorder, sqlite.SQLiteRecorder)
    with recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute("pragma synchronous")
        assert cursor.fetchone()[0] == 2  # full


def test_latest_runs_are_found_through_an_index(intruder: sqlite3.Connection) -> None:
    """The cost of finding them does not depend on how many events there are."""
    plan = intruder.execute(
        "explain query plan select run from events where task = 't' and version = 1 "
        f"and type = '{RunStarted.TOPIC}' and run is not null order by position desc limit 1"
    ).fetchall()

    assert [row[3] for row in plan] == ["SEARCH events USING INDEX events_first_of_stream (task=?)"]


def test_checkpoints_are_found_through_an_index(intruder: sqlite3.Connection) -> None:
    """Whatever else a task has recorded plays no part."""
    plan = intruder.execute(
        f"explain query plan {sqlite.CHECKPOINTS_OF_TASK}", ("t", 100, 20)
    ).fetchall()

    assert [row[3] for row in plan] == [
        "SEARCH events USING INDEX events_about_checkpoints (task=? AND position<?)"
    ]


def test_file_that_is_no_database_is_refused_in_one_line(ledger_path: Path) -> None:
    """A file of any other kind is named and left as it is."""
    ledger_path.write_bytes(b"not a database, " * 100)

    with pytest.raises(LedgerUnavailableError, match="file is not a database") as caught:
        Ledger(f"sqlite://{ledger_path}")
    assert "\n" not in str(caught.value)
    assert str(ledger_path) in str(caught.value)
    assert ledger_path.read_bytes() == b"not a database, " * 100


def test_truncated_ledger_is_refused(ledger: Ledger, file: Path) -> None:
    """A file that lost its end is an error, not a shorter history."""
    ledger.close()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])

    with (
        pytest.raises(LedgerUnavailableError, match="malformed"),
        closing(Ledger(f"sqlite://{file}")) as opened,
    ):
        list(opened.read())


def test_database_of_another_application_is_refused_and_left_alone(ledger_path: Path) -> None:
    """Not a byte of somebody else's database changes."""
    with closing(sqlite3.connect(ledger_path)) as other:
        other.execute("create table events (position integer)")
    before = ledger_path.read_bytes()

    with pytest.raises(LedgerUnavailableError, match="another application") as caught:
        Ledger(f"sqlite://{ledger_path}")
    assert str(ledger_path) in str(caught.value)
    assert ledger_path.read_bytes() == before
    assert [path.name for path in ledger_path.parent.iterdir()] == [ledger_path.name]


def test_empty_database_with_another_mark_is_refused(ledger_path: Path) -> None:
    """A database that is still empty may already belong to somebody."""
    with closing(sqlite3.connect(ledger_path)) as other:
        other.execute("pragma application_id = 7")

    with pytest.raises(LedgerUnavailableError, match="another application"):
        Ledger(f"sqlite://{ledger_path}")


def test_ledger_of_a_newer_release_is_refused_with_the_remedy(ledger: Ledger, file: Path) -> None:
    """A newer schema is not guessed at."""
    ledger.close()
    with closing(sqlite3.connect(file)) as newer:
        newer.execute(f"pragma user_version = {sqlite_file.ENCRYPTED_VERSION + 1}")

    with pytest.raises(LedgerUnavailableError, match=r"schema version 3.*upgrade"):
        Ledger(f"sqlite://{file}")


def test_empty_file_becomes_a_ledger(ledger_path: Path) -> None:
    """A file somebody has touched is as good as none."""
    ledger_path.touch()

    with closing(Ledger(f"sqlite://{ledger_path}")) as opened:
        assert opened.head() == 0


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_ledger_in_a_place_that_is_no_folder_is_refused(tmp_path: Path, folder: str) -> None:
    """The ledger's folder is not made on the way."""
    (tmp_path / "file").touch()

    with pytest.raises(LedgerUnavailableError, match="unable to open database file"):
        Ledger(f"sqlite://{tmp_path}/{folder}/ledger.db")


def test_path_that_is_too_long_for_sqlite_is_told(tmp_path: Path) -> None:
    """SQLite only says that it cannot open the file; the remedy names its limit."""
    folder = tmp_path / ("x" * 200) / ("y" * 200) / ("z" * 200)
    folder.mkdir(parents=True)
    with (
        Ledger(f"sqlite://{folder}/ledger.db") as ledger,
        pytest.raises(LedgerUnavailableError, match="its path has at most 512 bytes"),
    ):
        ledger.create()


@pytest.fixture
def impatient(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A second ledger on the file, with which SQLite itself does not wait."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0)
    with closing(Ledger(f"sqlite://{file}")) as opened:
        yield opened


@pytest.mark.parametrize("sqlite_waits_s", [0, 10])
def test_file_locked_for_too_long_is_an_error(
    intruder: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch, sqlite_waits_s: int
) -> None:
    """A writer that waits in vain is told in time, and can go on when the lock is gone."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", sqlite_waits_s)
    with closing(Ledger(f"sqlite://{file}", lock_timeout_s=0.2)) as ledger:
        intruder.execute("begin immediate")
        began = time.monotonic()
        with pytest.raises(
            LedgerUnavailableError, match="database is locked; another program holds it"
        ):
            ledger.append("b", [warn(4)], expected_version=1)
        assert time.monotonic() - began < 5
        intruder.execute("rollback")
        assert ledger.append("b", [warn(4)], expected_version=1)[0].position == 4


def test_file_locked_for_a_moment_is_waited_for(file: Path, impatient: Ledger) -> None:
    """A busy file is tried again, beyond the time that SQLite itself waits."""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as intruder:
        intruder.execute("begin immediate")
        release = threading.Timer(0.2, intruder.rollback)
        release.start()

        assert impatient.append("b", [warn(4)], expected_version=1)[0].position == 4
        release.join()


def test_file_locked_by_a_writer_can_be_read(intruder: sqlite3.Connection, ledger: Ledger) -> None:
    """Readers never wait for writers, and see what was committed."""
    intruder.execute("begin immediate")
    intruder.execute(FORGED.format(position=4, stream="b", version=2, **{"or": ""}))

    assert [event.position for event in ledger.read()] == [1, 2, 3]


@pytest.mark.parametrize(("size", "pieces"), [(1, 3), (10_000, 1)])
def test_bulk_read_comes_in_pieces_that_fit_into_memory(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, size: int, pieces: int
) -> None:
    """However much the events hold, a table has no more than a certain size, or one event."""
    ledger.append("c", [warn(number) for number in range(3)], expected_version=0)
    (whole,) = ledger.read_arrow()
    monkeypatch.setattr(sqlite_bulk, "PIECE_BYTES", size)

    tables = list(ledger.read_arrow())

    assert len(tables) == pieces
    assert pa.concat_tables(tables).equals(whole)
    assert whole.num_rows == 3


@pytest.mark.parametrize("size", [1, 10_000])
def test_bulk_read_of_a_stream_is_one_table_whatever_it_holds(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The events of one stream come in order, also when they were read in pieces."""
    ledger.append("c", [warn(number) for number in range(5)], expected_version=0)
    monkeypatch.setattr(sqlite_bulk, "PIECE_BYTES", size)

    table = ledger.read_stream_arrow("c")

    assert table["version"].to_pylist() == [1, 2, 3, 4, 5]


def test_garbage_collection_closes_the_file(ledger_path: Path) -> None:
    """A ledger that nobody closed leaves no open connection and no warning."""
    Ledger(f"sqlite://{ledger_path}").append("a", [warn(1)], expected_version=0)
    gc.collect()

    assert [path.name for path in ledger_path.parent.iterdir()] == [ledger_path.name]


def test_closing_twice_is_allowed(ledger: Ledger) -> None:
    """Closing what is closed does nothing."""
    ledger.close()
    ledger.close()
