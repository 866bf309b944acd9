"""Keys derived from a master key, one for each use."""

from __future__ import annotations

from typing import Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import KEY_BYTES, SecretKey

_LABEL: Final = b"lineage derived key"
_LENGTH_BYTES: Final = 4


def derive_key(master: SecretKey, *, domain: str, purpose: str, version: int) -> SecretKey:
    """Return the key for one use; equal arguments give the same key, others an unrelated one.

    Args:
        master: The key that it is derived from; it cannot be found from the result.
        domain: Where equal values shall get equal results: a study, a customer.
        purpose: What the key is for ("pseudonyms of patient_id").
        version: Number of the key, from 1; the next one replaces it.

    Raises:
        CipherError: A name is empty, or the version is not positive.

    Source: HKDF with SHA-256, RFC 5869. Its info is each part, after its length in 4 bytes.
    """
    for name, text in (("domain", domain), ("purpose", purpose)):
        if not text:
            raise CipherError(f"{name} of a derived key", problem="empty", expected="a name")
    if version < 1:
        raise CipherError(
            "version of a derived key", problem=str(version), expected="a number from 1"
        )
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # start-up time
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    parts = (_LABEL, domain.encode(), purpose.encode(), str(version).encode())
    info = b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info)
    return SecretKey(kdf.derive(master.reveal()))
