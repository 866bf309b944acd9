"""What tests of encrypted ledgers share."""

from __future__ import annotations

from pathlib import Path

from lineage.events import RunArchived

MASTER_KEY = "5e" * 32
OTHER_KEY = "5f" * 32
MARK = "planted-marker"


def archived(number: int) -> RunArchived:
    """Return an event that holds the mark."""
    return RunArchived(reason=f"{MARK} {number}")


def all_bytes(folder: Path) -> bytes:
    """Return what is in all files below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
