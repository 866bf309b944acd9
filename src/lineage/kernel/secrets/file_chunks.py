"""The chunks of an encrypted file, sealed and opened one by one (the STREAM construction).

Each chunk is AES-256-GCM with a tag of 16 bytes. Its nonce is the file's prefix, the chunk's
number in 32 bits, and a byte that is 1 for the last chunk only; the header's digest, number and
last flag are authenticated with it. So a chunk opens only in its own file and place, and a file
ends only where it was ended. Only an empty file has an empty chunk.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", CRYPTO 2015, section 8.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO, Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.file_header import OpenedHeader, read_fully

TAG_BYTES: Final = 16
_MAX_CHUNKS: Final = 1 << 32


class _Chunks:
    """Seals and opens the chunks of one file."""

    def __init__(self, opened: OpenedHeader) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # start-up time

        self._cipher = AESGCM(opened.chunk_key.reveal())
        self._prefix = opened.header.prefix
        self._binding = opened.binding

    def seal(self, text: memoryview, number: int, *, is_last: bool) -> bytes:
        place = _place(number, is_last=is_last)
        return self._cipher.encrypt(self._prefix + place, text, self._binding + place)

    def open(self, chunk: bytes, number: int, *, is_last: bool) -> bytes | None:
        """Return a chunk's text; None if it is not the chunk of this place."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # start-up time

        place = _place(number, is_last=is_last)
        try:
            return self._cipher.decrypt(self._prefix + place, chunk, self._binding + place)
        except InvalidTag:
            return None


class EncryptingStream(io.RawIOBase):
    """A binary stream to write to that passes on what it gets, encrypted.

    Args:
        target: Gets the encrypted bytes.
        opened: The header, written first.
    """

    def __init__(self, target: BinaryIO, opened: OpenedHeader) -> None:
        self._target = target
        self._chunks = _Chunks(opened)
        self._pending = bytearray(opened.header.chunk_bytes)
        self._filled = 0
        self._number = 0
        self._is_finished = False
        target.write(opened.data)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:  # Any: as in RawIOBase, whatever has a buffer
        """Take all of `data` and return its length in bytes."""
        if self._is_finished:
            raise ValueError("the encrypted file has ended")
        with memoryview(data) as whole:
            view = whole.cast("B")
            length = view.nbytes
            full = len(self._pending)
            while view.nbytes:
                if self._filled == full:  # and more follows, so it is not the last
                    self._flush_chunk(memoryview(self._pending), is_last=False)
                if not self._filled and view.nbytes > full:
                    self._flush_chunk(view[:full], is_last=False)
                    view = view[full:]
                else:
                    taken = min(full - self._filled, view.nbytes)
                    self._pending[self._filled : self._filled + taken] = view[:taken]
                    self._filled += taken
                    view = view[taken:]
        return length

    def tell(self) -> int:
        """Return how many bytes were written to it."""
        return self._number * len(self._pending) + self._filled

    def flush(self) -> None:
        """Flush the target; what is no whole chunk stays here."""
        if not self._target.closed:
            self._target.flush()

    def finish(self) -> None:
        """Write the last chunk. Without this the file counts as cut off."""
        self._flush_chunk(memoryview(self._pending)[: self._filled], is_last=True)
        self._is_finished = True

    def _flush_chunk(self, text: memoryview, *, is_last: bool) -> None:
        self._target.write(self._chunks.seal(text, self._number, is_last=is_last))
        self._number += 1
        self._filled = 0


