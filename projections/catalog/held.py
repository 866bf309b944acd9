"""Keep the last opened catalog open for the next query."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TypeAlias

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


def identity_of(path: Path) -> Identity | None:
    """Return the identity of a file; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
