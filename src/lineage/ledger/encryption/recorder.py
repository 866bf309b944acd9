"""What a SQLite ledger does about its keys: destroy, count, wrap again, begin to encrypt."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventsourcing.persistence import OperationalError

from lineage.kernel.errors import LedgerError, LedgerUnavailableError
from lineage.kernel.packages.statements import statements
from lineage.ledger.encryption import payloads, vault
from lineage.ledger.encryption.catalog_keys import CatalogKeys
from lineage.ledger.encryption.payloads import OPEN_STREAMS
from lineage.ledger.patience import patiently
from lineage.ledger.sqlite_file import schema

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteCursor

    from lineage.ledger.encryption.vault import StoredRow, Vault
    from lineage.ledger.sqlite_file import Datastore

_SQL: Final = statements(__name__)
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCounts:
    """The keys of an encrypted ledger.

    Attributes:
        living: Streams with a key.
        erased: Streams whose key was destroyed.
    """

    living: int
    erased: int


class RecorderEncryption:
    """The keys of one file.

    Args:
        datastore: The file.
        contents: What is encrypted in it.

    Attributes:
        of_catalog: The keys that seal snapshots of the catalog.
    """

    def __init__(self, datastore: Datastore, contents: Vault) -> None:
        self._datastore = datastore
        self._vault = contents
        self.of_catalog = CatalogKeys(datastore, contents)

    @property
    def is_encrypted(self) -> bool:
        """Whether payloads are encrypted, or will be from the first one on."""
        with self._datastore.transaction(commit=False) as cursor:
            if self._vault.is_encrypted(cursor):
                return True
            return self._vault.is_wanted and not _value(cursor, "has_events")

    @property
    def is_locked(self) -> bool:
        """Whether payloads are encrypted, and no master key is set."""
        return not self._vault.master.is_here and self.is_encrypted

    def destroy(self, stream: str, destroyed_at_us: int) -> bool:
        """Destroy the key of a stream for good; tell whether there was one.

        Destroying it again finishes what a crash left undone.

        Raises:
            LedgerError: The ledger is not encrypted.
            OperationalError: Another program reads all the time, so that the log beside the file
                cannot be emptied of the key.
        """
        found = patiently(self._patience_s, self._destroy_once, stream, destroyed_at_us)
        patiently(self._patience_s, self._empty_log)
        return found

    def erased(self) -> frozenset[str]:
        """Return the streams whose key was destroyed."""
        with self._datastore.transaction(commit=False) as cursor:
            return self._vault.erased(cursor)

    def counts(self) -> KeyCounts:
        """Count the keys."""
        with self._datastore.transaction(commit=False) as cursor:
            if not self._vault.is_encrypted(cursor):
                return KeyCounts(living=0, erased=0)
            living, erased = self._vault.keys.counts(cursor)
        return KeyCounts(living=living, erased=erased)

    def wrap_again(self) -> int:
        """Wrap all keys with the newest version of the master's; return how many were.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
        """
        return patiently(self._patience_s, self._wrap_again_once)

    def convert(self, then: Callable[[SQLiteCursor, int], None], *, copy: Path | None) -> int:
        """Encrypt the events that there are; return how many.

        All of it is one transaction: whatever happens, the file is as it was or encrypted. Each
        event is read back, opened and compared before it is committed.

        Args:
            then: Called in the same transaction with the number of events.
            copy: Where a copy of the file as it was is made; none when None.

        Raises:
            LedgerError: The ledger is encrypted already, or an event does not come back.
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
            OperationalError: Another program reads all the time, so that the log beside the file
                cannot be emptied of plaintext.
        """
        self._vault.master.newest()
        count = patiently(self._patience_s, self._convert_once, then, copy)
        patiently(self._patience_s, self._empty_log)
        return count

    def empty_log(self) -> None:
        """Empty the log beside the file, which may hold what was destroyed or in the clear.

        Raises:
            OperationalError: Another program reads all the time.
        """
        patiently(self._patience_s, self._empty_log)

    @property
    def _patience_s(self) -> float:
        return self._datastore.lock_timeout_s

    def _destroy_once(self, stream: str, destroyed_at_us: int) -> bool:
        with self._datastore.transaction(commit=True) as cursor:
            if not self._vault.is_encrypted(cursor):
                raise LedgerError(
                    "ledger",
                    problem="it is not encrypted, so it has no key that could be destroyed",
                    remedy="`lineage ledger encrypt` encrypts it",
                )
            return self._vault.keys.destroy(cursor, stream, destroyed_at_us)

    def _wrap_again_once(self) -> int:
        with self._datastore.transaction(commit=True) as cursor:
            is_encrypted = self._vault.is_encrypted(cursor)
            return self._vault.keys.wrap_again(cursor) if is_encrypted else 0

    def _convert_once(self, then: Callable[[SQLiteCursor, int], None], copy: Path | None) -> int:
        try:
            with (
                self._datastore.transaction(commit=True) as cursor,
                self._datastore.transaction(commit=False) as before,
            ):
                head = int(_value(cursor, "head"))
                _encrypt(self._vault, cursor, before, head)
                then(cursor, head)
                if copy is not None:
                    self._copy(copy)
        except BaseException:
            self._vault.look_again()  # what it saw was not committed
            raise
        return head

    def _copy(self, copy: Path) -> None:
        """Copy the committed state, while nobody else can write."""
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = self._datastore.pool.get_connection(is_writer=False)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_SQL["copy"], (str(copy),))
        finally:
            self._datastore.pool.put_connection(connection)

    def _empty_log(self) -> None:
        self._datastore.disconnect()  # a reader of its own may keep an old state alive
        connection = self._datastore.pool.get_connection(is_writer=False)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_SQL["truncate_log"])
                is_busy = cursor.fetchone()[0]
        finally:
            self._datastore.pool.put_connection(connection)
        if is_busy:
            raise OperationalError(
                "busy: another program reads it, and the log beside it still holds what was "
                "destroyed; end that program and repeat the command"
            )


def _encrypt(contents: Vault, cursor: SQLiteCursor, before: SQLiteCursor, head: int) -> None:
    if contents.is_encrypted(cursor):
        raise LedgerError("ledger", problem="it is encrypted already")
    cursor.execute(_SQL["forget_segments"])
    cursor.execute(_SQL["allow_updates"])
    vault.set_up(cursor)
    for first in range(0, head, _BATCH):
        bounds = (first, min(first + _BATCH, head))
        rows = _stored(before, bounds)
        cursor.executemany(_SQL["replace_payload"], _sealed(contents, cursor, rows))
        _compare(contents, cursor, rows, _stored(cursor, bounds))
    for statement in schema():
        cursor.execute(statement)  # brings back the guard


def _sealed(
    contents: Vault, cursor: SQLiteCursor, rows: Sequence[StoredRow]
) -> list[tuple[bytes, int]]:
    """Return the payload to store and the position of each event that is encrypted."""
    to_store = [
        # as the mapper gives it: stream, version, type, payload, schema version, ...
        (row[1], row[2], row[3], row[10], row[4], *row[5:10])
        for row in rows
    ]
    sealed = contents.keys.sealed(cursor, to_store)
    return [
        (new[3], row[0])
        for new, row in zip(sealed, rows, strict=True)
        if not row[1].startswith(OPEN_STREAMS)
    ]


def _compare(
    contents: Vault, cursor: SQLiteCursor, old: Sequence[StoredRow], new: Sequence[StoredRow]
) -> None:
    bounds = [payloads.bound_to(row[1], row[2], row[3], row[4]) for row in new]
    sealed = [(row[1], bound, row[10]) for row, bound in zip(new, bounds, strict=True)]
    opened = contents.opened_payloads(cursor, sealed)
    again = [(*row[:10], payload) for row, payload in zip(new, opened, strict=True)]
    if again != list(old):
        raise LedgerUnavailableError(
            "ledger",
            problem=f"events {old[0][0]} to {old[-1][0]} do not come back as they were",
            remedy="run `lineage doctor --deep`; nothing was changed",
        )


def _stored(cursor: SQLiteCursor, bounds: tuple[int, int]) -> list[StoredRow]:
    cursor.execute(_SQL["stored"], bounds)
    rows: list[StoredRow] = cursor.fetchall()
    return rows


def _value(cursor: SQLiteCursor, name: str) -> int:
    cursor.execute(_SQL[name])
    value: int = cursor.fetchone()[0]
    return value
