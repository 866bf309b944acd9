"""A ledger in one SQLite file, safe for many processes of one machine.

Write-ahead log, `synchronous=FULL`, one immediate transaction per command: an append returns
after its commit is on the disk, and writers queue instead of failing.

Nothing else in this process may open the file, not even to read or hash it: when any
descriptor of a file is closed, POSIX drops all locks the process holds on it
(https://sqlite.org/howtocorrupt.html, section 2.2). This is why bulk reads go through the
same library and not through a second copy of SQLite (ADR 0002).

The file is made by the first append, or by `create_table`, never by a question (ADR 0019).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname
from uuid import UUID

import pyarrow as pa
from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    DatabaseError,
    IntegrityError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)
from eventsourcing.utils import Environment, EnvType

from lineage.events import CheckpointDiscarded, CheckpointRecorded, RunStarted
from lineage.kernel.errors import LedgerUnavailableError
from lineage.kernel.interrupts import held_back
from lineage.ledger import sqlite_access, sqlite_bulk
from lineage.ledger.envelope import RecordNotification, StoredRecord
from lineage.ledger.patience import patiently
from lineage.ledger.recorder import (
    ARROW_SCHEMA,
    FOLDER_COMES_KEY,
    LOCK_TIMEOUT_KEY,
    LedgerRecorder,
)
from lineage.ledger.sqlite_access import Access

URL_FORM: Final = "sqlite:///absolute/path (with '?', '#', '%' quoted)"

APPLICATION_ID: Final = 0x4C494E45
"""Marks the file as a ledger ("LINE")."""

SCHEMA_VERSION: Final = 1
"""Version of the table, in the file's `user_version`."""

BUSY_TIMEOUT_S: Final = 10
"""Seconds that SQLite itself waits at most for a lock before we try again."""

_COLUMNS: Final = (
    "position, stream, version, type, schema_version, recorded_at, actor, run, task, causation, "
    "payload"
)
# In the order in which `RecordNotification` takes them.
_SELECTED: Final = (
    "stream, version, type, payload, position, schema_version, recorded_at, actor, run, task, "
    "causation"
)
# The condition on the type is the index's own, or SQLite would not use it.
CHECKPOINTS_OF_TASK: Final = (
    f"select {_SELECTED} from events where task = ? and type in "  # noqa: S608  # constants
    f"('{CheckpointRecorded.TOPIC}', '{CheckpointDiscarded.TOPIC}') and position < ? "
    "order by position desc limit ?"
)


def environment(url: SplitResult, folder: Path) -> dict[str, str] | None:
    """Return the settings of `Factory`, as `stores.Adapter` describes."""
    path = Path(url2pathname(url.path))
    # What follows an unquoted "?" or "#" is no part of the path: another file would be opened.
    if url.netloc or url.query or url.fragment or not path.name:
        return None
    return {
        "PERSISTENCE_MODULE": "lineage.ledger.sqlite:Factory",
        "SQLITE_DBNAME": (folder / path).absolute().as_uri(),
        "ORIGINATOR_ID_TYPE": "text",
    }


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.Error as error:
        raise DatabaseError(error) from error


