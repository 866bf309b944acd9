"""The key of the catalog's snapshot, in the ledger's file beside those of the streams.

A trigger of `sqlite_encryption.sql` removes it in the transaction that destroys the key of a stream
or wraps it again, so every copy of a snapshot that shows an erased stream is unreadable with it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from lineage.kernel.errors import CipherError, LedgerError
from lineage.kernel.packages.statements import statements
from lineage.kernel.secrets.secret import SecretKey
from lineage.ledger.patience import patiently

if TYPE_CHECKING:
    from eventsourcing.sqlite import SQLiteCursor

    from lineage.ledger.encryption.vault import Vault
    from lineage.ledger.sqlite_file import Datastore

_SQL: Final = statements(__name__)
_NAME_BYTES: Final = 16
_LABEL: Final = "lineage catalog key\x1f"


class CatalogKeys:
    """The keys that seal snapshots of the catalog, one at a time.

    Args:
        datastore: The file.
        contents: What is encrypted in it.
    """

    def __init__(self, datastore: Datastore, contents: Vault) -> None:
        self._datastore = datastore
        self._vault = contents

    def new(self, erased: frozenset[str]) -> tuple[str, SecretKey]:
        """Return name and key for a new snapshot; the key is made if there is none.

        Args:
            erased: The streams that were erased when the catalog was folded.

        Raises:
            LedgerError: Another stream was erased since, so the catalog may not be kept.
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring cannot be used.
            LedgerUnavailableError: The file cannot be written.
        """
        self._vault.master.newest()  # before a lock is held
        with self._datastore.transaction(commit=False) as cursor:
            self._refuse_erased(cursor, erased)
            found = self._found(cursor)
        return found or patiently(self._datastore.lock_timeout_s, self._make, erased)

    def load(self, name: str) -> SecretKey:
        """Return the key of a snapshot.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: The key has ended, or the master key is another one.
        """
        with self._datastore.transaction(commit=False) as cursor:
            found = self._found(cursor)
        if found is None or found[0] != name:
            raise CipherError(
                f"key {name!r} of the catalog's snapshot",
                problem="it has ended, or is of another ledger",
                remedy="fold the catalog again",
            )
        return found[1]

    def _make(self, erased: frozenset[str]) -> tuple[str, SecretKey]:
        with self._datastore.transaction(commit=True) as cursor:
            self._refuse_erased(cursor, erased)
            found = self._found(cursor)  # of another process that was faster
            if found is not None:
                return found
            name, key = secrets.token_hex(_NAME_BYTES), SecretKey.generate()
            number, cipher = self._vault.master.newest()
            cursor.execute(_SQL["forget"])
            wrapped = cipher.seal(key.reveal(), _bound(name))
            cursor.execute(_SQL["add"], (name, number, wrapped))
            return name, key

    def _refuse_erased(self, cursor: SQLiteCursor, erased: frozenset[str]) -> None:
        if self._vault.erased(cursor) != erased:
            raise LedgerError(
                "catalog",
                problem="a stream was erased while it was folded",
                remedy="fold it again",
            )

    def _found(self, cursor: SQLiteCursor) -> tuple[str, SecretKey] | None:
        """Return the key that is there; None if there is none, or what wraps it was forgotten."""
        if not self._vault.is_encrypted(cursor):
            return None
        cursor.execute(_SQL["key"])
        row = cursor.fetchone()
        if row is None:
            return None
        name, number, wrapped = row
        try:
            opened = self._vault.master.version(number).open(wrapped, _bound(name))
        except CipherError:
            return None
        return name, SecretKey(opened)


def _bound(name: str) -> bytes:
    return f"{_LABEL}{name}".encode()
