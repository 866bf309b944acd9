"""Keep the published catalog that was opened last, so that the next question need not open it."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Final

from projections.catalog import Catalog

CAN_HOLD: Final = os.name != "nt"
"""Windows replaces no file that is open: holding one would keep others from publishing."""

_Identity = tuple[int, int, int, int]


class HeldCatalog:
    """One open catalog of a file, shared by those who ask. Safe for many threads.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._held: tuple[Catalog, _Identity] | None = None

    def share(self, position: int) -> Catalog | None:
        """Return a catalog up to a position if it is held and its file is still the same."""
        with self._lock:
            if self._held is None:
                return None
            catalog, identity = self._held
            if catalog.position == position and identity == _identity(self._path):
                return catalog.share()
            self._held = None
        return None

    def hold(self, catalog: Catalog) -> Catalog:
        """Keep a catalog that was just opened, in place of an older one; return one to use."""
        identity = _identity(self._path) if CAN_HOLD else None
        if identity is None:
            return catalog
        with self._lock:
            self._held = (catalog, identity)
        return catalog.share()

    def close(self) -> None:
        """Let go of what is held; the file is closed with the last catalog that shares it."""
        # Not by closing the connection, which would close those that share it.
        with self._lock:
            self._held = None


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
