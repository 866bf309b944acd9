"""Encrypt files of any length in mode "age", as the `age` tool does.

pyrage reads and writes whole streams by itself, so it works in a thread with a short queue
between; nothing is ever put into a file on the way.
"""

from __future__ import annotations

import io
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Final, cast

from lineage.kernel import waiting
from lineage.kernel.clock import POLL_S
from lineage.kernel.secrets.age import AgeCodec, ReadsBytes, WritesBytes
from lineage.kernel.secrets.secret import Secret

_PARTS_WAITING: Final = 4
_PART_BYTES: Final = 1 << 20


class AgeFiles:
    """Encrypts and decrypts files in the age format.

    With a passphrase a file must fit into memory.

    Args:
        secret: As for `AgeCodec`.

    Raises:
        CipherError: As for `AgeCodec`.
    """

    mode = "age"

    def __init__(self, secret: Secret) -> None:
        self._codec = AgeCodec(secret)

    def __repr__(self) -> str:
        return "<AgeFiles>"

    @property
    def key_id(self) -> str | None:
        """The recipient, which is public; None for a passphrase."""
        return self._codec.key_id

    @contextmanager
    def encrypting(self, target: BinaryIO) -> Iterator[BinaryIO]:
        """Give a stream that takes text and passes it on encrypted (see `FileEncryption`)."""
        if not self._codec.can_stream:
            text = io.BytesIO()
            yield cast("BinaryIO", _Taking(text.write))
            target.write(self._codec.encrypt(text.getvalue(), b""))
            return
        pipe, noting = _Pipe(), _Noting(target)
        work = waiting.start(lambda: _encrypt(self._codec, pipe, noting), "age")
        try:
            yield cast("BinaryIO", _Taking(pipe.write))
            pipe.end(None)
        except BaseException as error:
            pipe.end(error)
            waiting.wait([work])
            if noting.error is not None:
                raise noting.error from error
            raise
        waiting.wait([work])
        if noting.error is not None:
            raise noting.error
        work.result()

    def decrypting(self, source: BinaryIO) -> BinaryIO:
        """Return a stream that gives the text of an encrypted one (see `FileEncryption`).

        It is not seekable. What has changed, or is cut off, shows when it is read that far.

        Raises:
            CipherError: It is in another format or for another key; or, then or while it is
                read, it has changed or was cut off.
        """
        if not self._codec.can_stream:
            with source:
                return io.BytesIO(self._codec.decrypt(source.read(), b""))
        pipe = _Pipe()
        waiting.start(lambda: _decrypt(self._codec, source, pipe), "age")
        stream = _Received(pipe, source)
        stream.await_first()
        return io.BufferedReader(stream, _PART_BYTES)


class _Pipe:
    """Bytes on their way from one thread to another, a few parts at most."""

    def __init__(self) -> None:
        self._parts: queue.Queue[bytes | BaseException | None] = queue.Queue(_PARTS_WAITING)
        self._rest = b""
        self._is_abandoned = False

    def write(self, data: bytes) -> int:
        view = memoryview(data).cast("B")
        for start in range(0, view.nbytes, _PART_BYTES):
            self._put(bytes(view[start : start + _PART_BYTES]))
        return view.nbytes

    def flush(self) -> None:
        pass

    def end(self, error: BaseException | None) -> None:
        """Say that nothing follows, or why."""
        with suppress(BrokenPipeError):
            self._put(error)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end.

        Raises:
            BaseException: What the other side ended with.
        """
        if not self._rest:
            part = self._parts.get()
            if not isinstance(part, bytes):
                self._put(part)  # for whoever asks again; nothing else is waiting
                if part is not None:
                    raise part
                return b""
            self._rest = part
        size = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def abandon(self) -> None:
        """Say that nobody reads any more."""
        self._is_abandoned = True

    def _put(self, part: bytes | BaseException | None) -> None:
        while not self._is_abandoned:
            with suppress(queue.Full):
                self._parts.put(part, timeout=POLL_S)
                return
        raise BrokenPipeError("nobody reads")


class _Noting:
    """A target whose own errors are kept, which pyrage would replace by words."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._target.write(data)
        except BaseException as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        pass


class _Received(io.RawIOBase):
    """What a thread decrypts, to be read."""

    def __init__(self, pipe: _Pipe, source: BinaryIO) -> None:
        self._pipe = pipe
        self._source = source
        self._first: bytes | None = None

    def await_first(self) -> None:
        self._first = self._pipe.read()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # Any: as in RawIOBase, whatever has a buffer
        size = len(buffer)
        if self._first:
            data, self._first = self._first[:size], self._first[size:]
        else:
            data = self._pipe.read(size)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._pipe.abandon()
            self._source.close()
        super().close()


class _Taking(io.RawIOBase):
    """A binary stream to write to that hands on what it gets, and nothing when it is closed."""

    def __init__(self, take: Callable[[bytes], int]) -> None:
        self._take = take
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # Any: as in RawIOBase, whatever has a buffer
        length = self._take(data)
        self._position += length
        return length

    def tell(self) -> int:
        return self._position


def _encrypt(codec: AgeCodec, pipe: _Pipe, target: WritesBytes) -> None:
    try:
        codec.encrypt_stream(pipe, target)
    finally:
        pipe.abandon()  # so that the writing side does not wait for it


def _decrypt(codec: AgeCodec, source: ReadsBytes, pipe: _Pipe) -> None:
    error: BaseException | None = None
    try:
        codec.decrypt_stream(source, pipe)
    except BaseException as caught:  # noqa: BLE001  # it is raised where it is read
        error = caught
    pipe.end(error)
