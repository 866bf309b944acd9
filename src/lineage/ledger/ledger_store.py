"""A ledger as far as its store is concerned: its file, guards and keys; the base of `Ledger`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventsourcing.application import Application

from lineage.kernel.errors import LedgerError, LedgerLockedError
from lineage.ledger.encryption.master import REMEDY
from lineage.ledger.envelope import NewEvents, Row, to_microseconds
from lineage.ledger.recorder import ENCRYPTION_KEY, KEYRING_KEY

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteCursor

    from lineage.kernel.clock import Clock
    from lineage.kernel.secrets.secret import SecretKey
    from lineage.ledger.encryption.recorder import KeyCounts, RecorderEncryption
    from lineage.ledger.recorder import LedgerRecorder


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionSettings:
    """How a ledger is encrypted.

    Attributes:
        is_wanted: A ledger without events becomes an encrypted one. One that is encrypted stays
            so, whatever this says.
        keyring: The folder of the keyring; `keys` beside the ledger's file when None.
    """

    is_wanted: bool = False
    keyring: Path | None = None

    def to_environment(self) -> dict[str, str]:
        """Return the settings of a store's `Factory`."""
        return {
            ENCRYPTION_KEY: "y" if self.is_wanted else "",
            KEYRING_KEY: "" if self.keyring is None else str(self.keyring),
        }


class LedgerStore(Application[str]):
    """What can be asked of, and done to, the store of a ledger as a whole.

    Attributes:
        clock: Gives the times.
    """

    clock: Clock

    @property
    def file(self) -> Path | None:
        """The file that holds the events; None if there is none."""
        return self._recorder.file

    @property
    def segment_folder(self) -> Path | None:
        """Where the segments are; None if the store is no file."""
        return None if self.file is None else self.file.with_suffix(".segments")

    def create(self) -> None:
        """Make the store, without events, if there is none; the first append would, too.

        Raises:
            LedgerUnavailableError: It cannot be made.
        """
        self._prepare()
        with self._translated():
            self._recorder.create_table()

    def faults(self, *, is_deep: bool) -> list[str]:
        """Return what is wrong with the store itself, one phrase each.

        Args:
            is_deep: Look for damage in the whole store. If not, only its guards are compared with
                what they should be, which takes no time.

        Raises:
            LedgerUnavailableError: The store cannot be read.
        """
        with self._translated():
            return self._recorder.faults(is_deep=is_deep)

    def disconnect(self) -> None:
        """Close the connections that nobody uses; the next call opens one."""
        self._recorder.disconnect()

    @property
    def is_encrypted(self) -> bool:
        """Whether payloads are encrypted, or will be from the first one on.

        Raises:
            LedgerUnavailableError: The store cannot be read.
        """
        keys = self._recorder.encryption
        with self._translated():
            return keys is not None and keys.is_encrypted

    @property
    def locked(self) -> bool:
        """Whether payloads are encrypted and no master key is set, so that none can be read.

        Raises:
            LedgerUnavailableError: The store cannot be read.
        """
        keys = self._recorder.encryption
        with self._translated():
            return keys is not None and keys.is_locked

    def require_key(self) -> None:
        """Refuse to go on where payloads cannot be read, since what is made would lack them.

        Raises:
            LedgerLockedError: Payloads are encrypted, and no master key is set.
            LedgerUnavailableError: The store cannot be read.
        """
        if self.locked:
            raise LedgerLockedError(
                "ledger", problem="it is encrypted, and no master key is set", remedy=REMEDY
            )

    def erased_streams(self) -> frozenset[str]:
        """Return the streams whose key was destroyed; no master key is needed.

        Raises:
            LedgerUnavailableError: The store cannot be read.
        """
        keys = self._recorder.encryption
        with self._translated():
            return frozenset() if keys is None else keys.erased()

    def count_keys(self) -> KeyCounts | None:
        """Count the streams with a key and those whose key was destroyed; None if not encrypted.

        Raises:
            LedgerUnavailableError: The store cannot be read.
        """
        with self._translated():
            return self._keys().counts() if self.is_encrypted else None

    def destroy_stream_key(self, stream: str) -> bool:
        """Destroy the key of a stream for good, so that its events read as erased everywhere.

        No master key is needed. When it returns, the key is in no file of the ledger any more;
        destroying it again finishes what a crash left undone.

        Args:
            stream: The aggregate.

        Returns:
            Whether it had a key.

        Raises:
            LedgerError: The ledger is not encrypted.
            LedgerUnavailableError: The store cannot be written, or another program reads it all the
                time, so that its log cannot be emptied.
        """
        with self._translated(f"stream {stream!r}"):
            return self._keys().destroy(stream, to_microseconds(self.clock.now()))

    def wrap_keys_again(self) -> int:
        """Wrap the keys with the newest version of the keyring's key; return how many were.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
            LedgerUnavailableError: The store cannot be written.
        """
        if not self.is_encrypted:
            return 0
        with self._translated():
            return self._keys().wrap_again()

    def new_catalog_key(self, erased: frozenset[str]) -> tuple[str, SecretKey]:
        """Return name and key for a new snapshot of the catalog; the key is made if there is none.

        It ends when a stream is erased or the keys are wrapped again.

        Args:
            erased: The streams that were erased when the catalog was folded.

        Raises:
            LedgerError: The ledger is not encrypted, or another stream was erased since.
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
            LedgerUnavailableError: The store cannot be written.
        """
        with self._translated():
            return self._keys().of_catalog.new(erased)

    def catalog_key(self, name: str) -> SecretKey:
        """Return the key of a snapshot of the catalog.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: The key has ended, or the master key is another one.
            LedgerUnavailableError: The store cannot be read.
        """
        with self._translated():
            return self._keys().of_catalog.load(name)

    def encrypt(self, then: Callable[[int], NewEvents], *, copy: Path | None = None) -> int:
        """Encrypt the events that there are, in one transaction.

        Args:
            then: Gives what to append in that transaction, from the number of events before.
            copy: Where a copy of the file as it was is made, readable by its owner only.

        Returns:
            How many events were encrypted.

        Raises:
            LedgerError: It is encrypted already, is no file, or an event does not come back.
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
            LedgerUnavailableError: The store cannot be written, or another program reads it all the
                time, so that its log cannot be emptied of plaintext.
            OSError: The copy cannot be made.
        """
        recorder = self._recorder

        def append(cursor: SQLiteCursor, head: int) -> None:
            rows = self._rows_of(then(head))
            recorder.insert(cursor, rows)  # type: ignore[attr-defined]  # of SQLite, as its keys are

        with self._translated("ledger"):
            return self._keys().convert(append, copy=copy)

    def empty_log(self) -> None:
        """Empty the log beside the file of what was destroyed or in the clear.

        Raises:
            LedgerUnavailableError: Another program reads the file all the time.
        """
        with self._translated():
            self._keys().empty_log()

    @property
    @abstractmethod
    def _recorder(self) -> LedgerRecorder:
        """The store."""

    @abstractmethod
    def _translated(self, stream: str = "stream") -> AbstractContextManager[None]:
        """Raise our errors in place of the library's."""

    @abstractmethod
    def _prepare(self) -> None:
        """Do what comes before the first append."""

    @abstractmethod
    def _rows_of(self, new: NewEvents) -> list[Row]:
        """Return what a recorder stores."""

    def _keys(self) -> RecorderEncryption:
        keys = self._recorder.encryption
        if keys is None:
            raise LedgerError(
                "ledger in memory", problem="it is in no file, so it cannot be encrypted"
            )
        return keys
