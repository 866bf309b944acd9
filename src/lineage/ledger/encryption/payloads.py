"""A payload as an encrypted ledger stores it.

| bytes | content |
| --- | --- |
| 1 | version, 1 |
| 12 | nonce, random for each payload |
| rest | AES-256-GCM of the JSON, with its 16-byte tag |

The associated data are version, stream, version in the stream, type and version of the type, joined
by U+001F, so that a payload opens in no other place. JSON never begins with the byte 1.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = b"\x01"
"""With what a sealed payload begins."""

OPEN_STREAMS: Final = "ledger:"
"""Beginning of the streams that are never encrypted: what is said of the ledger itself, such as its
seals, holds no data and can be checked without a key."""

Why: TypeAlias = Literal["locked", "erased", "damaged"]
"""Why a payload cannot be read: no key here, its key was destroyed, or it does not open."""

_NONCE_END: Final = 13


def bound_to(stream: str, version: int, topic: str, schema_version: int) -> bytes:
    """Return what a sealed payload is bound to."""
    return f"1\x1f{stream}\x1f{version}\x1f{topic}\x1f{schema_version}".encode()


def seal(cipher: AESGCM, payload: bytes, bound: bytes) -> bytes:
    """Return a payload as it is stored.

    Args:
        cipher: The key of its stream.
        payload: The JSON.
        bound: Its place, `bound_to`.
    """
    nonce = os.urandom(_NONCE_END - 1)
    return VERSION + nonce + cipher.encrypt(nonce, payload, bound)


def is_sealed(stored: bytes) -> bool:
    """Tell whether a stored payload is encrypted."""
    return stored[:1] == VERSION


def open_one(cipher: AESGCM, stored: bytes, bound: bytes) -> bytes | None:
    """Return the JSON of a stored payload; None if it does not open: changed, moved, cut."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # start-up time

    if not is_sealed(stored):
        return None
    try:
        return cipher.decrypt(stored[1:_NONCE_END], stored[_NONCE_END:], bound)
    except (InvalidTag, ValueError):
        return None


def open_many(
    ciphers: Mapping[str, AESGCM | None], rows: Sequence[tuple[str, bytes, bytes]]
) -> list[bytes | None]:
    """Return the JSON of stored payloads, null where their stream has no key to open it.

    Args:
        ciphers: Stream to key; a payload of another stream is not encrypted.
        rows: Stream, `bound_to` and payload as it is stored.

    Raises:
        InvalidTag: One does not open.
        ValueError: One is not as long as any that was sealed, or not sealed.
    """
    opened: list[bytes | None] = []
    for stream, bound, stored in rows:
        if stream not in ciphers:
            opened.append(stored)
        elif (cipher := ciphers[stream]) is None:
            opened.append(None)
        elif stored[:1] == VERSION:
            opened.append(cipher.decrypt(stored[1:_NONCE_END], stored[_NONCE_END:], bound))
        else:
            raise ValueError("not sealed")
    return opened


def version_of(bound: bytes) -> int:
    """Return the place in its stream that `bound_to` was given."""
    return int(bound.split(b"\x1f")[2])
