"""Encrypt files of any length in mode "simple": AES-256-GCM over authenticated chunks.

`file_header` describes how a file begins and `file_chunks` what follows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from lineage.kernel import files
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import file_header
from lineage.kernel.secrets.file_chunks import DecryptingStream, EncryptingStream
from lineage.kernel.secrets.file_encryption import FileEncryption
from lineage.kernel.secrets.file_header import (
    BY_KEY,
    BY_KEYRING,
    BY_PASSPHRASE,
    FileHeader,
    OpenedHeader,
    ReadHeader,
)
from lineage.kernel.secrets.scrypt import DERIVATION_BYTES, PassphraseKeys, ScryptCost
from lineage.kernel.secrets.secret import (
    Passphrase,
    Randomness,
    Secret,
    SecretKey,
    SystemRandomness,
)
from lineage.kernel.secrets.unseen_files import replacing_unseen

CHUNK_BYTES: Final = 1 << 20
_COPY_BYTES: Final = 1 << 20
_KINDS: Final = {
    BY_KEY: "a 32-byte key",
    BY_PASSPHRASE: "a passphrase",
    BY_KEYRING: "a key of a keyring",
}


class DataKeys(Protocol):
    """A place that keeps one data key for each file, wrapped."""

    @property
    def key_id(self) -> str:
        """The name of the key that wraps new ones."""
        ...

    def new(self) -> tuple[str, SecretKey]:
        """Return a new data key and its name; it is kept when this returns."""
        ...

    def load(self, name: str) -> SecretKey:
        """Return the data key of a name.

        Raises:
            CipherError: There is none, or it was destroyed.
        """
        ...


class FileCipher:
    """Encrypts and decrypts files with one key; safe to share between threads.

    Args:
        key: A key; a passphrase, from which scrypt makes one; or a place of data keys, which
            gives each file its own.
        chunk_bytes: Length of the text of a chunk; a reader needs that much memory.
        randomness: Makes ids, nonces and salts.
        cost: Of scrypt for new files.
    """

    mode = "simple"

    def __init__(
        self,
        key: Secret | DataKeys,
        *,
        chunk_bytes: int = CHUNK_BYTES,
        randomness: Randomness | None = None,
        cost: ScryptCost | None = None,
    ) -> None:
        if not 0 < chunk_bytes <= file_header.MAX_CHUNK_BYTES:
            raise CipherError(
                "chunk_bytes",
                problem=f"{chunk_bytes:,}",
                expected=f"1 to {file_header.MAX_CHUNK_BYTES:,}",
            )
        self._randomness = randomness or SystemRandomness()
        self._keys: SecretKey | PassphraseKeys | DataKeys = (
            PassphraseKeys(key, self._randomness, cost or ScryptCost())
            if isinstance(key, Passphrase)
            else key
        )
        self._chunk_bytes = chunk_bytes

    def __repr__(self) -> str:
        return "<FileCipher>"

    @property
    def key_id(self) -> str | None:
        """The key's fingerprint, or its name in the keyring; None for a passphrase."""
        match self._keys:
            case SecretKey():
                return self._keys.fingerprint
            case PassphraseKeys():
                return None
        return self._keys.key_id

    @contextmanager
    def encrypting(self, target: BinaryIO) -> Iterator[BinaryIO]:
        """Give a stream that takes text and passes it on encrypted (see `FileEncryption`)."""
        stream = EncryptingStream(target, self._new_header())
        # a raw stream that takes all it is given is what writers need
        yield cast("BinaryIO", stream)
        stream.finish()

    def decrypting(self, source: BinaryIO) -> BinaryIO:
        """Return a stream that gives the text of an encrypted one (see `FileEncryption`).

        Args:
            source: Where the encrypted file begins; closed with the stream.

        Raises:
            CipherError: It is not encrypted in this mode, or with another key; it has changed,
                or was cut off. If the source is not seekable, the latter may show only while
                it is read.
        """
        opened = self._opened(file_header.read(source))
        return io.BufferedReader(DecryptingStream(source, opened))

    def for_one_file(self) -> FileCipher:
        """Return a cipher for the parts of one file, which share its data key."""
        if isinstance(self._keys, SecretKey | PassphraseKeys):
            return self
        return FileCipher(_OneDataKey(self._keys), chunk_bytes=self._chunk_bytes)

    def _new_header(self) -> OpenedHeader:
        kind, key_part, key = self._new_key()
        header = FileHeader(
            kind=kind,
            file_id=self._randomness.token(file_header.FILE_ID_BYTES),
            prefix=self._randomness.token(file_header.PREFIX_BYTES),
            chunk_bytes=self._chunk_bytes,
            key_part=key_part,
        )
        return file_header.make(header, key)

    def _new_key(self) -> tuple[int, bytes, SecretKey]:
        match self._keys:
            case SecretKey() as key:
                return BY_KEY, key.fingerprint.encode(), key
            case PassphraseKeys() as keys:
                derivation = keys.own()
                return BY_PASSPHRASE, derivation, keys.key(derivation)
        name, key = self._keys.new()
        return BY_KEYRING, name.encode(), key

    def _opened(self, found: ReadHeader) -> OpenedHeader:
        kind, part = found.header.kind, found.header.key_part
        match self._keys:
            case SecretKey() as key if kind == BY_KEY:
                if part != key.fingerprint.encode():
                    raise _another(part.decode("ascii", "replace"), key.fingerprint)
                return found.open(key)
            case PassphraseKeys() as keys if kind == BY_PASSPHRASE:
                if len(part) != DERIVATION_BYTES:
                    raise CipherError(
                        "encrypted file",
                        problem="its header has changed",
                        remedy="restore the file",
                    )
                return found.open(keys.key(part))
            case SecretKey() | PassphraseKeys():
                pass
            case data_keys if kind == BY_KEYRING:
                return found.open(data_keys.load(part.decode("utf-8", "replace")))
        raise CipherError(
            "encrypted file",
            problem=f"it was encrypted with {_KINDS.get(kind, 'an unknown kind of key')}, not with "
            + _KINDS[_kind_of(self._keys)],
            remedy="give the key it was encrypted with",
        )