class _Connection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Take the write lock at once, so that what was read stays true until the commit.

        A commit that fails (a full disk) leaves its transaction open; it is rolled back here.
        """
        with _translated():
            cursor = self.cursor()
            try:
                cursor.execute("begin immediate" if commit else "begin")
                yield cursor
                if commit:
                    self.commit()
            finally:
                self.rollback()
                cursor.sqlite_cursor.close()


class _ConnectionPool(SQLiteConnectionPool):
    def __init__(self, db_name: str, lock_timeout_s: float) -> None:
        super().__init__(db_name=db_name, pool_timeout=lock_timeout_s)
        self.lock_timeout_s = lock_timeout_s
        self.access = Access.WRITE

    def _create_connection(self) -> SQLiteConnection:
        return patiently(self.lock_timeout_s, self._connect)

    def _connect(self) -> SQLiteConnection:
        with _translated():
            connection = sqlite3.connect(
                f"{self.db_name}{self.access.value}",
                uri=True,
                check_same_thread=False,
                isolation_level=None,
                timeout=min(BUSY_TIMEOUT_S, self.lock_timeout_s),
            )
            try:
                _check_owner(connection, self.db_name)
                if self.access is Access.WRITE:
                    connection.execute("pragma journal_mode = wal")
                    connection.execute("pragma synchronous = full")
                connection.execute("pragma trusted_schema = off")
            except BaseException:
                connection.close()
                raise
        return _Connection(sqlite_conn=connection, max_age=self.max_age)


class _Datastore(SQLiteDatastore):
    def __init__(self, db_name: str, lock_timeout_s: float, *, folder_comes: bool = False) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool: _ConnectionPool = _ConnectionPool(db_name, lock_timeout_s)
        self.lock_timeout_s = lock_timeout_s
        self.file = _file_of(db_name)
        self._folder_comes = folder_comes
        self._read_as: tuple[int, ...] = ()
        self._has_table = False

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Read or write as far as the file allows; where there is none, there are no events."""
        if self.pool.closed:
            raise ConnectionPoolClosedError
        access = sqlite_access.access_to(self.file)
        self._take_access(access, is_writing=commit)
        if not commit and not self._has_events(access):
            with _nothing() as cursor:
                yield cursor
        elif access is Access.FROZEN:
            with self._unchanged(), super().transaction(commit=False) as cursor:
                yield cursor
        else:
            with super().transaction(commit=commit) as cursor:
                yield cursor

    def disconnect(self) -> None:
        """Close idle connections."""
        for _ in range(self.pool.num_in_pool):
            with self.get_connection(commit=False) as connection:
                connection.close()  # the pool takes no closed one back

    def _take_access(self, access: Access, *, is_writing: bool) -> None:
        if access is Access.ABSENT:
            if self._has_table:
                raise LedgerUnavailableError(
                    f"ledger file {str(self.file)!r}",
                    problem="it has gone while it was open",
                    remedy="put it back, and open the project again",
                )
            if not (self._folder_comes or self.file.parent.is_dir()):
                raise OperationalError("unable to open database file: it lies in no folder")
            access = Access.WRITE
            if is_writing and not os.access(self.file.parent, os.W_OK | os.X_OK):
                raise sqlite_access.read_only(self.file)
        elif is_writing and access is not Access.WRITE:
            raise sqlite_access.read_only(self.file)
        if access is not self.pool.access:
            self.disconnect()
            self.pool.access = access

    def _has_events(self, access: Access) -> bool:
        """Tell whether there is a table; a file that is being made has none yet."""
        if access is not Access.ABSENT and not self._has_table:
            with super().transaction(commit=False) as cursor:
                cursor.execute("pragma user_version")
                self._has_table = cursor.fetchone()[0] != 0
        return self._has_table

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Refuse what was read while somebody wrote, as nothing else keeps readers apart."""
        before = sqlite_access.identity(self.file)
        if before != self._read_as:
            self.disconnect()
            self._read_as = before
        yield
        if sqlite_access.identity(self.file) != before:
            raise OperationalError("somebody wrote to it while it was read; ask again")

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """Lend a connection of the pool for one transaction, which Ctrl-C does not interrupt.

        It would leave a lock of the pool taken or a transaction open, and whoever comes next, such
        as to record the interruption, would wait for ever.
        """
        with held_back(), super().get_connection(commit=commit) as connection:
            yield connection


class SQLiteRecorder(SQLiteApplicationRecorder, LedgerRecorder):
    """Stores events in the table `events` (`sql/sqlite_schema.sql`)."""

    def __init__(self, datastore: _Datastore, events_table_name: str = "events") -> None:
        super().__init__(datastore, events_table_name)
        self._events = datastore
        self._lock_timeout_s = datastore.lock_timeout_s
        self.file = datastore.file
        self._is_made = False
        self.insert_events_statement = f"insert into events ({_COLUMNS}) values ({_marks(11)})"  # noqa: S608  # constants
        self.select_events_statement = f"select {_SELECTED} from events where stream = ? "  # noqa: S608  # constants
        self.select_max_notification_id_statement = "select max(position) from events"

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the table, its index and its guards."""
        return _schema()

    def create_table(self) -> None:
        """Make the file and its table if there are none."""
        patiently(self._lock_timeout_s, self._create_table_once)

    def _create_table_once(self) -> None:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("pragma user_version")
            is_new = cursor.fetchone()[0] == 0
        if is_new:
            super().create_table()

    def _create_table(self, c: SQLiteCursor) -> None:
        super()._create_table(c)
        c.execute(f"pragma application_id = {APPLICATION_ID}")
        c.execute(f"pragma user_version = {SCHEMA_VERSION}")

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Append events in one durable transaction and return their positions."""
        return patiently(self._lock_timeout_s, self._insert_durably, stored_events, **kwargs)

    def _insert_durably(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        if not self._is_made:
            self._create_table_once()
            self._is_made = True
        with self.datastore.transaction(commit=True) as cursor:
            return self._insert_events(cursor, stored_events, **kwargs)

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> list[int]:
        first = (self._max_notification_id(c) or 0) + 1
        c.executemany(self.insert_events_statement, map(_row, count(first), stored_events))
        return list(range(first, first + len(stored_events)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[RecordNotification]:
        """Return events of one stream with their positions, as `AggregateRecorder` describes."""
        sql = self.select_events_statement + "and version > ? and version <= ? order by version "
        sql += "desc limit ?" if desc else "asc limit ?"
        bounds = (str(originator_id), gt or 0, _or_max(lte), _or_max(limit))
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, bounds)
            return [RecordNotification(*row) for row in cursor.fetchall()]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[RecordNotification]:
        """Return events from a position on, as `ApplicationRecorder` describes."""
        after = 0 if start is None else start - inclusive_of_start
        sql = f"select {_SELECTED} from events where position > ? and position <= ? "  # noqa: S608  # constants
        if topics:
            sql += f"and type in ({_marks(len(topics))}) "
        bounds = (after, _or_max(stop), *topics, limit)
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql + "order by position limit ?", bounds)
            return [RecordNotification(*row) for row in cursor.fetchall()]

    def read_arrow(self, *, after: int, until: int, batch_size: int) -> Iterator[pa.Table]:
        """Yield ranges of events, as `LedgerRecorder` describes."""
        until = min(until, self.max_notification_id() or 0)
        for first in range(max(after, 0), until, batch_size):
            last = min(first + batch_size, until)
            yield from sqlite_bulk.read(self.datastore, "position", first, last)

    def read_stream_arrow(self, stream: str) -> pa.Table:
        """Return the events of one stream, as `LedgerRecorder` describes."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "select coalesce(max(version), 0) from events where stream = ?", (stream,)
            )
            last = cursor.fetchone()[0]
        tables = list(sqlite_bulk.read(self.datastore, "version", 0, last, stream=stream))
        return pa.concat_tables(tables) if tables else ARROW_SCHEMA.empty_table()

    def runs_of_task(self, task: str, limit: int) -> list[str]:
        """Return the latest runs of a task, as `LedgerRecorder` describes."""
        sql = (
            "select run from events "
            "where task = ? and version = 1 and type = ? and run is not null "
            "order by position desc limit ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, (task, RunStarted.TOPIC, limit))
            return [row[0] for row in cursor.fetchall()]

    def checkpoints_of_task(self, task: str, before: int, limit: int) -> list[RecordNotification]:
        """Return the latest events about checkpoints, as `LedgerRecorder` describes."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(CHECKPOINTS_OF_TASK, (task, before, limit))
            return [RecordNotification(*row) for row in cursor.fetchall()]

    def position_at(self, recorded_at_us: int) -> int:
        """Return the last position at a time, as `LedgerRecorder` describes."""
        # From the end backwards: a clock that is never set back is found at once.
        sql = "select position from events where recorded_at <= ? order by position desc limit 1"
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, (recorded_at_us,))
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    def disconnect(self) -> None:
        """Close idle connections, as `LedgerRecorder` describes."""
        self._events.disconnect()


class Factory(SQLiteFactory):
    """Makes the recorder for `sqlite://` ledgers."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._events = _Datastore(
            self.datastore.pool.db_name,
            float(self.env[LOCK_TIMEOUT_KEY]),
            folder_comes=bool(self.env.get(FOLDER_COMES_KEY)),
        )
        self.datastore = self._events

    def application_recorder(self) -> SQLiteRecorder:
        """Return a recorder on the file, which may be missing, once it has been looked at."""
        recorder = SQLiteRecorder(self._events)
        recorder.max_notification_id()
        return recorder


