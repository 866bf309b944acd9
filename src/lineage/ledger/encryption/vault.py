"""What is encrypted in a SQLite ledger: sealed before it is stored, opened when it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lineage.kernel.errors import LedgerError, LedgerLockedError
from lineage.kernel.packages.statements import statements
from lineage.ledger.encryption import payloads, stream_keys
from lineage.ledger.encryption.master import REMEDY
from lineage.ledger.encryption.payloads import Why
from lineage.ledger.encryption.stream_keys import StreamKeys
from lineage.ledger.envelope import RecordNotification
from lineage.ledger.sqlite_file import ENCRYPTED_VERSION, schema

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from eventsourcing.sqlite import SQLiteCursor

    from lineage.ledger.encryption.master import MasterKey
    from lineage.ledger.envelope import Row

SCRIPT: Final = "sqlite_encryption.sql"
"""Makes what only an encrypted ledger has."""

StoredRow: TypeAlias = tuple[Any, ...]
"""The columns of an event in the order of `RecordNotification`."""

_SQL: Final = statements(__name__)


class Vault:
    """Whether the file of a ledger is encrypted, and what that means for what goes in and out.

    Args:
        master: What wraps the keys.
        is_wanted: Whether a ledger without events is to become an encrypted one.
    """

    def __init__(self, master: MasterKey, *, is_wanted: bool) -> None:
        self.keys = StreamKeys(master)
        self.master = master
        self.is_wanted = is_wanted
        self._is_encrypted: bool | None = None

    def is_encrypted(self, cursor: SQLiteCursor) -> bool:
        """Tell whether the file is encrypted; once it is, it stays so."""
        if not self._is_encrypted:
            version = _value(cursor, _SQL["version"])
            # a file that is not there yet may become either
            self._is_encrypted = version == ENCRYPTED_VERSION if version else None
        return bool(self._is_encrypted)

    def look_again(self) -> None:
        """Forget whether the file is encrypted; it is looked at when that matters."""
        self._is_encrypted = None

    def prepare(self) -> None:
        """Get the master's key before a lock is held: a passphrase takes a fifth of a second.

        Raises:
            LedgerLockedError: It is needed and not set.
            CipherError: It is another one, or the keyring cannot be used.
        """
        if self.is_wanted or self._is_encrypted:
            self.master.newest()

    def sealed(self, cursor: SQLiteCursor, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows as they are stored; errors as in `StreamKeys.sealed`, too.

        Args:
            cursor: The transaction that appends them.
            rows: What is to be appended.

        Raises:
            LedgerError: An encrypted ledger is wanted, and this one has events that are not.
        """
        if self.is_encrypted(cursor):
            return self.keys.sealed(cursor, rows)
        if not self.is_wanted:
            return rows
        if _value(cursor, _SQL["any_event"]):
            raise LedgerError(
                "ledger",
                problem="the project asks for an encrypted one, and its events are not encrypted",
                remedy="run `lineage ledger encrypt`, or take 'encryption' out of the project file",
            )
        set_up(cursor)
        self._is_encrypted = None  # until it is committed
        return self.keys.sealed(cursor, rows)

    def opened(self, cursor: SQLiteCursor, rows: Sequence[StoredRow]) -> list[RecordNotification]:
        """Return events with their payloads in the clear, or why that cannot be.

        Args:
            cursor: The transaction that read them.
            rows: The events as they are stored.

        Raises:
            LedgerError: The key of a stream is missing.
            CipherError: The master key is another one, or the keyring cannot be used.
        """
        is_plain = self._is_encrypted is False and not any(
            payloads.is_sealed(row[3]) for row in rows
        )
        if is_plain or not self.is_encrypted(cursor):
            return [RecordNotification(*row) for row in rows]
        found = self.keys.reading(cursor, (row[0] for row in rows))
        return [_opened(row, found) for row in rows]

    def opened_payloads(
        self, cursor: SQLiteCursor, rows: Sequence[tuple[str, bytes, bytes]]
    ) -> list[bytes | None]:
        """Return the payloads of many events in the clear; null where that cannot be.

        Args:
            cursor: The transaction that read them.
            rows: Stream, what the payload is bound to, and the payload as it is stored.

        Raises:
            LedgerError: A payload does not open, or the key of a stream is missing.
            CipherError: The master key is another one, or the keyring cannot be used.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # start-up time

        found = self.keys.reading(cursor, (row[0] for row in rows))
        ciphers = {s: None if isinstance(key, str) else key for s, key in found.items()}
        try:
            return payloads.open_many(ciphers, rows)
        except (InvalidTag, ValueError):
            raise _first_damaged(ciphers, rows) from None

    def erased(self, cursor: SQLiteCursor) -> frozenset[str]:
        """Return the streams whose key was destroyed."""
        return self.keys.erased(cursor) if self.is_encrypted(cursor) else frozenset()


def set_up(cursor: SQLiteCursor) -> None:
    """Make the table and guards of an encrypted ledger.

    Args:
        cursor: A transaction that writes; it must encrypt the events that there are.
    """
    for statement in schema(SCRIPT):
        cursor.execute(statement)
    cursor.execute(f"pragma user_version = {ENCRYPTED_VERSION}")


def unreadable(subject: str, why: Why) -> LedgerError:
    """Return the error of who needs a payload that cannot be read."""
    if why == "erased":
        return stream_keys.erased(subject, "nothing can be shown or decided by it")
    if why == "locked":
        return LedgerLockedError(
            subject, problem="it is encrypted, and no master key is set", remedy=REMEDY
        )
    return LedgerError(
        subject,
        problem="its payload does not open: it was changed or moved, or is not encrypted",
        remedy="restore the ledger from a backup",
    )


def _opened(row: StoredRow, found: Mapping[str, AESGCM | Why]) -> RecordNotification:
    stream, version, topic, stored, _, schema_version, *_ = row
    key = found.get(stream)
    if key is None:
        return _notification(row)
    if isinstance(key, str):
        return _notification(row, key)
    bound = payloads.bound_to(stream, version, topic, schema_version)
    payload = payloads.open_one(key, stored, bound)
    if payload is None:
        return _notification(row, "damaged")
    return _notification((*row[:3], payload, *row[4:]))


def _notification(row: StoredRow, why: Why | None = None) -> RecordNotification:
    return RecordNotification(*(*row, why))


def _first_damaged(
    ciphers: Mapping[str, AESGCM | None], rows: Sequence[tuple[str, bytes, bytes]]
) -> LedgerError:
    for stream, bound, stored in rows:
        cipher = ciphers.get(stream)
        if cipher is not None and payloads.open_one(cipher, stored, bound) is None:
            version = payloads.version_of(bound)
            return unreadable(f"event {version} of stream {stream!r}", "damaged")
    return unreadable("an event of the ledger", "damaged")


def _value(cursor: SQLiteCursor, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]
