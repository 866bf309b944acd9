"""Keep the last opened catalog open for the next query."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from lineage.ledger import Ledger
from projections.catalog.catalog import CAN_HOLD, Catalog

Identity: TypeAlias = tuple[int, int, int, int]
"""Distinguishes versions of a file without reading it."""


class HeldCatalog:
    """One open catalog of a file, shared by its users. Thread-safe.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._held: tuple[Catalog, Identity] | None = None

    def share(self, position: int) -> Catalog | None:
        """Return a catalog at a position if it is held and its file has not changed."""
        with self._lock:
            if self._held is None:
                return None
            catalog, identity = self._held
            if catalog.position == position and identity == identity_of(self._path):
                return catalog.share()
            self._held = None
        return None

    def hold(self, catalog: Catalog) -> Catalog:
        """Keep a newly opened catalog instead of an older one; return a catalog to use."""
        identity = identity_of(self._path) if CAN_HOLD else None
        if identity is None:
            return catalog
        with self._lock:
            self._held = (catalog, identity)
        return catalog.share()

    def close(self) -> None:
        """Release the held catalog; the file is closed with the last catalog that shares it."""
        # Not by closing the connection, which would close those that share it.
        with self._lock:
            self._held = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a catalog of an encrypted ledger depends on.

    Attributes:
        head: Position of the last event.
        erased: The streams whose key was destroyed.
        is_locked: Whether no master key is set.
    """

    head: int
    erased: frozenset[str]
    is_locked: bool


class KeptCatalog:
    """One catalog in memory, of an encrypted ledger, shared by its users. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[Contents, Catalog] | None = None

    def share(self, contents: Contents) -> Catalog | None:
        """Return a catalog if it is kept and the ledger still has the same contents."""
        with self._lock:
            if self._kept is None or self._kept[0] != contents:
                return None
            return self._kept[1].share()

    def hold(self, contents: Contents, catalog: Catalog) -> Catalog:
        """Keep a new catalog instead of an older one; return a catalog to use."""
        with self._lock:
            self._kept = (contents, catalog)
        return catalog.share()

    def close(self) -> None:
        """Release it; its memory is freed with the last catalog that shares it."""
        with self._lock:
            self._kept = None


def contents_of(ledger: Ledger) -> Contents:
    """Return what a catalog of an encrypted ledger depends on.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    return Contents(head=ledger.head(), erased=ledger.erased_streams(), is_locked=ledger.locked)


def identity_of(path: Path) -> Identity | None:
    """Return the identity of a file; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
