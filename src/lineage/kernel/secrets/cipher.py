"""Seal small messages so that only holders of the secret can read or change them.

A sealed message is header, nonce, ciphertext and tag. The cipher is AES-256-GCM; header and
the caller's associated data are authenticated with the text.

| bytes | content |
| --- | --- |
| 6 | magic, "LSEAL" and a zero byte |
| 1 | version, 1 |
| 1 | secret: 0 a 32-byte key, 1 a passphrase |
| 19, passphrase only | scrypt: log2 of N, r, p, one byte each, and the salt of 16 |
| 12 | nonce, random for each message |
| rest | ciphertext and its 16-byte tag |

One key may seal 2^32 messages before random nonces come too close to repeating.
"""

from __future__ import annotations

from typing import Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.scrypt import DERIVATION_BYTES, PassphraseKeys, ScryptCost
from lineage.kernel.secrets.secret import (
    Passphrase,
    Randomness,
    Secret,
    SecretKey,
    SystemRandomness,
)

ALGORITHM: Final = "AES-256-GCM"
MAX_MESSAGE_BYTES: Final = 1 << 30

_MAGIC: Final = b"LSEAL\x00"
_VERSION: Final = 1
_BY_KEY: Final = 0
_BY_PASSPHRASE: Final = 1
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_FIXED_BYTES: Final = len(_MAGIC) + 2


class Cipher:
    """Seals and opens messages with one secret.

    Args:
        secret: A key, or a passphrase from which scrypt makes one; that takes about 0.2 s once
            for sealing and once for each salt met in opening.
        randomness: Makes nonces and salts.
        cost: Of scrypt for new messages.
    """

    def __init__(
        self,
        secret: Secret,
        *,
        randomness: Randomness | None = None,
        cost: ScryptCost | None = None,
    ) -> None:
        self._randomness = randomness or SystemRandomness()
        self._keys: SecretKey | PassphraseKeys = (
            PassphraseKeys(secret, self._randomness, cost or ScryptCost())
            if isinstance(secret, Passphrase)
            else secret
        )

    def __repr__(self) -> str:
        return f"<Cipher {ALGORITHM}>"

    @property
    def fingerprint(self) -> str | None:
        """The public name of the key; None for a passphrase, which has none."""
        return self._keys.fingerprint if isinstance(self._keys, SecretKey) else None

    def seal(self, plaintext: bytes, associated_data: bytes = b"") -> bytes:
        """Return a sealed message.

        Args:
            plaintext: At most 1 GiB.
            associated_data: What the message belongs to; needed again to open it.

        Raises:
            CipherError: The message is too long.
        """
        if len(plaintext) > MAX_MESSAGE_BYTES:
            raise CipherError(
                "message",
                problem=f"{len(plaintext):,} bytes",
                expected=f"at most {MAX_MESSAGE_BYTES:,}",
                remedy="seal it in parts",
            )
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # start-up time

        header, key = self._sealing_key()
        nonce = self._randomness.token(_NONCE_BYTES)
        sealed = AESGCM(key.reveal()).encrypt(nonce, plaintext, header + associated_data)
        return header + nonce + sealed

    def open(self, sealed: bytes, associated_data: bytes = b"") -> bytes:
        """Return the text of a sealed message.

        Args:
            sealed: What `seal` returned.
            associated_data: As it was given to `seal`.

        Raises:
            CipherError: It is not a sealed message, or of another version; it was sealed with
                another kind of secret, another secret or other associated data; or it changed.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # start-up time
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        header, key = self._opening_key(sealed)
        nonce = sealed[len(header) : len(header) + _NONCE_BYTES]
        body = sealed[len(header) + _NONCE_BYTES :]
        try:
            return AESGCM(key.reveal()).decrypt(nonce, body, header + associated_data)
        except InvalidTag:
            raise CipherError(
                "sealed message",
                problem="it does not open",
                remedy="give the secret and associated data it was sealed with; if the message "
                "has changed, restore it",
            ) from None

    def _sealing_key(self) -> tuple[bytes, SecretKey]:
        if isinstance(self._keys, SecretKey):
            return _MAGIC + bytes([_VERSION, _BY_KEY]), self._keys
        derivation = self._keys.own()
        header = _MAGIC + bytes([_VERSION, _BY_PASSPHRASE]) + derivation
        return header, self._keys.key(derivation)

    def _opening_key(self, sealed: bytes) -> tuple[bytes, SecretKey]:
        kind = _kind(sealed)
        if kind == _BY_KEY and isinstance(self._keys, SecretKey):
            return sealed[:_FIXED_BYTES], self._keys
        if kind == _BY_PASSPHRASE and isinstance(self._keys, PassphraseKeys):
            end = _FIXED_BYTES + DERIVATION_BYTES
            return sealed[:end], self._keys.key(sealed[_FIXED_BYTES:end])
        kinds = {_BY_KEY: "a 32-byte key", _BY_PASSPHRASE: "a passphrase"}
        raise CipherError(
            "sealed message",
            problem=f"it was sealed with {kinds.get(kind, 'an unknown kind of secret')}, not with "
            + kinds[_BY_KEY if isinstance(self._keys, SecretKey) else _BY_PASSPHRASE],
            remedy="give the secret it was sealed with",
        )


def is_sealed(data: bytes) -> bool:
    """Tell whether bytes begin as a sealed message does."""
    return data.startswith(_MAGIC)


def _kind(sealed: bytes) -> int:
    """Return which kind of secret sealed a message, after checking its frame."""
    fault = _frame_fault(sealed)
    if fault is not None:
        problem, expected = fault
        raise CipherError("sealed message", problem=problem, expected=expected)
    return sealed[len(_MAGIC) + 1]


def _frame_fault(sealed: bytes) -> tuple[str, str] | None:
    """Return what is wrong with a message's frame, and what should be there."""
    if not is_sealed(sealed):
        return "it does not begin as one", "a message made by lineage.kernel.secrets.cipher"
    if len(sealed) < _FIXED_BYTES:
        return f"only {len(sealed)} bytes", "a whole header"
    if sealed[len(_MAGIC)] != _VERSION:
        return f"version {sealed[len(_MAGIC)]}", f"version {_VERSION}"
    derivation = DERIVATION_BYTES if sealed[len(_MAGIC) + 1] == _BY_PASSPHRASE else 0
    least = _FIXED_BYTES + derivation + _NONCE_BYTES + _TAG_BYTES
    return (f"only {len(sealed)} bytes", f"at least {least}") if len(sealed) < least else None
