"""The header of an encrypted file: which key opens it, and how its chunks are sealed.

| bytes | content |
| --- | --- |
| 6 | magic, "LFILE" and a zero byte |
| 1 | version, 1 |
| 1 | key: 0 a 32-byte key, 1 a passphrase, 2 a data key in a keyring |
| 32 | id of the file, random; also the salt of its keys |
| 7 | prefix of the nonces, random |
| 4 | length of a chunk's text, big-endian |
| 2 | length of the next part, big-endian |
| any | 0: fingerprint of the key; 1: scrypt's log2 of N, r, p and salt; 2: name of the data key |
| 16 | check of the key: another key gives another one |
| 32 | HMAC-SHA-256 over everything before |

HKDF-SHA-256 makes three keys of the key and the file's id: for the chunks, for the HMAC, and
the check.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import BinaryIO, Final, NoReturn

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import KEY_BYTES, SecretKey

MAGIC: Final = b"LFILE\x00"
VERSION: Final = 1
BY_KEY: Final = 0
BY_PASSPHRASE: Final = 1
BY_KEYRING: Final = 2
FILE_ID_BYTES: Final = 32
PREFIX_BYTES: Final = 7
MAX_CHUNK_BYTES: Final = 1 << 24
"""Most memory that a file may ask for to be opened, 16 MiB."""

_CHUNK_FIELD: Final = 4
_LENGTH_FIELD: Final = 2
_FIXED_BYTES: Final = len(MAGIC) + 2 + FILE_ID_BYTES + PREFIX_BYTES + _CHUNK_FIELD + _LENGTH_FIELD
_MAX_KEY_PART: Final = 512
_CHECK_BYTES: Final = 16
_MAC_BYTES: Final = 32
_PURPOSE: Final = b"lineage encrypted file, version 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """What an encrypted file says about itself before its chunks.

    Attributes:
        kind: Which kind of key: `BY_KEY`, `BY_PASSPHRASE` or `BY_KEYRING`.
        file_id: 32 random bytes.
        prefix: The first 7 bytes of every nonce.
        chunk_bytes: Length of the text of every chunk but the last.
        key_part: What says which key.
    """

    kind: int
    file_id: bytes
    prefix: bytes
    chunk_bytes: int
    key_part: bytes

    def fields(self) -> bytes:
        """Return the header without check and HMAC."""
        return b"".join(
            (
                MAGIC,
                bytes([VERSION, self.kind]),
                self.file_id,
                self.prefix,
                self.chunk_bytes.to_bytes(_CHUNK_FIELD, "big"),
                len(self.key_part).to_bytes(_LENGTH_FIELD, "big"),
                self.key_part,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedHeader:
    """A header whose key is known.

    Attributes:
        header: Its fields.
        data: Its bytes.
        chunk_key: Seals the chunks.
    """

    header: FileHeader
    data: bytes
    chunk_key: SecretKey

    @property
    def binding(self) -> bytes:
        """What every chunk is bound to: the digest of the whole header."""
        return hashlib.sha256(self.data).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHeader:
    """A header as it was read, not yet authenticated.

    Attributes:
        header: Its fields.
        check: The check of the key.
        mac: The HMAC.
    """

    header: FileHeader
    check: bytes
    mac: bytes

    def open(self, key: SecretKey) -> OpenedHeader:
        """Return the header, authenticated.

        Raises:
            CipherError: The file was encrypted with another key, or its header has changed.
        """
        opened = make(self.header, key)
        ours = opened.data
        check, mac = ours[-_MAC_BYTES - _CHECK_BYTES : -_MAC_BYTES], ours[-_MAC_BYTES:]
        if not hmac.compare_digest(check, self.check):
            raise CipherError(
                "encrypted file",
                problem="it was encrypted with another key, or its header has changed",
                remedy="give the key it was encrypted with, or restore the file",
            )
        if not hmac.compare_digest(mac, self.mac):
            _changed("its header has changed")
        return opened


def make(header: FileHeader, key: SecretKey) -> OpenedHeader:
    """Return a header with check and HMAC by a key."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # start-up time
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    kdf = HKDF(
        algorithm=hashes.SHA256(),
        length=2 * KEY_BYTES + _CHECK_BYTES,
        salt=header.file_id,
        info=_PURPOSE,
    )
    keys = kdf.derive(key.reveal())
    start = header.fields() + keys[2 * KEY_BYTES :]
    mac = hmac.digest(keys[KEY_BYTES : 2 * KEY_BYTES], start, "sha256")
    return OpenedHeader(header=header, data=start + mac, chunk_key=SecretKey(keys[:KEY_BYTES]))


def read(source: BinaryIO) -> ReadHeader:
    """Read a header from where a file begins.

    Raises:
        CipherError: It is not one, of another version, damaged or cut off.
    """
    fixed = read_fully(source, _FIXED_BYTES)
    if not fixed.startswith(MAGIC):
        raise CipherError(
            "encrypted file",
            problem="it does not begin as one"
            if fixed or not MAGIC.startswith(fixed)
            else "0 bytes",
            expected="a file that was encrypted in mode 'simple'",
            remedy="restore it, or read it without a key",
        )
    if len(fixed) < _FIXED_BYTES:
        _cut()
    if fixed[len(MAGIC)] != VERSION:
        _changed(f"its header says version {fixed[len(MAGIC)]}", f"version {VERSION}")
    return _rest(fixed, source)


def _rest(fixed: bytes, source: BinaryIO) -> ReadHeader:
    at_id = len(MAGIC) + 2
    at_prefix = at_id + FILE_ID_BYTES
    at_chunk = at_prefix + PREFIX_BYTES
    chunk_bytes = int.from_bytes(fixed[at_chunk : at_chunk + _CHUNK_FIELD], "big")
    length = int.from_bytes(fixed[-_LENGTH_FIELD:], "big")
    if not 0 < chunk_bytes <= MAX_CHUNK_BYTES:
        _changed(f"its header says chunks of {chunk_bytes:,} bytes", f"1 to {MAX_CHUNK_BYTES:,}")
    if length > _MAX_KEY_PART:
        _changed(f"its header says {length} bytes about the key", f"at most {_MAX_KEY_PART}")
    rest = read_fully(source, length + _CHECK_BYTES + _MAC_BYTES)
    if len(rest) < length + _CHECK_BYTES + _MAC_BYTES:
        _cut()
    header = FileHeader(
        kind=fixed[len(MAGIC) + 1],
        file_id=fixed[at_id:at_prefix],
        prefix=fixed[at_prefix:at_chunk],
        chunk_bytes=chunk_bytes,
        key_part=rest[:length],
    )
    return ReadHeader(
        header=header, check=rest[length : length + _CHECK_BYTES], mac=rest[-_MAC_BYTES:]
    )


def read_fully(source: BinaryIO, length: int) -> bytes:
    """Return that many bytes; fewer only where the source ends."""
    data = source.read(length)
    if len(data) == length or not data:
        return data
    parts = [data]
    missing = length - len(data)
    while missing and (data := source.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


def _changed(problem: str, expected: str | None = None) -> NoReturn:
    raise CipherError(
        "encrypted file", problem=problem, expected=expected, remedy="restore the file"
    )


def _cut() -> NoReturn:
    raise CipherError(
        "encrypted file", problem="it is cut off in its header", remedy="restore the file"
    )