@contextmanager
def _nothing() -> Iterator[SQLiteCursor]:
    """Give a cursor on a ledger without events, which is in no file."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in _schema():
            connection.execute(statement)
        yield SQLiteCursor(connection.cursor())


def _schema() -> list[str]:
    script = resources.files("lineage.ledger").joinpath("sql/sqlite_schema.sql").read_text()
    return list(_statements(script))


def _check_owner(connection: sqlite3.Connection, uri: str) -> None:
    """Refuse a file that is not ours before anything is written to it."""
    owner, version, tables = connection.execute(
        "select application_id, user_version, (select count(*) from sqlite_schema) "
        "from pragma_application_id, pragma_user_version"
    ).fetchone()
    file = f"ledger file {str(_file_of(uri))!r}"
    if owner != APPLICATION_ID and (owner or version or tables):
        raise LedgerUnavailableError(
            file,
            problem="a database of another application",
            expected="a ledger made by privacy-lineage",
            remedy="move the file away or name another ledger in LINEAGE_LEDGER",
        )
    if version > SCHEMA_VERSION:
        raise LedgerUnavailableError(
            file,
            problem=f"schema version {version}",
            expected=f"version {SCHEMA_VERSION} or older",
            remedy="upgrade privacy-lineage",
        )


def _file_of(uri: str) -> Path:
    return Path(url2pathname(urlsplit(uri).path))


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _row(position: int, stored: StoredEvent) -> tuple[object, ...]:
    record = stored if isinstance(stored, StoredRecord) else StoredRecord(**vars(stored))
    return (
        position,
        str(record.originator_id),
        record.originator_version,
        record.topic,
        record.schema_version,
        record.recorded_at_us,
        record.actor,
        record.run,
        record.task,
        record.causation,
        record.state,
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _or_max(bound: int | None) -> int:
    return 2**63 - 1 if bound is None else bound
