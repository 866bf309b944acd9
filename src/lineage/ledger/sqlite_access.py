"""How the file of a SQLite ledger can be used from here: written, read, or not there at all.

Whoever cannot write makes nothing: no write-ahead log and no shared memory of his own beside the
ledger, since those would keep out the ones who may write.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from lineage.kernel.errors import LedgerUnavailableError

LONGEST_PATH_BYTES: Final = 504
"""What SQLite opens at most, with the endings of the files beside it."""


class Access(Enum):
    """What can be done with a ledger's file; the value goes behind its URI.

    Attributes:
        ABSENT: There is none, or one without a byte: a ledger without events.
        WRITE: Read and write.
        READ: Read beside others who write.
        FROZEN: Read as long as nobody changes it, which is looked at before and after.
    """

    ABSENT = "absent"
    WRITE = ""
    READ = "?mode=ro"
    FROZEN = "?mode=ro&immutable=1"


def path_of(quoted: str) -> Path:
    """Return the path in a file's URL."""
    if os.name == "nt":
        from urllib.request import url2pathname  # noqa: PLC0415  # loads a client of HTTP

        return Path(url2pathname(quoted))
    return Path(unquote(quoted))


def access_to(file: Path) -> Access:
    """Tell how a ledger's file can be used.

    Raises:
        LedgerUnavailableError: Its path is too long, or its last events are in a write-ahead log
            that cannot be read here.
    """
    log, shared = (file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm"))
    waiting = _size(log)  # before the file, which is written first when a ledger is created
    try:
        size = file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        size = 0
    except OSError as error:
        raise _unusable(file, error) from error
    if size == 0:
        _refuse_orphan(file, waiting)
        return Access.ABSENT
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK | os.X_OK):
        return Access.WRITE
    if log.exists() and shared.exists():
        return Access.READ
    if waiting:
        raise LedgerUnavailableError(
            f"ledger file {str(file)!r}",
            problem=f"its last events are in {log.name}, which cannot be read where nothing can "
            "be written",
            remedy="copy the folder of the ledger to a place that can be written, and ask there",
        )
    return Access.FROZEN


def identity(file: Path) -> tuple[int, ...]:
    """Return what changes when somebody writes to a ledger's file."""
    status = file.stat()
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        _size(file.with_name(f"{file.name}-wal")),
    )


def read_only(file: Path) -> LedgerUnavailableError:
    """Return the error of who wants to record where nothing can be written."""
    place = file if file.exists() and not os.access(file, os.W_OK) else file.parent
    return LedgerUnavailableError(
        f"ledger file {str(file)!r}",
        problem=f"nothing can be recorded, since {str(place)!r} cannot be written",
        remedy="questions still work; to record, get write permission, mount the "
        "disk for writing, or work on a copy of the project",
    )


def _refuse_orphan(file: Path, waiting: int) -> None:
    if waiting:
        raise LedgerUnavailableError(
            f"ledger file {str(file)!r}",
            problem=f"it is missing or empty, while {file.name}-wal beside it holds events",
            remedy="restore the ledger from a backup, or move the -wal file away to start over",
        )


def _unusable(file: Path, error: OSError) -> LedgerUnavailableError:
    length = len(os.fsencode(file))
    if length > LONGEST_PATH_BYTES:
        return too_long(file)
    return LedgerUnavailableError(
        f"ledger file {str(file)!r}",
        found=error.strerror,
        expected="a file that can be read",
        remedy="check its owner and permissions, and those of the folders above it",
    )


def too_long(file: Path) -> LedgerUnavailableError:
    """Return the error of a path that SQLite does not open."""
    return LedgerUnavailableError(
        f"ledger file {str(file)!r}",
        problem=f"its path has {len(os.fsencode(file))} bytes, and SQLite opens at most "
        f"{LONGEST_PATH_BYTES}",
        remedy="move the project to a shorter path, or name a ledger with one in LINEAGE_LEDGER",
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
