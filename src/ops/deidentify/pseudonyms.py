"""Pseudonyms: a keyed hash of what a value is, however it is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.secrets.secret import SecretKey

CANONICAL_VERSION: Final = 1
"""Raise it when `canonical` changes: the same values then get other pseudonyms."""

_LABEL: Final = b"lineage pseudonym\x00%d\x00"
_BITS_A_BYTE: Final = 8
_BYTES_A_HASH: Final = 32
_ROWS_A_PART: Final = 1 << 17
_ASCII_SPACES: Final = "".join(char for char in map(chr, range(128)) if char.isspace())


def canonical(texts: pa.Array, *, keep_case: bool = False) -> pa.Array:
    """Return texts in the form in which they are compared.

    That is Unicode's NFKC without white space at both ends, and with case folded unless it is kept.

    Args:
        texts: Texts without nulls.
        keep_case: Tell "Ada" from "ADA".

    Returns:
        Texts of the same type, in their order.
    """
    made = [_canonical_part(part, keep_case=keep_case) for part in _parts(texts)]
    return pa.concat_arrays(made) if made else texts


def pseudonyms(texts: pa.Array, key: SecretKey, *, version: int, bits: int = 128) -> pa.Array:
    """Return the pseudonyms of texts.

    Args:
        texts: Canonical texts without nulls, best distinct ones.
        key: Equal keys give equal pseudonyms.
        version: Number of the key, which the pseudonym shows.
        bits: How much of the hash is kept, from 128 to 256, a multiple of 8.

    Returns:
        Texts such as "v1-" and 32 hexadecimal digits, in the order of `texts`.

    Source: HMAC with SHA-256, RFC 2104, cut as NIST SP 800-107 allows.
    """
    hashed = _hash_of(key, _LABEL % CANONICAL_VERSION)
    made = [
        _written(f"v{version}-".encode(), hashed(part), bits // _BITS_A_BYTE)
        for part in _parts(texts)
    ]
    return pa.concat_arrays(made) if made else pa.array([], pa.string())


def _hash_of(key: SecretKey, label: bytes) -> Callable[[pa.Array], bytes]:
    """Return what hashes a label and each text with a key, and joins the hashes."""
    from cryptography.hazmat.primitives import hashes, hmac  # noqa: PLC0415  # start-up time

    begun = hmac.HMAC(key.reveal(), hashes.SHA256())
    begun.update(label)

    def digest(message: bytes) -> bytes:
        whole = begun.copy()
        whole.update(message)
        return whole.finalize()

    return lambda texts: b"".join(map(digest, texts.cast(pa.large_binary()).to_pylist()))


def _written(start: bytes, hashes: bytes, kept: int) -> pa.Array:
    """Return texts of a start and the hexadecimal digits of so many bytes of each hash."""
    rows = np.frombuffer(hashes, np.uint8).reshape(-1, _BYTES_A_HASH)[:, :kept]
    digits = np.frombuffer(rows.tobytes().hex().encode(), np.uint8).reshape(len(rows), 2 * kept)
    whole = np.hstack([np.tile(np.frombuffer(start, np.uint8), (len(rows), 1)), digits])
    ends = np.arange(len(rows) + 1, dtype=np.int32) * whole.shape[1]
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(ends), pa.py_buffer(whole))


def _canonical_part(texts: pa.Array, *, keep_case: bool) -> pa.Array:
    # Arrow does the same as `_canonical` to texts of ASCII, many at once.
    trimmed = pc.utf8_trim(texts, characters=_ASCII_SPACES)
    made = trimmed if keep_case else pc.ascii_lower(trimmed)
    is_ascii = pc.string_is_ascii(texts)
    if pc.all(is_ascii).as_py():
        return made
    others = texts.filter(pc.invert(is_ascii)).to_pylist()
    forms = pa.array([_canonical(text, keep_case=keep_case) for text in others], texts.type)
    return pc.replace_with_mask(made, pc.invert(is_ascii), forms)


def _canonical(text: str, *, keep_case: bool) -> str:
    normal = unicodedata.normalize("NFKC", text).strip()
    # folding may undo the normal form
    return normal if keep_case else unicodedata.normalize("NFKC", normal.casefold())


def _parts(texts: pa.Array) -> Iterator[pa.Array]:
    """Yield texts in arrays of bounded length."""
    for start in range(0, len(texts), _ROWS_A_PART):
        yield texts.slice(start, _ROWS_A_PART)
