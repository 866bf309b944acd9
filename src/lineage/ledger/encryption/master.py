"""The key of the keyring that wraps the keys of a ledger's streams."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from lineage.kernel.errors import CipherError, LedgerLockedError
from lineage.kernel.secrets import keyring
from lineage.kernel.secrets.cipher import Cipher

if TYPE_CHECKING:
    from lineage.kernel.secrets.keyring import Keyring

KEY_ID: Final = "ledger"
"""Name of the key in the keyring."""

REMEDY: Final = keyring.MASTER_REMEDY
"""What helps who has no master key."""

_PURPOSE: Final = "keys of the ledger's streams"


class MasterKey:
    """The wrapping key, read from the keyring when it is first needed and kept in memory.

    Args:
        folder: The keyring.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._versions: dict[int, Cipher] = {}

    @property
    def is_here(self) -> bool:
        """Whether the environment names a master key; whether it is the right one shows in use."""
        return keyring.master_source() is not None

    def newest(self) -> tuple[int, Cipher]:
        """Return number and cipher of the newest version; the key is made if there is none.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: It is another one, or the keyring is damaged or cannot be written.
        """
        versions = self._loaded(makes=True)
        return max(versions), versions[max(versions)]

    def version(self, number: int) -> Cipher:
        """Return the cipher of a version.

        Raises:
            LedgerLockedError: No master key is set.
            CipherError: It is another one, the keyring is damaged, or lacks the key or version.
        """
        versions = self._loaded(makes=False)
        if number not in versions:  # rotated by another process meanwhile
            self.forget()
            versions = self._loaded(makes=False)
        try:
            return versions[number]
        except KeyError:
            raise CipherError(
                f"key {KEY_ID!r} of the keyring {str(self.folder)!r}",
                problem=f"it has no version {number}, which wraps keys of the ledger",
                remedy="restore the keyring from a backup",
            ) from None

    def forget(self) -> None:
        """Drop the key from memory; it is read again when it is needed."""
        with self._lock:
            self._versions = {}

    def _loaded(self, *, makes: bool) -> dict[int, Cipher]:
        with self._lock:
            if not self._versions:
                self._versions = self._read(makes=makes)
            return self._versions

    def _read(self, *, makes: bool) -> dict[int, Cipher]:
        if not self.is_here:
            raise LedgerLockedError(
                "ledger", problem="it is encrypted, and no master key is set", remedy=REMEDY
            )
        ring = keyring.Keyring(self.folder, keyring.master_secret())
        if makes and all(info.key_id != KEY_ID for info in ring.list()):
            _make(ring)
        return {number: Cipher(key) for number, key in ring.load_versions(KEY_ID).items()}


def _make(ring: Keyring) -> None:
    try:
        ring.create(_PURPOSE, KEY_ID)
    except CipherError:
        ring.load(KEY_ID)  # unless another process has just made it