class _OneDataKey:
    """Data keys of which only one is new."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self._new: tuple[str, SecretKey] | None = None

    @property
    def key_id(self) -> str:
        return self._keys.key_id

    def new(self) -> tuple[str, SecretKey]:
        if self._new is None:
            self._new = self._keys.new()
        return self._new

    def load(self, name: str) -> SecretKey:
        return self._keys.load(name)


def encrypt_file(source: Path, target: Path, encryption: FileEncryption) -> files.FileVersion:
    """Write an encrypted copy of a file; it appears whole or not at all.

    Raises:
        CipherError: It cannot be encrypted.
        OSError: A file cannot be read or written.
    """
    with (
        source.open("rb") as plain,
        files.replacing(target, like=source) as pending,
        encryption.encrypting(cast("BinaryIO", pending.stream)) as stream,
    ):
        _copy(plain, stream)
    return pending.written


def decrypt_file(source: Path, target: Path, encryption: FileEncryption) -> files.FileVersion:
    """Write a decrypted copy of a file; it appears whole and verified, or not at all.

    A killed process leaves nothing of it on Linux; see `unseen_files`.

    Raises:
        CipherError: The file was encrypted with another key, has changed or was cut off.
        OSError: A file cannot be read or written.
    """
    with (
        source.open("rb") as encrypted,
        replacing_unseen(target, like=source) as pending,
        encryption.decrypting(encrypted) as plain,
    ):
        _copy(plain, cast("BinaryIO", pending.stream))
    return pending.written


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    while data := source.read(_COPY_BYTES):
        target.write(data)


def _kind_of(keys: SecretKey | PassphraseKeys | DataKeys) -> int:
    match keys:
        case SecretKey():
            return BY_KEY
        case PassphraseKeys():
            return BY_PASSPHRASE
    return BY_KEYRING


def _another(found: str, given: str) -> CipherError:
    return CipherError(
        "encrypted file",
        problem=f"it was encrypted with another key: {found!r}, not {given!r}",
        remedy="give that key; if there is none of that name, restore the file",
    )