class DecryptingStream(io.RawIOBase):
    """A binary stream that reads an encrypted one; seekable if that is.

    Every chunk is verified before a byte of it is returned. If the source is seekable, the last
    chunk is verified at once, so that a file that was cut off gives nothing at all.

    Args:
        source: The encrypted bytes, after the header.
        opened: The header.

    Raises:
        CipherError: The file has changed or was cut off.
    """

    def __init__(self, source: BinaryIO, opened: OpenedHeader) -> None:
        self._source = source
        self._chunks = _Chunks(opened)
        self._chunk_bytes = opened.header.chunk_bytes
        self._position = 0
        self._loaded: tuple[int, bytes] = (-1, b"")
        self._ahead = b""  # of a source that is not seekable: the chunk that follows
        self._last: int | None = None  # number of the last chunk, if it is known
        self._size = 0
        self._start = 0
        self._is_seekable = source.seekable()
        if self._is_seekable:
            self._start = source.tell()
            self._measure(source.seek(0, io.SEEK_END) - self._start)
        else:
            self._ahead = read_fully(source, self._chunk_bytes + TAG_BYTES)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return whether the source is."""
        return self._is_seekable

    def tell(self) -> int:
        """Return the position in the text."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position in the text and return it."""
        if not self._is_seekable:
            raise io.UnsupportedOperation("seek")
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:  # Any: as in RawIOBase, whatever has a buffer
        """Fill a buffer as far as one chunk goes, and return the number of bytes; 0 at the end.

        Raises:
            CipherError: The chunk has changed, is not in its place, or the file was cut off.
        """
        number, start = divmod(self._position, self._chunk_bytes)
        text = self._text(number)
        with memoryview(buffer) as whole:
            view = whole.cast("B")
            taken = min(view.nbytes, max(len(text) - start, 0))
            view[:taken] = memoryview(text)[start : start + taken]
        self._position += taken
        return taken

    def close(self) -> None:
        """Close it and its source."""
        if not self.closed:
            self._source.close()
            self._loaded = (-1, b"")
        super().close()

    def _text(self, number: int) -> bytes:
        if self._loaded[0] != number:
            if self._last is not None and number > self._last:
                return b""
            self._loaded = (number, self._sought(number) if self._is_seekable else self._next())
        return self._loaded[1]

    def _measure(self, body_bytes: int) -> None:
        """Find the last chunk and verify it."""
        sealed_bytes = self._chunk_bytes + TAG_BYTES
        self._last = max(-(-body_bytes // sealed_bytes), 1) - 1
        text = self._sought(self._last)
        self._size = self._last * self._chunk_bytes + len(text)
        self._loaded = (self._last, text)

    def _sought(self, number: int) -> bytes:
        sealed_bytes = self._chunk_bytes + TAG_BYTES
        self._source.seek(self._start + number * sealed_bytes)
        return self._open(read_fully(self._source, sealed_bytes), number, number == self._last)

    def _next(self) -> bytes:
        number = self._loaded[0] + 1
        sealed = self._ahead
        self._ahead = read_fully(self._source, self._chunk_bytes + TAG_BYTES)
        if not self._ahead:
            self._last = number
        return self._open(sealed, number, is_last=not self._ahead)

    def _open(self, sealed: bytes, number: int, is_last: bool) -> bytes:  # noqa: FBT001  # private
        text = None
        if len(sealed) >= TAG_BYTES:
            text = self._chunks.open(sealed, number, is_last=is_last)
        if text is None or (number and not text):
            raise self._fault(sealed, number, is_last)
        return text

    def _fault(self, sealed: bytes, number: int, is_last: bool) -> CipherError:  # noqa: FBT001  # private
        if is_last and len(sealed) < TAG_BYTES:
            problem = f"it is cut off at chunk {number}"
        elif is_last and self._chunks.open(sealed, number, is_last=False) is not None:
            problem = f"it is cut off after chunk {number}"
        elif is_last:
            problem = f"it has changed in chunk {number}, its last, or is cut off there"
        elif self._chunks.open(sealed, number, is_last=True) is not None:
            problem = f"something follows its last chunk, {number}"
        else:
            problem = f"it has changed in chunk {number}"
        return CipherError("encrypted file", problem=problem, remedy="restore the file")


def _place(number: int, *, is_last: bool) -> bytes:
    """Return number and last flag of a chunk, as its nonce ends."""
    if not 0 <= number < _MAX_CHUNKS:
        raise CipherError(
            "encrypted file",
            problem=f"more than {_MAX_CHUNKS:,} chunks",
            remedy="split the file, or use longer chunks",
        )
    return number.to_bytes(4, "big") + bytes([is_last])
