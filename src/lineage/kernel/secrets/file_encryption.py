"""What can encrypt files, and how an encrypted file is recognised."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol, TypeAlias

from lineage.kernel.secrets import age, cipher, file_header

HEAD_BYTES: Final = 48
"""How many bytes of a file `detect_mode` needs."""

Mode: TypeAlias = Literal["none", "simple", "age"]
"""How something is encrypted."""


class FileEncryption(Protocol):
    """Encrypts and decrypts files with one key."""

    @property
    def mode(self) -> str:
        """How: "simple" or "age"."""
        ...

    @property
    def key_id(self) -> str | None:
        """The public name of the key; None for a passphrase, which has none."""
        ...

    def encrypting(self, target: BinaryIO) -> AbstractContextManager[BinaryIO]:
        """Give a stream that takes text and passes it on encrypted.

        The last chunk is written when the block ends well; after an exception nothing more is,
        and what was written so far does not open.
        """
        ...

    def decrypting(self, source: BinaryIO) -> BinaryIO:
        """Return a stream that gives the text of an encrypted one; seekable in mode "simple".

        Raises:
            CipherError: It is not encrypted in this mode, or with another key; or, then or while
                it is read, it has changed or was cut off.
        """
        ...


_PARQUET_MAGIC: Final = b"PARE"
"""How a Parquet file begins whose footer is encrypted."""


def is_encrypted_file(path: Path) -> bool:
    """Return whether a file is encrypted, as far as its beginning says; Parquet's own way counts.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    return detect_mode(head) != "none" or has_encrypted_footer(head)


def has_encrypted_footer(head: bytes) -> bool:
    """Return whether what begins so is Parquet that is encrypted in Parquet's own way."""
    return head.startswith(_PARQUET_MAGIC)


def detect_mode(head: bytes) -> Mode:
    """Return how a message or a file is encrypted, as far as its beginning says."""
    if cipher.is_sealed(head) or head.startswith(file_header.MAGIC):
        return "simple"
    return "age" if head.startswith(age.HEADS) else "none"
