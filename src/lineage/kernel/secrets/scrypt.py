"""Keys from passphrases by scrypt, made once for each salt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import KEY_BYTES, Passphrase, Randomness, SecretKey

MAX_SCRYPT_BYTES: Final = 1 << 28
"""Most memory that a message or a file may ask for to be opened, 256 MiB."""

COST_BYTES: Final = 3
DERIVATION_BYTES: Final = COST_BYTES + 16
"""A derivation: log2 of N, r, p, one byte each, and the salt of 16."""

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


class PassphraseKeys:
    """The keys that one passphrase gives, one for each derivation.

    Args:
        passphrase: The passphrase; one key takes about 0.2 s at the usual cost.
        randomness: Makes salts.
        cost: Of new derivations.
    """

    def __init__(self, passphrase: Passphrase, randomness: Randomness, cost: ScryptCost) -> None:
        self._passphrase = passphrase
        self._randomness = randomness
        self._cost = cost
        self._own: bytes | None = None
        self._derived: dict[bytes, SecretKey] = {}

    def __repr__(self) -> str:
        return "<PassphraseKeys>"

    def own(self) -> bytes:
        """Return the derivation for what is encrypted, the same each time.

        It is never one met in opening: a forged message could have a weak one.
        """
        if self._own is None:
            salt = self._randomness.token(DERIVATION_BYTES - COST_BYTES)
            self._own = bytes([self._cost.log2_n, self._cost.r, self._cost.p]) + salt
        return self._own

    def key(self, derivation: bytes) -> SecretKey:
        """Return the key of a derivation.

        Raises:
            CipherError: It would cost more than any of ours.
        """
        known = self._derived.get(derivation)
        if known is not None:
            return known
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415  # start-up time

        log2_n, r, p = derivation[:COST_BYTES]
        cost = ScryptCost(log2_n=log2_n, r=r, p=p)
        scrypt = Scrypt(
            salt=derivation[COST_BYTES:], length=KEY_BYTES, n=1 << cost.log2_n, r=cost.r, p=cost.p
        )
        key = SecretKey(scrypt.derive(self._passphrase.reveal()))
        if len(self._derived) < _DERIVATIONS_KEPT or derivation == self._own:
            self._derived[derivation] = key
        return key
