"""Pseudonyms: a keyed hash of what a value is, however it is written."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

import pyarrow as pa

from lineage.kernel.secrets.secret import SecretKey

CANONICAL_VERSION: Final = 1
"""Raise it when `canonical` changes: the same values then get other pseudonyms."""

_LABEL: Final = b"lineage pseudonym\x00%d\x00"
_BITS_A_DIGIT: Final = 4
_SLICE: Final = 1 << 17


def canonical(texts: pa.Array, *, keep_case: bool = False) -> pa.Array:
    """Return texts in the form in which they are compared.

    That is Unicode's NFKC without white space at both ends, and with case folded unless it is kept.

    Args:
        texts: Texts without nulls.
        keep_case: Tell "Ada" from "ADA".

    Returns:
        Texts of the same type, in their order.
    """
    made = [
        pa.array([_canonical(text, keep_case=keep_case) for text in part], texts.type)
        for part in _slices(texts)
    ]
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
    start = f"v{version}-"
    digits = bits // _BITS_A_DIGIT
    digest = _hash_of(key, _LABEL % CANONICAL_VERSION)
    made = [
        pa.array([start + digest(text.encode())[:digits] for text in part], pa.string())
        for part in _slices(texts)
    ]
    return pa.concat_arrays(made) if made else pa.array([], pa.string())


def _hash_of(key: SecretKey, label: bytes) -> Callable[[bytes], str]:
    """Return the keyed hash of a label and what follows, in hexadecimal digits."""
    begun = hmac.new(key.reveal(), label, "sha256")

    def digest(message: bytes) -> str:
        whole = begun.copy()
        whole.update(message)
        return whole.hexdigest()

    return digest


def _canonical(text: str, *, keep_case: bool) -> str:
    if text.isascii():
        return text.strip() if keep_case else text.strip().lower()
    normal = unicodedata.normalize("NFKC", text).strip()
    # folding may undo the normal form
    return normal if keep_case else unicodedata.normalize("NFKC", normal.casefold())


def _slices(texts: pa.Array) -> Iterator[list[str]]:
    """Yield texts in lists of bounded length."""
    for start in range(0, len(texts), _SLICE):
        yield texts.slice(start, _SLICE).to_pylist()
