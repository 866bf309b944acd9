"""Keys and passphrases as values that no text, copy or dump reveals."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata
from typing import Final, NoReturn, Protocol, TypeAlias

from lineage.kernel.errors import CipherError

KEY_BYTES: Final = 32
MIN_PASSPHRASE_CHARS: Final = 8
_HEX_KEY: Final = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64_KEY: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=")
_TO_URLSAFE: Final = str.maketrans("+/", "-_")


class Randomness(Protocol):
    """Makes bytes that nobody can predict."""

    def token(self, length: int) -> bytes:
        """Return that many fresh random bytes."""
        ...


class SystemRandomness:
    """The random numbers of the operating system."""

    def token(self, length: int) -> bytes:
        """Return that many fresh random bytes."""
        return secrets.token_bytes(length)


class _Hidden:
    """A value that no text, copy or dump of the object reveals."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: hidden>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise CipherError(
            type(self).__name__, problem="it may not be copied, pickled or sent elsewhere"
        )


class SecretKey(_Hidden):
    """A key of 32 bytes.

    Args:
        material: The bytes.

    Raises:
        CipherError: It has another length.
    """

    __slots__ = ("_material",)

    def __init__(self, material: bytes) -> None:
        if len(material) != KEY_BYTES:
            raise CipherError(
                "key", problem=f"{len(material)} bytes", expected=f"{KEY_BYTES} random bytes"
            )
        self._material = bytes(material)

    @classmethod
    def generate(cls, randomness: Randomness | None = None) -> SecretKey:
        """Return a new random key."""
        return cls((randomness or SystemRandomness()).token(KEY_BYTES))

    @property
    def fingerprint(self) -> str:
        """A public name of the key, 16 hexadecimal digits; the key cannot be found from it."""
        return hashlib.sha256(b"lineage key fingerprint\x00" + self._material).hexdigest()[:16]

    def reveal(self) -> bytes:
        """Return the bytes themselves, for a cipher or a wrapping."""
        return self._material


class Passphrase(_Hidden):
    """A secret that people type; compared after Unicode normalisation (NFC).

    Args:
        text: The passphrase, at least 8 characters.

    Raises:
        CipherError: It is shorter.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if len(text) < MIN_PASSPHRASE_CHARS:
            raise CipherError(
                "passphrase",
                problem=f"{len(text)} characters",
                expected=f"at least {MIN_PASSPHRASE_CHARS}",
                remedy="use a longer one, or a key of 64 hexadecimal digits",
            )
        self._text = unicodedata.normalize("NFC", text)

    def reveal(self) -> bytes:
        """Return the text itself in UTF-8, for a key derivation."""
        # an environment variable may hold bytes that are not UTF-8
        return self._text.encode("utf-8", "surrogatepass")

    def reveal_text(self) -> str:
        """Return the text itself, for a format that derives its keys its own way."""
        return self._text


Secret: TypeAlias = SecretKey | Passphrase


def parse_secret(text: str) -> Secret:
    """Return what a text means as a secret.

    Args:
        text: 64 hexadecimal digits or the base64 form of 32 bytes, with its "=", for a key;
            anything else is a passphrase. White space around it is ignored.

    Raises:
        CipherError: It is a passphrase of under 8 characters.
    """
    stripped = text.strip()
    if _HEX_KEY.fullmatch(stripped):
        return SecretKey(bytes.fromhex(stripped))
    # without the "=" a passphrase of 43 letters would be taken for a key
    if _BASE64_KEY.fullmatch(stripped):
        return SecretKey(base64.urlsafe_b64decode(stripped.translate(_TO_URLSAFE)))
    return Passphrase(stripped)
