"""Keys and passphrases are read from text and shown in none."""

from __future__ import annotations

import base64
import copy
import pickle
from collections.abc import Callable

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.secret import Passphrase, Secret, SecretKey, parse_secret
from lineage.kernel.values import to_json

KEY = SecretKey(bytes(range(32)))
OTHER = SecretKey(bytes(32))
PHRASE = "correct horse battery staple"


class NoRandomness:
    """Bytes that a test can foresee."""

    def token(self, length: int) -> bytes:
        """Return zeros."""
        return bytes(length)


@pytest.mark.parametrize(
    "text",
    [
        KEY.reveal().hex(),
        KEY.reveal().hex().upper() + "\n",
        base64.b64encode(KEY.reveal()).decode(),
        base64.urlsafe_b64encode(KEY.reveal()).decode(),
    ],
    ids=["hex", "upper case", "base64", "urlsafe"],
)
def test_text_of_32_bytes_is_a_key(text: str) -> None:
    """A key may be written in hexadecimal or base64."""
    secret = parse_secret(text)
    assert isinstance(secret, SecretKey)
    assert secret.fingerprint == KEY.fingerprint


@pytest.mark.parametrize("text", [PHRASE, "0" * 63, "secure_encryption_key_123", "x" * 43])
def test_other_text_is_a_passphrase(text: str) -> None:
    """What is no key of 32 bytes is a passphrase."""
    secret = parse_secret(text)
    assert isinstance(secret, Passphrase)
    assert secret.reveal() == text.encode()


def test_short_passphrase_is_refused_without_being_quoted() -> None:
    """A passphrase of under 8 characters is refused."""
    with pytest.raises(CipherError, match="at least 8") as caught:
        parse_secret("abc123X")
    assert "abc123X" not in str(caught.value)


def test_key_of_another_length_is_refused() -> None:
    """A key has 32 bytes."""
    with pytest.raises(CipherError, match="31 bytes"):
        SecretKey(bytes(31))


@pytest.mark.parametrize("secret", [KEY, Passphrase(PHRASE)], ids=["key", "passphrase"])
def test_secret_is_in_no_text_of_itself(secret: Secret) -> None:
    """Neither repr, str, format nor the JSON of a report shows a secret."""
    shown = f"{secret!r} {secret} {Cipher(secret)!r} {[secret]} {to_json({'a': secret})}"
    forms = [secret.reveal().hex(), repr(secret.reveal()), PHRASE]
    assert not any(form in shown for form in forms)


@pytest.mark.parametrize("send", [pickle.dumps, copy.copy, copy.deepcopy])
def test_secret_cannot_be_copied_or_sent(send: Callable[[object], object]) -> None:
    """A secret stays in the process and the object it was read into."""
    with pytest.raises(CipherError, match="may not be copied"):
        send(KEY)


def test_fingerprint_names_a_key_and_is_not_it() -> None:
    """Equal keys have one fingerprint, others another, and a passphrase has none."""
    assert KEY.fingerprint == SecretKey(bytes(range(32))).fingerprint
    assert KEY.fingerprint != OTHER.fingerprint
    assert Cipher(KEY).fingerprint == KEY.fingerprint
    assert Cipher(Passphrase(PHRASE)).fingerprint is None


def test_generated_keys_come_from_the_given_randomness() -> None:
    """Keys are random, unless a test says otherwise."""
    assert SecretKey.generate().reveal() != SecretKey.generate().reveal()
    assert SecretKey.generate(NoRandomness()).reveal() == bytes(32)
