"""Compare two encrypted versions of a file, whose bytes always differ, by what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from lineage.kernel.errors import LineageError
from ops.data.encryption import FileEncryption, open_plain
from ops.data.formats.parquet_encryption import (
    is_encrypted_parquet,
    parquet_decryption,
    translated,
)

Verdict: TypeAlias = Literal["equal", "different", "not_comparable"]
_READ_AT_ONCE: Final = 1 << 20


def compare_encrypted(
    one: Path, other: Path, encryption: FileEncryption | None
) -> tuple[Verdict, str]:
    """Return whether two files hold the same, and the reason if they do not or nobody can tell.

    Args:
        one: The one file; it or the other is encrypted.
        other: The other file.
        encryption: What decrypts them; None if there is no key.
    """
    if encryption is None:
        return "not_comparable", "it is encrypted, and there is no key to compare what it holds"
    try:
        if is_encrypted_parquet(one) and is_encrypted_parquet(other):
            is_equal = _table(one, encryption).equals(_table(other, encryption))
        else:
            is_equal = _digest(one, encryption) == _digest(other, encryption)
    except (LineageError, OSError):
        return "not_comparable", "it is encrypted, and one of the two does not open with the key"
    return ("equal", "") if is_equal else ("different", "what it holds, decrypted, differs")


def _digest(path: Path, encryption: FileEncryption) -> bytes:
    found = hashlib.sha256()
    with open_plain(path, encryption) as stream:
        while data := stream.read(_READ_AT_ONCE):
            found.update(data)
    return found.digest()


def _table(path: Path, encryption: FileEncryption) -> pa.Table:
    with translated(f"file {str(path)!r}"):
        return pq.read_table(path, decryption_properties=parquet_decryption(encryption))
