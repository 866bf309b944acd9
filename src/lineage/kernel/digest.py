"""SHA-256 of bytes, files and JSON values."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lineage.kernel.values import canonical_text


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of `data`, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_json(value: object) -> str:
    """Return the SHA-256 of a value's canonical JSON text, 64 hexadecimal digits.

    Equal values give equal digests on every machine, whatever the order of their keys.
    """
    return sha256_bytes(canonical_text(value).encode())


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits, in constant memory.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
