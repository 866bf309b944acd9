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

from dataclasses import dataclass
from typing import Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import (
    KEY_BYTES,
    Passphrase,
    Randomness,
    Secret,
    SecretKey,
    SystemRandomness,
)

ALGORITHM: Final = "AES-256-GCM"
MAX_MESSAGE_BYTES: Final = 1 << 30
MAX_SCRYPT_BYTES: Final = 1 << 28
"""Most memory that a sealed message may ask for to be opened, 256 MiB."""

_MAGIC: Final = b"LSEAL\x00"
_VERSION: Final = 1
_BY_KEY: Final = 0
_BY_PASSPHRASE: Final = 1
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_FIXED_BYTES: Final = len(_MAGIC) + 2
_COST_BYTES: Final = 3
_DERIVATION_BYTES: Final = _COST_BYTES + _SALT_BYTES
_MAX_PARALLEL: Final = 16
_DERIVATIONS_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ScryptCost:
    """How expensive it is to try one passphrase; memory is 128 * r * 2^log2_n bytes.

    Attributes:
        log2_n: Logarithm of the number of rounds.
        r: Block size.
        p: How often all of it is repeated.
    """

    log2_n: int = 15
    r: int = 8
    p: int = 3

    def __post_init__(self) -> None:
        """Refuse costs that none of our messages has, so that none can exhaust the memory."""
        fits = 128 * self.r << min(self.log2_n, 64) <= MAX_SCRYPT_BYTES
        if not (fits and self.log2_n > 0 and self.r > 0 and 0 < self.p <= _MAX_PARALLEL):
            raise CipherError(
                "scrypt parameters",
                problem=f"N = 2^{self.log2_n}, r = {self.r}, p = {self.p}",
                expected=f"at most {MAX_SCRYPT_BYTES >> 20} MiB and p <= {_MAX_PARALLEL}",
            )


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
        self._secret = secret
        self._randomness = randomness or SystemRandomness()
        self._cost = cost or ScryptCost()
        self._own_derivation: bytes | None = None
        self._derived: dict[bytes, SecretKey] = {}

    def __repr__(self) -> str:
        return f"<Cipher {ALGORITHM}>"

    @property
    def fingerprint(self) -> str | None:
        """The public name of the key; None for a passphrase, which has none."""
        return self._secret.fingerprint if isinstance(self._secret, SecretKey) else None

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
        if isinstance(self._secret, SecretKey):
            return _MAGIC + bytes([_VERSION, _BY_KEY]), self._secret
        # never a derivation met in opening: a forged message could have a weak one
        if self._own_derivation is None:
            cost = self._cost
            salt = self._randomness.token(_SALT_BYTES)
            self._own_derivation = bytes([cost.log2_n, cost.r, cost.p]) + salt
        header = _MAGIC + bytes([_VERSION, _BY_PASSPHRASE]) + self._own_derivation
        return header, self._derive(self._secret, self._own_derivation)

    def _opening_key(self, sealed: bytes) -> tuple[bytes, SecretKey]:
        kind = _kind(sealed)
        if kind == _BY_KEY and isinstance(self._secret, SecretKey):
            return sealed[:_FIXED_BYTES], self._secret
        if kind == _BY_PASSPHRASE and isinstance(self._secret, Passphrase):
            end = _FIXED_BYTES + _DERIVATION_BYTES
            return sealed[:end], self._derive(self._secret, sealed[_FIXED_BYTES:end])
        kinds = {_BY_KEY: "a 32-byte key", _BY_PASSPHRASE: "a passphrase"}
        raise CipherError(
            "sealed message",
            problem=f"it was sealed with {kinds.get(kind, 'an unknown kind of secret')}, not with "
            + kinds[_BY_KEY if isinstance(self._secret, SecretKey) else _BY_PASSPHRASE],
            remedy="give the secret it was sealed with",
        )

    def _derive(self, passphrase: Passphrase, derivation: bytes) -> SecretKey:
        known = self._derived.get(derivation)
        if known is not None:
            return known
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415  # start-up time

        log2_n, r, p = derivation[:_COST_BYTES]
        cost = ScryptCost(log2_n=log2_n, r=r, p=p)
        scrypt = Scrypt(
            salt=derivation[_COST_BYTES:],
            length=KEY_BYTES,
            n=1 << cost.log2_n,
            r=cost.r,
            p=cost.p,
        )
        key = SecretKey(scrypt.derive(passphrase.reveal()))
        if len(self._derived) < _DERIVATIONS_KEPT or derivation == self._own_derivation:
            self._derived[derivation] = key
        return key


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
    derivation = _DERIVATION_BYTES if sealed[len(_MAGIC) + 1] == _BY_PASSPHRASE else 0
    least = _FIXED_BYTES + derivation + _NONCE_BYTES + _TAG_BYTES
    return (f"only {len(sealed)} bytes", f"at least {least}") if len(sealed) < least else None
