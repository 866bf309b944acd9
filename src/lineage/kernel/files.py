"""Write files so that a reader sees the old content or the new, never a part of either.

Bytes go to a temporary file in the target's folder, are hashed on the way, flushed to the
disk, and renamed. A crash leaves the old file and at most a `.part` file, which `sweep_parts`
removes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import BinaryIO, Final

PART_SUFFIX: Final = ".part"
WHOLE_SUFFIX: Final = ".whole"
"""Of a folder that is complete and about to take its name, see `storage.sets`."""

_PART_NAME: Final = re.compile(r"\.(.*)\.[0-9a-f]{12}\.(?:part|whole)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """One content of one file.

    Attributes:
        path: Where it was read or written, absolute.
        sha256: Digest of the whole content, 64 hexadecimal digits.
        size_bytes: Length of the content.
    """

    path: Path
    sha256: str
    size_bytes: int


class DigestingStream(io.RawIOBase):
    """A binary stream to write to that hashes what passes through."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # narrower than Buffer
        """Write all of `data` and return its length in bytes."""
        view = memoryview(data).cast("B")
        self._hash.update(view)
        self._target.write(view)
        self.size_bytes += view.nbytes
        return view.nbytes

    def flush(self) -> None:
        """Flush the target."""
        if not self._target.closed:
            self._target.flush()

    @property
    def sha256(self) -> str:
        """The digest of everything written so far."""
        return self._hash.hexdigest()


@dataclass(slots=True)
class PendingFile:
    """A file being written; `version` is known once the `with` block has ended well."""

    stream: DigestingStream
    version: FileVersion | None = None

    @property
    def written(self) -> FileVersion:
        """The version that was published."""
        if self.version is None:
            raise ValueError("the file has not been published")
        return self.version


@contextmanager
def replacing(
    target: Path, *, overwrite: bool = True, like: Path | None = None
) -> Iterator[PendingFile]:
    """Write a file that appears whole, durable and at once when the block ends.

    It keeps the permissions of the file that it replaces; a new one has those that the system
    gives it.

    Args:
        target: The path to publish at; its folder must exist.
        overwrite: False refuses to replace an existing file, also one that appears meanwhile.
        like: A file whose content it gets; nobody may do more with the copy than with this.

    Yields:
        The pending file; write to its `stream`. An exception in the block removes it.

    Raises:
        FileExistsError: `overwrite` is False and the target exists.
        OSError: The folder is missing, read-only or full.
    """
    if not overwrite and target.exists():
        raise FileExistsError(f"{target} exists")
    part = target.with_name(f".{_shortened(target.name)}.{secrets.token_hex(6)}{PART_SUFFIX}")
    try:
        with part.open("xb") as raw:
            _restrict(part, [file for file in (target, like) if file is not None])
            pending = PendingFile(DigestingStream(raw))
            yield pending
            raw.flush()
            os.fsync(raw.fileno())
        _publish(part, target, overwrite=overwrite)
        stream = pending.stream
        pending.version = FileVersion(
            path=target, sha256=stream.sha256, size_bytes=stream.size_bytes
        )
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


def write_bytes(target: Path, data: bytes, *, overwrite: bool = True) -> FileVersion:
    """Publish `data` as a whole file; parameters and errors as in `replacing`."""
    with replacing(target, overwrite=overwrite) as pending:
        pending.stream.write(data)
    return pending.written


def write_text(target: Path, text: str) -> FileVersion:
    """Publish text as UTF-8 without changing its line ends, making the folder if missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_bytes(target, text.encode())


def make_folder(folder: Path) -> None:
    """Make a folder, if it is missing, so that it outlives a power cut; its parent must exist."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    # Windows cannot open a folder; its rename is durable with the file system's own log.
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_part(name: str) -> bool:
    """Tell whether a name is that of a file or folder which is being written."""
    return _PART_NAME.fullmatch(name) is not None


def whole_name(path: Path) -> Path | None:
    """Return the place that a whole folder is about to take; None if it is no such folder."""
    found = _PART_NAME.fullmatch(path.name) if path.suffix == WHOLE_SUFFIX else None
    return None if found is None else path.with_name(found[1])


def sweep_parts(folder: Path, *, older_than_s: float, now_s: float) -> list[Path]:
    """Remove what interrupted writes left below a folder.

    Args:
        folder: Searched recursively; may be missing.
        older_than_s: Younger files may belong to a writer at work and stay.
        now_s: The wall time, seconds since 1970.

    Returns:
        The removed files and folders, sorted. A folder that was whole and only lacked its name
        gets it instead.
    """
    removed = []
    found = [path for path in folder.rglob(".*") if is_part(path.name) and not path.is_symlink()]
    for part in sorted(found):
        with suppress(FileNotFoundError):
            if now_s - _changed_s(part) > older_than_s and not _has_taken_its_name(part):
                _remove(part)
                removed.append(part)
    return removed


def _changed_s(part: Path) -> float:
    """Return when a file, or anything below a folder, was last changed."""
    return max(path.lstat().st_mtime for path in (part, *part.rglob("*")))


def _has_taken_its_name(part: Path) -> bool:
    target = whole_name(part)
    if target is None or not part.is_dir() or os.path.lexists(target):
        return False
    part.rename(target)
    sync_folder(target.parent)
    return True


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    elif part.is_file():
        part.unlink()


def _shortened(name: str) -> str:
    # With dots, token and suffix the name stays within the 255 bytes that file systems allow.
    return os.fsencode(name)[:200].decode(errors="ignore")


def _restrict(part: Path, files: Iterable[Path]) -> None:
    """Allow with an empty file what is allowed with all of these; missing ones do not count."""
    modes = []
    for file in files:
        with suppress(FileNotFoundError):
            modes.append(file.stat().st_mode)
    allowed = reduce(and_, modes, 0o777)
    if modes and allowed & 0o777 != part.stat().st_mode & 0o777:
        part.chmod(allowed & 0o777)


def _publish(part: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
    else:
        os.link(part, target)
        part.unlink()
    sync_folder(target.parent)
