"""A file to be read, whose bytes may be encrypted on disk."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.file_encryption import (
    HEAD_BYTES,
    Mode,
    detect_mode,
    has_encrypted_footer,
)
from ops.data import encryption
from ops.data.encryption import FileEncryption, Key, encryption_for
from ops.data.reading.file_scan import FileScan
from ops.data.reading.place import Place

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file and how to get at its content.

    Attributes:
        place: Where the file is.
        scan: What its bytes say, known when a thread beside has read them; None if none does.
        encryption: What decrypts it; None if it is not encrypted as a whole.
        mode: How it is encrypted as a whole.
        has_encrypted_footer: Whether it is Parquet that is encrypted in Parquet's own way.
        key: The key that was given.
        column_keys: Keys of single columns of a Parquet file.
    """

    place: Place
    scan: Future[FileScan] | None = field(default=None, compare=False)
    encryption: FileEncryption | None = field(default=None, repr=False)
    mode: Mode = "none"
    has_encrypted_footer: bool = False
    key: Key | None = field(default=None, repr=False)
    column_keys: Mapping[str, Key] | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls, place: Place, key: Key | None = None, column_keys: Mapping[str, Key] | None = None
    ) -> InputFile:
        """Look how a file is encrypted, and find what decrypts it.

        Args:
            place: Where it is.
            key: Its key; None means that of the running task.
            column_keys: Keys of single columns of a Parquet file.

        Raises:
            CipherError: It is encrypted and there is no key, or the key is none.
            OSError: It cannot be read.
        """
        with place.open() as stream:
            head = stream.read(HEAD_BYTES)
        mode = detect_mode(head)
        found = None if mode == "none" else encryption_for(key, mode)
        if mode != "none" and found is None:
            raise CipherError(
                place.subject,
                problem=f"it is encrypted in mode {mode!r}, and there is no key",
                remedy="give encryption_key, or set use_encryption for the task",
            )
        return cls(
            place,
            encryption=found,
            mode=mode,
            has_encrypted_footer=has_encrypted_footer(head),
            key=key,
            column_keys=column_keys,
        )

    @property
    def name(self) -> str:
        """Its name."""
        return self.place.name

    @property
    def subject(self) -> str:
        """What messages call it."""
        return self.place.subject

    @property
    def suffixed_name(self) -> str:
        """Its name in lower case, without the suffix of the age tool."""
        return self.name.lower().removesuffix(".age")

    @property
    def is_packed(self) -> bool:
        """Its content is compressed, as its name says."""
        return self.suffixed_name.endswith(".gz")

    @property
    def is_encrypted(self) -> bool:
        """Its bytes are not its content."""
        return self.encryption is not None

    @property
    def plain_path(self) -> Path | None:
        """Where its content is a file of this machine; None if it is encrypted, or an object."""
        return None if self.is_encrypted else self.place.path

    def open(self) -> BinaryIO:
        """Return its content, decrypted, as a stream that the caller closes."""
        stream = self.place.open()
        try:
            return encryption.open_plain(stream, self.encryption)
        except BaseException:
            stream.close()
            raise

    def open_arrow(self, *, is_random: bool = False) -> pa.NativeFile:
        """Return its content for Arrow, unpacked if it is compressed; the caller closes it.

        Args:
            is_random: Reading begins anywhere. What can only be decrypted from its beginning (age)
                is then held in memory as a whole.
        """
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        packing = "gzip" if self.is_packed else None
        if self.plain_path is not None:
            return pa.input_stream(str(self.plain_path), compression=packing)
        stream = self.open()
        if is_random and not stream.seekable():
            with stream:
                return pa.BufferReader(stream.read())
        return pa.input_stream(stream, compression=packing)

    def marked_encoding(self) -> str | None:
        """Return the encoding that a byte order mark says; None if there is none."""
        with self.open_arrow() as stream:
            head = stream.read(4)
        return next((name for mark, name in _MARKS if head.startswith(mark)), None)
