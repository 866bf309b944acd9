"""How an operation's files are encrypted: by the key it names, or by that of the running task.

The task's encryption is ambient: `DataWriter` and `DataReader` find it here, so that no operation
can forget it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.age_files import AgeFiles
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.file_encryption import HEAD_BYTES, FileEncryption, detect_mode
from lineage.kernel.secrets.file_header import read_fully
from lineage.kernel.secrets.secret import Passphrase, Secret, SecretKey, parse_secret

__all__ = ["FileEncryption", "encrypting_with", "encryption_for", "open_plain"]

Key: TypeAlias = "str | bytes | Secret | FileEncryption"
"""A key as text (see `parse_secret`), as the content of a key file, a secret, or an encryption."""

_AMBIENT: ContextVar[FileEncryption | None] = ContextVar("file encryption", default=None)
_MODES: Final = ("simple", "age")


def encryption_for(key: Key | None, mode: str = "simple") -> FileEncryption | None:
    """Return how to encrypt: with the key that is given, or else as the running task does.

    Args:
        key: The key; None means that of the running task.
        mode: "simple" or "age"; of a key that is given as text or secret.

    Returns:
        The encryption; None if there is no key and the task asks for none.

    Raises:
        CipherError: The key or the mode is none.
    """
    match key:
        case None:
            return _AMBIENT.get()
        case str():
            return _made(parse_secret(key), mode)
        case bytes():
            return _made(secret_files.secret_from_bytes(key, "encryption key"), mode)
        case SecretKey() | Passphrase():
            return _made(key, mode)
    return key


@contextmanager
def encrypting_with(encryption: FileEncryption | None) -> Iterator[None]:
    """Make this the encryption of everything that the block reads and writes.

    It holds for the current context: a thread that the block starts has it only if it runs in a
    copy of the context.

    Args:
        encryption: The encryption; None for none.
    """
    token = _AMBIENT.set(encryption)
    try:
        yield
    finally:
        _AMBIENT.reset(token)


def open_plain(
    source: str | PathLike[str] | BinaryIO, encryption: FileEncryption | None = None
) -> BinaryIO:
    """Return a stream of a file's text, decrypted if the file is encrypted.

    Args:
        source: A path; or a stream at the file's beginning, which is closed with the result.
        encryption: How to decrypt; None means that of the running task.

    Returns:
        Seekable, unless the file is in the age format or the source is not.

    Raises:
        CipherError: The file is encrypted and there is no key, or it does not fit, or the file
            has changed or was cut off.
        OSError: It cannot be read.
    """
    if isinstance(source, (str, PathLike)):
        stream: BinaryIO = Path(source).open("rb")  # noqa: SIM115  # closed below or by the caller
    else:
        stream = source
    try:
        return _plain(stream, encryption or _AMBIENT.get())
    except BaseException:
        if stream is not source:
            stream.close()
        raise


def _made(secret: Secret, mode: str) -> FileEncryption:
    if mode not in _MODES:
        raise CipherError("encryption mode", problem=repr(mode), expected=" or ".join(_MODES))
    return AgeFiles(secret) if mode == "age" else FileCipher(secret)


def _plain(stream: BinaryIO, encryption: FileEncryption | None) -> BinaryIO:
    if stream.seekable():
        start = stream.tell()
        head = stream.read(HEAD_BYTES)
        stream.seek(start)
    else:
        head = read_fully(stream, HEAD_BYTES)
        stream = io.BufferedReader(_Resumed(head, stream))
    mode = detect_mode(head)
    if mode == "none":
        return stream
    if encryption is None:
        raise CipherError(
            "file",
            problem=f"it is encrypted in mode {mode!r}, and there is no key",
            remedy="give encryption_key, or set use_encryption for the task",
        )
    if encryption.mode != mode:
        raise CipherError(
            "file",
            problem=f"it is encrypted in mode {mode!r}, and the key is for {encryption.mode!r}",
            remedy="give the key it was encrypted with, and its mode",
        )
    return encryption.decrypting(stream)


class _Resumed(io.RawIOBase):
    """A stream whose beginning was read before.

    Args:
        head: What was read.
        source: The rest; closed with this stream.
    """

    def __init__(self, head: bytes, source: BinaryIO) -> None:
        self._head = head
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than Buffer
        length = len(buffer)
        data, self._head = self._head[:length], self._head[length:]
        data = data or self._source.read(length)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
