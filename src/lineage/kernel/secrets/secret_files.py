"""Read and write files that only their owner may read: keys, passphrases, key stores."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from lineage.kernel import files
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import KEY_BYTES, Secret, SecretKey, parse_secret

MAX_BYTES: Final = 65_536
_FOREIGN_ACCESS: Final = stat.S_IWGRP | stat.S_IRWXO
_PRINTABLE: Final = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


def read_secret(path: Path) -> Secret:
    """Return the key or passphrase in a file.

    Args:
        path: 32 bytes that are not text are a key; any text is read by `secret.parse_secret`.

    Raises:
        CipherError: The file cannot be read, may be read or changed by others, or holds neither.
    """
    return secret_from_bytes(read(path), f"key file {str(path)!r}")


def secret_from_bytes(data: bytes, subject: str) -> Secret:
    """Return what the content of a key file means as a secret.

    Args:
        data: The content.
        subject: What it is, for the message.

    Raises:
        CipherError: It is neither text nor 32 bytes, or a passphrase that is too short.
    """
    if len(data) == KEY_BYTES and not _PRINTABLE.issuperset(data):
        return SecretKey(data)
    try:
        return parse_secret(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise CipherError(
            subject,
            problem=f"{len(data)} bytes that are not text",
            expected=f"{KEY_BYTES} bytes, 64 hexadecimal digits, base64 or a passphrase",
        ) from None


def read(path: Path) -> bytes:
    """Return the content of a small file that only its owner may read.

    Raises:
        CipherError: It cannot be read, is too large, or may be read or changed by others.
    """
    refuse_exposed(path)
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_BYTES:
            raise CipherError(
                f"key file {str(path)!r}",
                problem=f"{size_bytes:,} bytes",
                expected=f"at most {MAX_BYTES:,}",
            )
        return path.read_bytes()
    except OSError as error:
        raise _failed(path, error) from error


def refuse_exposed(path: Path) -> None:
    """Refuse a file that others may read, or that group or others may change.

    Raises:
        CipherError: They may, or it is missing or not a file.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise _failed(path, error) from error
    if not stat.S_ISREG(mode):
        raise CipherError(f"key file {str(path)!r}", problem="not a regular file")
    # Windows keeps access elsewhere; its mode bits say nothing.
    if os.name != "nt" and mode & _FOREIGN_ACCESS:
        raise CipherError(
            f"key file {str(path)!r}",
            problem=f"others have access to it (mode {stat.S_IMODE(mode):04o})",
            remedy=f"chmod 600 {path}",
        )


def write_new(path: Path, data: bytes) -> None:
    """Publish a new file that only its owner may read, whole and durable or not at all.

    Args:
        path: Its place; the folder is made, for its owner alone, if it is missing.
        data: Its content.

    Raises:
        FileExistsError: There is a file.
        CipherError: It cannot be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}{files.PART_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _failed(path, error) from error
    try:
        _write_private(part, data)
        os.link(part, path)
        files.sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def replace(path: Path, data: bytes) -> None:
    """Replace the content of a file at once; it keeps its permissions.

    Raises:
        CipherError: It cannot be written.
    """
    try:
        files.write_bytes(path, data)
    except OSError as error:
        raise _failed(path, error) from error


def wipe(path: Path) -> None:
    """Overwrite a file and remove it; do nothing if it is gone.

    Raises:
        CipherError: It cannot be written or removed.
    """
    try:
        with suppress(FileNotFoundError):
            with path.open("r+b") as stream:
                stream.write(bytes(path.stat().st_size))
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
            files.sync_folder(path.parent)
    except OSError as error:
        raise _failed(path, error) from error


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _failed(path: Path, error: OSError) -> CipherError:
    return CipherError(
        f"key file {str(path)!r}",
        problem=error.strerror,
        remedy="check its path, owner and permissions",
    )
