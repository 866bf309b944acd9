"""The age format, by the optional package pyrage."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, Protocol

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.secret import Passphrase, Secret, SecretKey

HEADS: Final = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
"""How a message in this format begins."""

_IDENTITY: Final = "AGE-SECRET-KEY-1"
_RECIPIENT: Final = "age1"
_NO_KEY: Final = "No matching keys"  # as pyrage says it


class ReadsBytes(Protocol):
    """What gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most that many bytes; none at the end."""
        ...


class WritesBytes(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Take all of them and return their number."""
        ...

    def flush(self) -> None:
        """Pass on what was taken."""
        ...


class AgeCodec:
    """Encrypts and decrypts messages in the age format.

    Args:
        secret: A passphrase; or the text of an identity, which encrypts to itself; or that of a
            recipient, which cannot decrypt.

    Raises:
        CipherError: It is none of these, or pyrage is not installed.
    """

    algorithm = "age"

    def __init__(self, secret: Secret) -> None:
        if isinstance(secret, SecretKey):
            raise CipherError(
                "key for age",
                problem="a 32-byte key does not fit the format",
                expected=f"an identity ({_IDENTITY}...), a recipient or a passphrase",
                remedy="give one of these, or set encryption_mode to simple",
            )
        self._age = _import_pyrage()
        self._passphrase: Passphrase | None = None
        self._identity: Any = None  # pyrage has no types
        self._recipient: Any = None
        text = _without_comments(secret.reveal_text())
        with _translated(self._age):
            if text.startswith(_IDENTITY):
                self._identity = self._age.x25519.Identity.from_str(text)
                self._recipient = self._identity.to_public()
            elif text.startswith(_RECIPIENT):
                self._recipient = self._age.x25519.Recipient.from_str(text)
            else:
                self._passphrase = secret

    def __repr__(self) -> str:
        return "<AgeCodec>"

    @property
    def key_id(self) -> str | None:
        """The recipient, which is public; None for a passphrase."""
        return None if self._recipient is None else str(self._recipient)

    def encrypt(self, data: bytes, associated_data: bytes) -> bytes:
        """Return a message encrypted.

        Raises:
            CipherError: There is associated data, which the format does not support.
        """
        _refuse_associated(associated_data)
        with _translated(self._age):
            if self._passphrase is not None:
                text = self._passphrase.reveal_text()
                return bytes(self._age.passphrase.encrypt(data, text))
            return bytes(self._age.encrypt(data, [self._recipient]))

    def decrypt(self, data: bytes, associated_data: bytes) -> bytes:
        """Return a message decrypted.

        Raises:
            CipherError: It was encrypted for another key or changed, the key is a recipient's,
                or there is associated data.
        """
        _refuse_associated(associated_data)
        self._require_secret()
        with _translated(self._age):
            if self._passphrase is not None:
                text = self._passphrase.reveal_text()
                return bytes(self._age.passphrase.decrypt(data, text))
            return bytes(self._age.decrypt(data, [self._identity]))

    @property
    def can_stream(self) -> bool:
        """Whether it works on streams: pyrage does with identities and recipients only."""
        return self._passphrase is None

    def encrypt_stream(self, source: ReadsBytes, target: WritesBytes) -> None:
        """Encrypt all of a source; if that raises, what was written does not open."""
        with _translated(self._age):
            self._age.encrypt_io(source, target, [self._recipient])

    def decrypt_stream(self, source: ReadsBytes, target: WritesBytes) -> None:
        """Decrypt a source; each part is verified before it is written.

        Raises:
            CipherError: It was encrypted for another key; or, after some was written, it has
                changed or was cut off; or the key is a recipient's.
        """
        self._require_secret()
        with _translated(self._age):
            self._age.decrypt_io(source, target, [self._identity])

    def _require_secret(self) -> None:
        if self._passphrase is None and self._identity is None:
            raise CipherError(
                "message in the age format",
                problem="a recipient's public key cannot decrypt it",
                remedy=f"give the identity, which begins with {_IDENTITY}",
            )


def _without_comments(text: str) -> str:
    """Return the one line of a key file that is not a comment; other texts as they are."""
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line.startswith((_IDENTITY, _RECIPIENT))]
    return keys[0] if len(keys) == 1 else text


def _refuse_associated(associated_data: bytes) -> None:
    if associated_data:
        raise CipherError(
            "associated data",
            problem="the age format has none",
            remedy="set encryption_mode to simple",
        )


def _import_pyrage() -> ModuleType:
    try:
        return importlib.import_module("pyrage")
    except ImportError:
        raise CipherError(
            "encryption mode 'age'",
            problem="the package pyrage is not installed",
            remedy="pip install pyrage, or set encryption_mode to simple",
        ) from None


@contextmanager
def _translated(age: ModuleType) -> Iterator[None]:
    """Translate the errors of pyrage, which say little, into ours."""
    try:
        yield
    except (age.IdentityError, age.RecipientError):
        raise CipherError(
            "key for age",
            problem="not a valid identity or recipient",
            expected="one line as age-keygen writes it",
        ) from None
    except age.DecryptError as error:
        is_other = _NO_KEY in str(error)
        raise CipherError(
            "message in the age format",
            problem="it was encrypted for another key" if is_other else "it does not open",
            remedy="give the key it was encrypted for; if the message has changed, restore it",
        ) from None
    except age.EncryptError:
        raise CipherError("message in the age format", problem="it cannot be made") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise CipherError(
            "message in the age format",
            problem="it has changed or is cut off",
            remedy="restore it",
        ) from None
