"""What a storage is: files by their uri, each written whole.

A uri is what the ledger records: a path relative to the project, or an absolute path for a file
outside. `Storage` asks for nothing that an object store cannot do: no rename, no append, no folders
to be made, no time stamp that means more than "maybe changed".
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from lineage.kernel import files

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
class SetContent:
    """A set of files that was published as one.

    Attributes:
        sha256: Digest of the whole set, see `sha256_of_set`.
        size_bytes: The length of all its files.
        parts: Path of each file below the set, sorted, and its content.
    """

    sha256: str
    size_bytes: int
    parts: tuple[tuple[str, Content], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a storage says about a file without reading it.

    Attributes:
        size_bytes: Its length; None if what has the name is no file (a folder, a pipe).
        modified_at: Its time stamp, UTC; None if the storage keeps none.
        version: What the storage says to be another after each write; None if it says nothing.
    """

    size_bytes: int | None
    modified_at: datetime | None
    version: str | None = None


@dataclass(slots=True)
class Pending:
    """A file being written; `content` is known once the `with` block has ended well."""

    stream: files.DigestingStream
    content: Content | None = None

    @property
    def written(self) -> Content:
        """What was published."""
        if self.content is None:
            raise ValueError("the file has not been published")
        return self.content


class PendingSet(Protocol):
    """A set being written; `written` is known once the `with` block has ended well."""

    def part(self, path: str) -> AbstractContextManager[Pending]:
        """Write one file of the set, which is on the disk when the block ends.

        Args:
            path: Its path below the set; each is written once.

        Raises:
            PathRefusedError: It leaves the set.
            OSError: It cannot be written.
        """
        ...

    @property
    def written(self) -> SetContent:
        """What was published."""
        ...


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

    def publishing(self, uri: str, *, overwrite: bool = True) -> AbstractContextManager[Pending]:
        """Do as `publish`, for a content that comes in the course of a `with` block."""
        ...

    def publishing_set(
        self, uri: str, *, overwrite: bool = True
    ) -> AbstractContextManager[PendingSet]:
        """Write files below a folder that appear together and replace all that were there.

        An exception in the block leaves the old set.

        Args:
            uri: The folder; what it needs above it is made.
            overwrite: False refuses to replace one, also one that appears meanwhile.

        Raises:
            FileExistsError: `overwrite` is False and the name is taken, or what has the name is
                no set that this storage can replace whole.
            PathRefusedError: The folder lies outside of this storage.
            OSError: It cannot be written.
        """
        ...

    def update(self, uri: str, change: Callable[[bytes | None], bytes]) -> Content:
        """Replace a short file by what a function makes of it; two at once lose nothing.

        Args:
            uri: The file; what it needs above it is made.
            change: Takes the content, None if there is no file, and gives the new one. It may be
                called again if another one changed the file meanwhile; an exception leaves it.

        Raises:
            PathRefusedError: The file lies outside of this storage.
            OSError: It cannot be read or written, or others keep changing it.
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


def sha256_of_set(storage: Storage, uri: str) -> str:
    """Return the digest of all files below a folder, 64 hexadecimal digits.

    It is the SHA-256 of one line "<path below the folder> <SHA-256 of the file>" for each, sorted
    by path, each with a newline; that of a folder without files is the one of no bytes.

    Raises:
        OSError: A file went or cannot be read.
    """
    folder = uri.rstrip("/") + "/"
    return _digest_of_lines(
        (each.removeprefix(folder), sha256(storage, each)) for each in storage.list(uri)
    )


def sha256_of_any_or_none(storage: Storage, uri: str) -> str | None:
    """Return the digest of a file, or of the set that a folder is; None if neither can be read."""
    digest = sha256_or_none(storage, uri)
    if digest is not None:
        return digest
    try:
        has_files = next(storage.list(uri), None) is not None
        return sha256_of_set(storage, uri) if has_files else None
    except OSError:
        return None


def set_content(parts: Iterable[tuple[str, Content]]) -> SetContent:
    """Return what a set of these files is."""
    ordered = tuple(sorted(parts, key=lambda part: part[0]))
    return SetContent(
        sha256=_digest_of_lines((path, content.sha256) for path, content in ordered),
        size_bytes=sum(content.size_bytes for _, content in ordered),
        parts=ordered,
    )


def _digest_of_lines(digests: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for path, sha in sorted(digests):
        digest.update(f"{path} {sha}\n".encode())
    return digest.hexdigest()
