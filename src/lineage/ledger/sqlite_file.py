"""The file of a SQLite ledger: connections to it, and transactions as far as it allows them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    DatabaseError,
    IntegrityError,
    OperationalError,
)
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from lineage.kernel.errors import LedgerUnavailableError
from lineage.kernel.interrupts import held_back
from lineage.ledger import sqlite_access
from lineage.ledger.patience import patiently
from lineage.ledger.sqlite_access import Access

APPLICATION_ID: Final = 0x4C494E45
"""Marks the file as a ledger ("LINE")."""

SCHEMA_VERSION: Final = 1
"""Version of the table, in the file's `user_version`."""

ENCRYPTED_VERSION: Final = 2
"""The same where payloads are encrypted; releases that know of no encryption refuse it."""

SEGMENTS: Final = """\
CREATE TABLE segments (
  first integer primary key,
  versions text not null,
  events_sha256 text not null,
  file_sha256 text not null
) strict"""
"""Makes the table of the segments, as SQLite shows it; no event is in it, so it needs no guard."""

BUSY_TIMEOUT_S: Final = 10
"""Seconds that SQLite itself waits at most for a lock before we try again."""


class _Translated:
    """Turn errors of `sqlite3` into those of the `eventsourcing` library."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, trace: object) -> None:
        match error:
            case sqlite3.IntegrityError():
                raise IntegrityError(error) from error
            case sqlite3.OperationalError():
                raise OperationalError(error) from error
            case sqlite3.Error():
                raise DatabaseError(error) from error
            case UnicodeDecodeError():  # of the library, about a name in the file
                raise DatabaseError("malformed database schema: not UTF-8") from error


class _ConnectionPool(SQLiteConnectionPool):
    def __init__(self, db_name: str, lock_timeout_s: float) -> None:
        super().__init__(db_name=db_name, pool_timeout=lock_timeout_s)
        self.lock_timeout_s = lock_timeout_s
        self.access = Access.WRITE

    def _create_connection(self) -> SQLiteConnection:
        return patiently(self.lock_timeout_s, self._connect)

    def _connect(self) -> SQLiteConnection:
        with _Translated():
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
                    connection.execute("pragma secure_delete = on")  # a destroyed key is gone
                connection.execute("pragma trusted_schema = off")
            except BaseException:
                connection.close()
                raise
        return SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


class Datastore(SQLiteDatastore):
    """Transactions on the file of a ledger, which may be missing or not be writable."""

    def __init__(self, db_name: str, lock_timeout_s: float, *, folder_comes: bool = False) -> None:
        super().__init__(db_name, originator_id_type="text")
        self.pool: _ConnectionPool = _ConnectionPool(db_name, lock_timeout_s)
        self.lock_timeout_s = lock_timeout_s
        self.file = _file_of(db_name)
        self._folder_comes = folder_comes
        self._path = str(self.file)
        self._written: tuple[int, ...] | None = None
        self._read_as: tuple[int, ...] = ()
        self._has_table = False

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Read or write as far as the file allows; where there is none, there are no events."""
        if self.pool.closed:
            raise ConnectionPoolClosedError
        access = self._look(is_writing=commit)
        if not commit and not self._has_events(access):
            with nothing() as cursor:
                yield cursor
        elif access is Access.FROZEN:
            with self._unchanged(), self._on_file(commit=False) as cursor:
                yield cursor
        else:
            with self._on_file(commit=commit) as cursor:
                yield cursor
            self._has_table = True  # who writes makes it first

    @contextmanager
    def _on_file(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Read or write; who writes takes the lock at once, so that what he read stays true.

        A commit that fails (a full disk) leaves its transaction open; it is rolled back here.
        Ctrl-C waits: it would leave a lock of the pool taken or a transaction open, and whoever
        comes next, such as to record the interruption, would wait for ever.
        """
        with held_back(), _Translated():
            connection = self.pool.get_connection(is_writer=commit)
            try:
                cursor = connection.cursor()
                with cursor:  # it is closed at the end
                    cursor.execute("begin immediate" if commit else "begin")
                    yield cursor
                    if commit:
                        cursor.execute("commit")
            finally:
                connection.rollback()
                self.pool.put_connection(connection)

    def disconnect(self) -> None:
        """Close idle connections."""
        self._written = None
        for _ in range(self.pool.num_in_pool):
            with held_back(), self.get_connection(commit=False) as connection:
                connection.close()  # the pool takes no closed one back

    def _look(self, *, is_writing: bool) -> Access:
        """Tell how the file can be used, from one question if it is as it was when last written."""
        status = self._status()
        if status is not None and status == self._written:
            return Access.WRITE
        access = sqlite_access.access_to(self.file)
        self._take_access(access, is_writing=is_writing)
        self._written = status if access is Access.WRITE else None
        return access

    def _status(self) -> tuple[int, ...] | None:
        try:
            status = os.stat(self._path)  # noqa: PTH116  # a Path would take twice the time
        except OSError:
            return None
        return (status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_size > 0)

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
            with self._on_file(commit=False) as cursor:
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
def nothing() -> Iterator[SQLiteCursor]:
    """Give a cursor on a ledger without events, which is in no file."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in schema():
            connection.execute(statement)
        yield SQLiteCursor(connection.cursor())


def schema(name: str = "sqlite_schema.sql") -> list[str]:
    """Return the statements of a script; without a name, the table, its indexes and its guards."""
    script = resources.files("lineage.ledger").joinpath("sql", name).read_text()
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
    if version > ENCRYPTED_VERSION:
        raise LedgerUnavailableError(
            file,
            problem=f"schema version {version}",
            expected=f"version {ENCRYPTED_VERSION} or older",
            remedy="upgrade privacy-lineage",
        )


def _file_of(uri: str) -> Path:
    return sqlite_access.path_of(urlsplit(uri).path)


def _statements(script: str) -> Iterator[str]:
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
