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

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import SplitResult
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteFactory
from eventsourcing.utils import Environment, EnvType

from lineage.ledger.encryption import vault
from lineage.ledger.encryption.master import MasterKey
from lineage.ledger.encryption.recorder import RecorderEncryption
from lineage.ledger.envelope import RecordNotification, Row, StoredRecord
from lineage.ledger.patience import patiently
from lineage.ledger.recorder import (
    BEGINNING,
    CHECKPOINTS,
    ENCRYPTION_KEY,
    FOLDER_COMES_KEY,
    KEYRING_KEY,
    LOCK_TIMEOUT_KEY,
    LedgerRecorder,
)
from lineage.ledger.sqlite_access import path_of
from lineage.ledger.sqlite_file import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    SEGMENTS,
    Datastore,
    nothing,
    schema,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.ledger.segments import SegmentIndex
    from lineage.ledger.sqlite_bulk import Bound

URL_FORM: Final = "sqlite:///absolute/path (with '?', '#', '%' quoted)"

MOST_FAULTS: Final = 10
"""Damaged places that are named at most."""

# In the order of `Row`, then the position. A conflict rolls back, as the guard does (its reason is
# there).
_INSERT: Final = (
    "insert or rollback into events (stream, version, type, payload, schema_version, recorded_at, "
    "actor, run, task, causation, position) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# In the order in which `RecordNotification` takes them.
_SELECTED: Final = (
    "stream, version, type, payload, position, schema_version, recorded_at, actor, run, task, "
    "causation"
)
# The condition on the type is the index's own, or SQLite would not use it.
CHECKPOINTS_OF_TASK: Final = (
    f"select {_SELECTED} from events where task = ? and type in "  # noqa: S608  # constants
    f"{CHECKPOINTS} and position < ? "
    "order by position desc limit ?"
)


def environment(url: SplitResult, folder: Path) -> dict[str, str] | None:
    """Return the settings of `Factory`, as `stores.Adapter` describes."""
    path = path_of(url.path)
    # What follows an unquoted "?" or "#" is no part of the path: another file would be opened.
    if url.netloc or url.query or url.fragment or not path.name:
        return None
    return {
        "PERSISTENCE_MODULE": "lineage.ledger.sqlite:Factory",
        "SQLITE_DBNAME": (folder / path).absolute().as_uri(),
        "ORIGINATOR_ID_TYPE": "text",
    }


class SQLiteRecorder(SQLiteApplicationRecorder, LedgerRecorder):
    """Stores events in the table `events` (`sql/sqlite_schema.sql`)."""

    def __init__(
        self, datastore: Datastore, contents: vault.Vault, events_table_name: str = "events"
    ) -> None:
        super().__init__(datastore, events_table_name)
        self._events = datastore
        self._vault = contents
        self._lock_timeout_s = datastore.lock_timeout_s
        self.file = datastore.file
        self._is_made = False
        self.select_events_statement = f"select {_SELECTED} from events where stream = ? "  # noqa: S608  # constants
        self.select_max_notification_id_statement = "select max(position) from events"

    @property
    def segment_index(self) -> SegmentIndex:
        """What it has on record of segments, as `LedgerRecorder` describes."""
        from lineage.ledger.sqlite_segments import SQLiteSegments  # noqa: PLC0415  # start-up time

        return SQLiteSegments(self._events)

    @property
    def encryption(self) -> RecorderEncryption:
        """Its keys, as `LedgerRecorder` describes."""
        return RecorderEncryption(self._events, self._vault)

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the table, its index and its guards."""
        return schema()

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
        if self._vault.is_wanted:
            vault.set_up(c)

    def append(self, rows: Sequence[Row]) -> int:
        """Append events, as `LedgerRecorder` describes."""
        return patiently(self._lock_timeout_s, self._append_once, rows)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> list[int]:
        """Append events in one durable transaction and return their positions."""
        first = self.append([_row(stored) for stored in stored_events])
        return list(range(first, first + len(stored_events)))

    def _append_once(self, rows: Sequence[Row]) -> int:
        if not self._is_made:
            self._vault.prepare()
            self._create_table_once()
            self._is_made = True
        self._vault.prepare()
        with self.datastore.transaction(commit=True) as cursor:
            return self.insert(cursor, rows)

    def insert(self, cursor: SQLiteCursor, rows: Sequence[Row]) -> int:
        """Append events in a transaction, and return the position of the first."""
        first = (self._max_notification_id(cursor) or 0) + 1
        stored = self._vault.sealed(cursor, rows)
        cursor.executemany(
            _INSERT, [(*row, position) for position, row in enumerate(stored, first)]
        )
        return first

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
            return self._vault.opened(cursor, cursor.fetchall())

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
            return self._vault.opened(cursor, cursor.fetchall())

    def read_arrow(self, *, after: int, until: int, batch_size: int) -> Iterator[pa.Table]:
        """Yield ranges of events, as `LedgerRecorder` describes."""
        until = min(until, self.max_notification_id() or 0)
        for first in range(max(after, 0), until, batch_size):
            yield from self._bulk("position", first, min(first + batch_size, until))

    def read_stream_arrow(self, stream: str) -> pa.Table:
        """Return the events of one stream, as `LedgerRecorder` describes."""
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        from lineage.ledger.arrow import EMPTY  # noqa: PLC0415

        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(
                "select coalesce(max(version), 0) from events where stream = ?", (stream,)
            )
            last = cursor.fetchone()[0]
        tables = list(self._bulk("version", 0, last, stream=stream))
        return pa.concat_tables(tables) if tables else EMPTY

    def leaves(self, *, after: int, until: int) -> Iterator[list[bytes]]:
        """Yield what is hashed of events, as `LedgerRecorder` describes."""
        from lineage.ledger.leaves import sqlite as sqlite_leaves  # noqa: PLC0415  # start-up time

        until = min(until, self.max_notification_id() or 0)
        return sqlite_leaves.read(self.datastore, max(after, 0), until)

    def _bulk(
        self, column: Bound, first: int, last: int, *, stream: str | None = None
    ) -> Iterator[pa.Table]:
        from lineage.ledger import sqlite_bulk  # noqa: PLC0415  # start-up time

        with self.datastore.transaction(commit=False) as cursor:
            is_encrypted = self._vault.is_encrypted(cursor)
        if not is_encrypted:
            return sqlite_bulk.read(self._events, column, first, last, stream=stream)
        opened = self._vault.opened_payloads
        return sqlite_bulk.read_sealed(
            self._events, column, first, last, opened=opened, stream=stream
        )

    def runs_of_task(self, task: str, limit: int) -> list[str]:
        """Return the latest runs of a task, as `LedgerRecorder` describes."""
        sql = (
            "select run from events "
            "where task = ? and version = 1 and type = ? and run is not null "
            "order by position desc limit ?"
        )
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, (task, BEGINNING, limit))
            return [row[0] for row in cursor.fetchall()]

    def checkpoints_of_task(self, task: str, before: int, limit: int) -> list[RecordNotification]:
        """Return the latest events about checkpoints, as `LedgerRecorder` describes."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(CHECKPOINTS_OF_TASK, (task, before, limit))
            return self._vault.opened(cursor, cursor.fetchall())

    def position_at(self, recorded_at_us: int) -> int:
        """Return the last position at a time, as `LedgerRecorder` describes."""
        # From the end backwards: a clock that is never set back is found at once.
        sql = "select position from events where recorded_at <= ? order by position desc limit 1"
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(sql, (recorded_at_us,))
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    def faults(self, *, is_deep: bool) -> list[str]:
        """Return what is wrong with the file, as `LedgerRecorder` describes."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(f"pragma integrity_check({MOST_FAULTS})" if is_deep else "select 'ok'")
            damage = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
            found = _definitions(cursor)
            is_encrypted = self._vault.is_encrypted(cursor)
        with nothing() as cursor:
            for statement in schema(vault.SCRIPT) if is_encrypted else ():
                cursor.execute(statement)
            expected = _definitions(cursor)
            for statement in schema("sqlite_earlier_guard.sql"):
                cursor.execute(statement)
            earlier = _definitions(cursor)
        missing = [f"{name} is missing" for name in expected if name not in found]
        expected["table segments"] = SEGMENTS  # made with the first one
        altered = [
            f"{name} was altered" if name in expected else f"{name} does not belong there"
            for name, sql in found.items()
            if sql not in {expected.get(name), earlier.get(name)}
        ]
        return damage + missing + altered

    def disconnect(self) -> None:
        """Close idle connections, as `LedgerRecorder` describes."""
        self._events.disconnect()


class Factory(SQLiteFactory):
    """Makes the recorder for `sqlite://` ledgers."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._events = Datastore(
            self.datastore.pool.db_name,
            float(self.env[LOCK_TIMEOUT_KEY]),
            folder_comes=bool(self.env.get(FOLDER_COMES_KEY)),
        )
        self.datastore = self._events
        keyring = self.env.get(KEYRING_KEY) or str(self._events.file.with_name("keys"))
        self._vault = vault.Vault(
            MasterKey(Path(keyring)), is_wanted=bool(self.env.get(ENCRYPTION_KEY))
        )

    def application_recorder(self) -> SQLiteRecorder:
        """Return a recorder on the file, which may be missing, once it has been looked at."""
        recorder = SQLiteRecorder(self._events, self._vault)
        recorder.max_notification_id()
        return recorder


def _definitions(cursor: SQLiteCursor) -> dict[str, str]:
    """Return kind and name to definition of the tables, indexes and triggers of a file."""
    cursor.execute(
        "select type || ' ' || name, sql from sqlite_schema where name not like 'sqlite!_%' "
        "escape '!' order by type desc, name"
    )
    return dict(cursor.fetchall())


def _row(stored: StoredEvent) -> Row:
    record = stored if isinstance(stored, StoredRecord) else StoredRecord(**vars(stored))
    return cast("Row", tuple(vars(record).values()))


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _or_max(bound: int | None) -> int:
    return 2**63 - 1 if bound is None else bound
