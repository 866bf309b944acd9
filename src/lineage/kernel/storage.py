"""Where the files of the history are: written whole, read and listed by their uri.

A uri is what the ledger records: a path relative to the project, or an absolute path for a file
outside. `Storage` asks for nothing that an object store cannot do: no rename, no append, no
folders to be made, no time stamp that means more than "maybe changed".
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeAlias

from lineage.kernel import files, paths

Fill: TypeAlias = Callable[[files.DigestingStream], object]
"""Writes the content of a file to the stream it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was published.

    Attributes:
        sha256: Digest of the whole content, 64 hexadecimal digits.
        size_bytes: Its length.
    """

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a storage says about a file without reading it.

    Attributes:
        size_bytes: Its length; None if what has the name is no file (a folder, a pipe).
        modified_at: Its time stamp, UTC; None if the storage keeps none.
    """

    size_bytes: int | None
    modified_at: datetime | None


class Storage(Protocol):
    """A place for files. A reader sees the old content or the new, never a part of either.

    Every method raises `PathRefusedError` for a uri that climbs out.
    """

    def publish(self, uri: str, fill: Fill, *, overwrite: bool = True) -> Content:
        """Write a file that appears whole and durable, or not at all.

        Args:
            uri: The file; what it needs above it is made.
            fill: Writes the content. An exception leaves the old file.
            overwrite: False refuses to replace a file, also one that appears meanwhile.

        Raises:
            FileExistsError: `overwrite` is False and the file exists.
            PathRefusedError: The file lies outside of this storage.
            OSError: It cannot be written.
        """
        ...

    def open(self, uri: str) -> io.BufferedIOBase:
        """Open a file to read the version that is there now; the caller closes it.

        Raises:
            FileNotFoundError: There is none.
            OSError: It cannot be read.
        """
        ...

    def status(self, uri: str) -> Status | None:
        """Return what is known about a file without reading it; None if there is none.

        Raises:
            OSError: It cannot be examined.
        """
        ...

    def list(self, folder: str) -> Iterator[str]:
        """Give the uri of every file below a folder, sorted, "" for all; none if it is missing."""
        ...


StorageOf: TypeAlias = Callable[[str], Storage]
"""Says which storage has the file with a uri."""


def sha256(storage: Storage, uri: str) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits, in constant memory.

    Raises:
        OSError: The file is missing or cannot be read.
    """
    with storage.open(uri) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_or_none(storage: Storage, uri: str) -> str | None:
    """Return the SHA-256 of a file's content; None if it is missing or cannot be read."""
    try:
        return sha256(storage, uri)
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """The files of this machine.

    Publishes below its folder only. Reads absolute paths as well: that is how the history names
    files outside.

    Attributes:
        root: The folder that relative uris start from.
    """

    root: Path

    def path(self, uri: str) -> Path:
        """Return where a file is or would be, absolute, with the links of its folder followed.

        Raises:
            PathRefusedError: It climbs out of the root, or is no path.
        """
        if ".." in PurePosixPath(uri).parts or "\0" in uri:
            return paths.resolve(uri, self.root)
        path = self.root / uri
        return Path(os.path.realpath(path.parent)) / path.name

    def publish(self, uri: str, fill: Fill, *, overwrite: bool = True) -> Content:
        """Write beside the place, flush to the disk and rename; see `Storage.publish`."""
        name = paths.check_file_name(uri.rpartition("/")[2], "file name")
        folder = paths.resolve(PurePosixPath(uri).parent, self.root, remedy=paths.NO_LINK)
        _make_folders(folder)
        with files.replacing(folder / name, overwrite=overwrite) as pending:
            fill(pending.stream)
        return Content(sha256=pending.written.sha256, size_bytes=pending.written.size_bytes)

    def open(self, uri: str) -> io.BufferedIOBase:
        """Open a regular file, see `Storage.open`."""
        path = self.path(uri)
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for a writer
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return path.open("rb")

    def status(self, uri: str) -> Status | None:
        """Return length and time stamp, see `Storage.status`."""
        try:
            found = self.path(uri).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return Status(size_bytes=None, modified_at=None)
        modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
        return Status(size_bytes=found.st_size, modified_at=modified_at)

    def list(self, folder: str) -> Iterator[str]:
        """Give the regular files, without links and unfinished files; see `Storage.list`.

        Folders that may not be read are left out.
        """
        top = self.path(folder)
        found = (
            (PurePosixPath(folder, Path(parent).relative_to(top).as_posix()) / name).as_posix()
            for parent, _, names in os.walk(top)
            for name in names
            if not files.is_part(name) and _is_regular(Path(parent, name))
        )
        return iter(sorted(found))


def _make_folders(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # which would say that the file itself exists
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # it went while we looked
        return False
