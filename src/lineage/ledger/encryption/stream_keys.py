"""One key for each stream, wrapped, in a table beside the events it encrypts.

The key of a stream is added in the transaction of its first event. Destroying it empties its row,
which stays: the guards of `sqlite_encryption.sql` let no row be removed, replaced or filled again,
so a key that was destroyed is never silently made a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from lineage.kernel.errors import ErasedError, LedgerError
from lineage.kernel.packages.statements import statements
from lineage.kernel.secrets.secret import SecretKey
from lineage.ledger.encryption import payloads
from lineage.ledger.encryption.payloads import OPEN_STREAMS, Why

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from eventsourcing.sqlite import SQLiteCursor

    from lineage.ledger.encryption.master import MasterKey
    from lineage.ledger.envelope import Row

_SQL: Final = statements(__name__)
_MOST_KEPT: Final = 100_000
_LABEL: Final = "lineage stream key\x1f"


class StreamKeys:
    """The keys of a ledger's streams; those in use stay unwrapped in memory. Thread-safe.

    Whether a key still exists is read from the file each time, never from memory.

    Args:
        master: What wraps them.
    """

    def __init__(self, master: MasterKey) -> None:
        self.master = master
        self._unwrapped: dict[bytes, AESGCM] = {}

    def sealed(self, cursor: SQLiteCursor, rows: Sequence[Row]) -> list[Row]:
        """Return rows with payloads as they are stored; a stream without a key gets one.

        Args:
            cursor: The transaction that appends them.
            rows: What is to be appended.

        Raises:
            ErasedError: The key of a stream was destroyed.
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
        """
        ciphers: dict[str, AESGCM] = {}
        found = []
        for row in rows:
            stream, version, topic, payload, schema_version, *_ = row
            if not stream.startswith(OPEN_STREAMS):
                cipher = ciphers.get(stream)
                if cipher is None:
                    cipher = ciphers[stream] = self._writing(cursor, stream)
                bound = payloads.bound_to(stream, version, topic, schema_version)
                row = (*row[:3], payloads.seal(cipher, payload, bound), *row[4:])  # noqa: PLW2901
            found.append(row)
        return found

    def reading(self, cursor: SQLiteCursor, streams: Iterable[str]) -> dict[str, AESGCM | Why]:
        """Return for each stream its key, or why there is none.

        Args:
            cursor: A transaction.
            streams: Their names.

        Raises:
            LedgerError: A stream has no row: somebody removed it.
            CipherError: The master key is another one, or the keyring cannot be used.
        """
        is_locked = not self.master.is_here
        return {
            stream: self._reading(cursor, stream, is_locked=is_locked)
            for stream in dict.fromkeys(streams)
            if not stream.startswith(OPEN_STREAMS)
        }

    def destroy(self, cursor: SQLiteCursor, stream: str, destroyed_at_us: int) -> bool:
        """Empty the row of a stream; tell whether it had a key."""
        self._unwrapped.clear()
        cursor.execute(_SQL["destroy"], (destroyed_at_us, stream))
        cursor.execute(_SQL["changes"])
        return bool(cursor.fetchone()[0])

    def erased(self, cursor: SQLiteCursor) -> frozenset[str]:
        """Return the streams whose key was destroyed."""
        cursor.execute(_SQL["erased"])
        return frozenset(stream for (stream,) in cursor.fetchall())

    def counts(self, cursor: SQLiteCursor) -> tuple[int, int]:
        """Return how many streams have a key, and how many have none any more."""
        cursor.execute(_SQL["counts"])
        living, erased = cursor.fetchone()
        return living, erased

    def wrap_again(self, cursor: SQLiteCursor) -> int:
        """Wrap all keys with the newest version of the master's key; return how many were.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
        """
        self.master.forget()
        number, cipher = self.master.newest()
        cursor.execute(_SQL["wrapped_by_others"], (number,))
        rows = cursor.fetchall()
        for stream, by, wrapped in rows:
            key = self.master.version(by).open(wrapped, _bound(stream))
            cursor.execute(_SQL["wrap_again"], (number, cipher.seal(key, _bound(stream)), stream))
        self._unwrapped.clear()
        return len(rows)

    def _writing(self, cursor: SQLiteCursor, stream: str) -> AESGCM:
        cursor.execute(_SQL["key"], (stream,))
        row = cursor.fetchone()
        if row is None:
            return self._add(cursor, stream)
        number, wrapped = row
        if wrapped is None:
            raise erased(f"stream {stream!r}", "nothing can be added to it")
        return self._open(stream, number, wrapped)

    def _reading(self, cursor: SQLiteCursor, stream: str, *, is_locked: bool) -> AESGCM | Why:
        cursor.execute(_SQL["key"], (stream,))
        row = cursor.fetchone()
        if row is None:
            raise LedgerError(
                f"key of stream {stream!r}",
                problem="its row is missing",
                remedy="restore the ledger from a backup",
            )
        number, wrapped = row
        if wrapped is None:
            return "erased"
        return "locked" if is_locked else self._open(stream, number, wrapped)

    def _add(self, cursor: SQLiteCursor, stream: str) -> AESGCM:
        key = SecretKey.generate()
        number, cipher = self.master.newest()
        wrapped = cipher.seal(key.reveal(), _bound(stream))
        cursor.execute(_SQL["add"], (stream, number, wrapped))
        # it may be rolled back, and is found by what wraps it: no other transaction gets it
        return self._kept(wrapped, key.reveal())

    def _open(self, stream: str, number: int, wrapped: bytes) -> AESGCM:
        known = self._unwrapped.get(wrapped)
        if known is not None:
            return known
        return self._kept(wrapped, self.master.version(number).open(wrapped, _bound(stream)))

    def _kept(self, wrapped: bytes, key: bytes) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # start-up time

        if len(self._unwrapped) >= _MOST_KEPT:
            self._unwrapped.clear()
        cipher = self._unwrapped[wrapped] = AESGCM(key)
        return cipher


def erased(subject: str, problem: str) -> ErasedError:
    """Return the error of who needs what was erased."""
    return ErasedError(
        subject,
        problem=f"it was erased: its key was destroyed, and {problem}",
        remedy="`lineage ledger status` counts what was erased",
    )


def _bound(stream: str) -> bytes:
    return f"{_LABEL}{stream}".encode()
