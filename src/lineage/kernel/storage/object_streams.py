"""Streams to and from an object store: an upload in parts, and an object that is read anywhere."""

from __future__ import annotations

import errno
import io
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, NoReturn

PART_BYTES: Final = 8 << 20
"""How many bytes are uploaded at once."""

_PIECE_BYTES: Final = 1 << 20
_PIECES_WAITING: Final = 2


class Upload(io.RawIOBase):
    """A stream whose bytes another thread takes, piece by piece, once there is a whole part.

    Args:
        take: Takes the pieces; if they raise, it gives up the upload.
    """

    def __init__(self, take: Callable[[Iterator[bytes]], None]) -> None:
        self._pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(_PIECES_WAITING)
        self._buffer = bytearray()
        self._error: BaseException | None = None
        self._take = take
        self._thread: threading.Thread | None = None

    def writable(self) -> bool:
        """Bytes may be written."""
        return True

    def write(self, data: Any) -> int:
        """Pass bytes on, as soon as there is a part of them; then in pieces, to hold few."""
        self._buffer += data
        least = PART_BYTES if self._thread is None else _PIECE_BYTES
        if len(self._buffer) >= least:
            whole = len(self._buffer) // _PIECE_BYTES * _PIECE_BYTES
            for start in range(0, whole, _PIECE_BYTES):
                self._pass_on(bytes(self._buffer[start : start + _PIECE_BYTES]))
            del self._buffer[:whole]
        return len(data)

    def finish(self) -> bytes | None:
        """Wait for the end of the upload; return all bytes if none was begun."""
        if self._thread is None:
            return bytes(self._buffer)
        if self._buffer:
            self._pass_on(bytes(self._buffer))
            self._buffer.clear()
        self._pass_on(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return None

    def fail(self, error: BaseException) -> None:
        """Give up the upload."""
        if self._thread is not None:
            with suppress(BaseException):
                self._pass_on(_GivenUpError(type(error).__name__))
            self._thread.join()

    def _begun(self) -> threading.Thread:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        return self._thread

    def _pass_on(self, part: bytes | BaseException | None) -> None:
        thread = self._begun()
        while True:
            if not thread.is_alive():
                raise self._error or OSError(errno.EIO, "the upload has ended")
            with suppress(queue.Full):
                self._pieces.put(part, timeout=0.1)
                return

    def _work(self) -> None:
        try:
            self._take(self._taken())
        except BaseException as error:  # noqa: BLE001  # raised by whoever writes
            self._error = error

    def _taken(self) -> Iterator[bytes]:
        while (part := self._pieces.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield part


class _GivenUpError(Exception):
    """The writer failed, and so the upload is given up."""


class StoredObject(io.RawIOBase):
    """An object to read, in ranges of one version."""

    def __init__(self, obstore: Any, store: Any, meta: Any) -> None:
        self._obstore, self._store, self._meta = obstore, store, meta
        self._at = 0

    def readable(self) -> bool:
        """Bytes may be read."""
        return True

    def seekable(self) -> bool:
        """Reading may begin anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._meta["size"]}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read from the place on; an object that was replaced meanwhile is an error."""
        last = min(self._at + len(buffer), self._meta["size"])
        if last <= self._at:
            return 0
        options = {"range": (self._at, last), "if_match": self._meta["e_tag"]}
        try:
            data = self._obstore.get(self._store, self._meta["path"], options=options).bytes()
        except (FileNotFoundError, self._obstore.exceptions.BaseError):
            data = None
        if data is None:
            _changed()
        buffer[: len(data)] = memoryview(data)
        self._at += len(data)
        return len(data)


def _changed() -> NoReturn:
    raise OSError(errno.ESTALE, "the object was replaced or cannot be read any more")
