"""What every file of a writer has in common: encryption, digest, progress, a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final, cast

from lineage.kernel.clock import Clock
from lineage.kernel.errors import CipherError, DataWriteError
from lineage.kernel.storage import Content, PendingSet, SetContent, Storage
from ops.data import encryption
from ops.data.encryption import FileEncryption
from ops.data.placement import Placement
from ops.data.writer_result import EncryptionMode, FileKey, WriterResult
from ops.progress import ProgressTracker, subtask

_MODES: Final = ("simple", "age")


@dataclass(slots=True, kw_only=True)
class Writing:
    """A file or set that is being written; `result` is known once the block has ended well."""

    target: BinaryIO | PendingSet
    progress: ProgressTracker
    result: WriterResult | None = None

    @property
    def stream(self) -> BinaryIO:
        """Where the content of a file goes, in plain."""
        return cast("BinaryIO", self.target)

    @property
    def files(self) -> PendingSet:
        """Where the files of a set go, as they are stored."""
        return cast("PendingSet", self.target)

    @property
    def written(self) -> WriterResult:
        """What was written."""
        if self.result is None:
            raise ValueError("nothing has been published")
        return self.result


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Puts files into the storage of a writer.

    Attributes:
        storage: Where they go.
        address: What comes before the uri of a file: the absolute folder, or that of the store.
        clock: The source of timestamps.
        logger: Logs each file at level DEBUG.
        progress: Shows each file's name.
    """

    storage: Storage
    address: str
    clock: Clock
    logger: logging.Logger
    progress: ProgressTracker

    def write(
        self,
        place: Placement,
        fill: Callable[[BinaryIO], object],
        cipher: FileEncryption | None,
        *,
        now: datetime | None = None,
        rows: int | None = None,
    ) -> WriterResult:
        """Write a file.

        Args:
            place: Where.
            fill: Writes the plain content to the stream it is given; called again if the name
                was taken meanwhile.
            cipher: How to encrypt it; None for not.
            now: When; the clock's time if None.
            rows: How many steps of progress it is; one if None.

        Raises:
            PathRefusedError: The name is no file name, or the place lies outside.
            DataWriteError: It could not be written.
        """
        now = now or self.clock.now()

        def encrypt(stream: BinaryIO) -> None:
            with encrypted(stream, cipher) as plain:
                fill(plain)

        unit = "files" if rows is None else "rows"
        with subtask(self.progress, rows or 1, f"Write {place.name}", unit) as progress:
            uri, content = place.publish(self.storage, now, cast("Callable[..., object]", encrypt))
            progress.update(rows or 1)
        return self.tell(place, uri, content, now, cipher)

    @contextmanager
    def writing(
        self, place: Placement, cipher: FileEncryption | None, *, total: int | None, unit: str
    ) -> Iterator[Writing]:
        """Write a file in the course of a block; parameters and errors as in `write`.

        Args:
            place: Where.
            cipher: How to encrypt it; None for not.
            total: How many steps of progress it will be; None if unknown.
            unit: What the steps are.
        """
        now = self.clock.now()
        with subtask(self.progress, total, f"Write {place.name}", unit) as progress:
            with place.publishing(self.storage, now) as (uri, pending):
                stream = cast("BinaryIO", pending.stream)
                with encrypted(stream, cipher) as plain:
                    writing = Writing(target=plain, progress=progress)
                    yield writing
            writing.result = self.tell(place, uri, pending.written, now, cipher)

    @contextmanager
    def writing_set(
        self, place: Placement, cipher: FileEncryption | None, *, total: int | None, unit: str
    ) -> Iterator[Writing]:
        """Write a set in the course of a block; parameters and errors as in `writing`."""
        now = self.clock.now()
        with subtask(self.progress, total, f"Write {place.name}", unit) as progress:
            with place.publishing_set(self.storage, now) as (uri, files):
                writing = Writing(target=files, progress=progress)
                yield writing
            writing.result = self.tell(place, uri, files.written, now, cipher)

    def tell(
        self,
        place: Placement,
        uri: str,
        content: Content | SetContent,
        now: datetime,
        cipher: FileEncryption | None,
    ) -> WriterResult:
        """Show and log what was published, and return it as a result."""
        self.progress.update(0, {"file": uri.rpartition("/")[2]})
        self.logger.debug("wrote %s/%s (%d bytes)", self.address, uri, content.size_bytes)
        parts = content.parts if isinstance(content, SetContent) else ()
        return WriterResult(
            uri=f"{self.address}/{uri}",
            format=place.format,
            size_bytes=content.size_bytes,
            timestamp=now,
            sha256=content.sha256,
            parts=tuple(path for path, _ in parts),
            encryption=None if cipher is None else cipher.mode,
            key_id=None if cipher is None else cipher.key_id,
        )


def encrypted(stream: BinaryIO, cipher: FileEncryption | None) -> AbstractContextManager[BinaryIO]:
    """Give a stream whose plain content reaches another one encrypted, or as it is."""
    return nullcontext(stream) if cipher is None else cipher.encrypting(stream)


def chosen_encryption(
    key: FileKey | None, mode: EncryptionMode | None, subject: str
) -> FileEncryption | None:
    """Return how a file is encrypted: as asked for, or as the running task does.

    Args:
        key: The key; None for that of the running task.
        mode: How; None for that of the key, which is "simple" for a text.
        subject: The file, for the message.

    Returns:
        The encryption; None if none was asked for and the task has none.

    Raises:
        DataWriteError: The key or the mode is none, a mode was asked for and there is no key, or
            the key is one for another mode.
    """
    if mode is not None and mode not in _MODES:
        raise DataWriteError(
            f"encryption of {subject}", found=f"mode {mode!r}", expected="one of simple, age"
        )
    if isinstance(key, (str, bytes)) and not key.strip():
        raise _no_key(subject, "an empty key")
    try:
        cipher = encryption.encryption_for(key, mode or "simple")
    except CipherError as error:
        raise error.recast(DataWriteError) from error
    if mode is not None and cipher is None:
        raise _no_key(subject, f"mode {mode!r} and no key")
    if mode is not None and cipher is not None and cipher.mode != mode:
        raise DataWriteError(
            f"encryption of {subject}",
            problem=f"mode {mode!r}, and a key for mode {cipher.mode!r}",
            remedy="leave out encryption_mode, or give a key for it",
        )
    return cipher


def _no_key(subject: str, found: str) -> DataWriteError:
    """Return the error for encryption that lacks a key."""
    return DataWriteError(
        f"encryption of {subject}",
        problem=found,
        expected="a key",
        remedy="give encryption_key, or leave out encryption_mode",
    )
