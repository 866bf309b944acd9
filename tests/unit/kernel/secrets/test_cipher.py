"""Sealed messages open with their secret and their context, and with nothing else."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import cipher
from lineage.kernel.secrets.cipher import Cipher, is_sealed
from lineage.kernel.secrets.scrypt import ScryptCost
from lineage.kernel.secrets.secret import Passphrase, SecretKey

KEY = SecretKey(bytes(range(32)))
OTHER = SecretKey(bytes(32))
CHEAP = ScryptCost(log2_n=4, r=1, p=1)
PHRASE = "correct horse battery staple"


class CountingRandomness:
    """Bytes that repeat from one test to the next."""

    def __init__(self) -> None:
        self._count = 0

    def token(self, length: int) -> bytes:
        """Return the next number, big-endian."""
        self._count += 1
        return self._count.to_bytes(length, "big")


def by_passphrase(text: str = PHRASE) -> Cipher:
    """Return a cipher whose derivation takes no time."""
    return Cipher(Passphrase(text), cost=CHEAP)


@example_settings(deadline=None)
@given(text=st.binary(max_size=200), context=st.binary(max_size=50))
def test_sealed_message_opens_to_the_same_bytes(text: bytes, context: bytes) -> None:
    """Sealing and opening with the same key and context gives the message back."""
    assert Cipher(KEY).open(Cipher(KEY).seal(text, context), context) == text


def test_message_sealed_twice_differs() -> None:
    """Every message has a nonce of its own."""
    sealing = Cipher(KEY)
    assert sealing.seal(b"x") != sealing.seal(b"x")


def test_sealed_message_is_as_documented() -> None:
    """The layout in the module's documentation is the one that is written."""
    sealed = Cipher(KEY, randomness=CountingRandomness()).seal(b"hello", b"context")
    header, nonce = b"LSEAL\x00\x01\x00", (1).to_bytes(12, "big")
    body = AESGCM(KEY.reveal()).encrypt(nonce, b"hello", header + b"context")
    assert sealed == header + nonce + body


def test_message_of_the_first_release_still_opens() -> None:
    """Stored messages of version 1 open, by key and by passphrase."""
    by_key = base64.b64decode("TFNFQUwAAQAAAAAAAAAAAAAAAAF9s9OQK6YdD+pyBwT2I2tCZjn6dV0=")
    assert Cipher(KEY).open(by_key, b"context") == b"hello"
    stored = base64.b64decode(
        "TFNFQUwAAQEEAQEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAACHf1nybSEfrWRjGLcG8wXihKmNvy/"
    )
    assert by_passphrase().open(stored, b"context") == b"hello"


@pytest.mark.parametrize("context", [b"", b"other"])
def test_other_associated_data_does_not_open(context: bytes) -> None:
    """A message moved to another place does not open there."""
    with pytest.raises(CipherError, match="does not open"):
        Cipher(KEY).open(Cipher(KEY).seal(b"x", b"context"), context)


def test_other_key_does_not_open() -> None:
    """A wrong key is an error, not other text."""
    with pytest.raises(CipherError, match="does not open"):
        Cipher(OTHER).open(Cipher(KEY).seal(b"x"))


def test_other_passphrase_does_not_open() -> None:
    """A wrong passphrase is an error, not other text."""
    with pytest.raises(CipherError, match="does not open"):
        by_passphrase("another passphrase").open(by_passphrase().seal(b"x"))


@pytest.mark.parametrize("sealing", [Cipher(KEY), by_passphrase()], ids=["key", "passphrase"])
def test_any_changed_byte_is_noticed(sealing: Cipher) -> None:
    """A message of which any one byte differs, also of its header, does not open."""
    sealed = sealing.seal(b"text", b"context")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(CipherError, match=r"sealed message|scrypt"):
            sealing.open(changed, b"context")


@pytest.mark.parametrize("sealing", [Cipher(KEY), by_passphrase()], ids=["key", "passphrase"])
def test_message_cut_anywhere_is_noticed(sealing: Cipher) -> None:
    """No beginning of a message opens."""
    sealed = sealing.seal(b"text")
    for end in range(len(sealed)):
        with pytest.raises(CipherError, match="sealed message"):
            sealing.open(sealed[:end])


def test_other_bytes_are_no_sealed_message() -> None:
    """Bytes that were never sealed are told apart."""
    assert is_sealed(Cipher(KEY).seal(b""))
    assert not is_sealed(b"plain text")
    with pytest.raises(CipherError, match="does not begin as one"):
        Cipher(KEY).open(b"plain text")


def test_newer_version_is_named() -> None:
    """A message of a later release is refused with its version."""
    sealed = bytearray(Cipher(KEY).seal(b"x"))
    sealed[6] = 9
    with pytest.raises(CipherError, match="version 9"):
        Cipher(KEY).open(bytes(sealed))


@pytest.mark.parametrize(
    ("sealing", "opening", "found"),
    [
        (Cipher(KEY), by_passphrase(), "a 32-byte key"),
        (by_passphrase(), Cipher(KEY), "a passphrase"),
    ],
)
def test_other_kind_of_secret_is_named(sealing: Cipher, opening: Cipher, found: str) -> None:
    """A passphrase offered for a key, or the reverse, says what was used."""
    with pytest.raises(CipherError, match=f"sealed with {found}"):
        opening.open(sealing.seal(b"x"))


def test_message_that_asks_for_too_much_memory_is_refused() -> None:
    """The parameters of a forged message cannot exhaust the memory."""
    sealed = bytearray(by_passphrase().seal(b"x"))
    sealed[8] = 40
    with pytest.raises(CipherError, match="scrypt"):
        by_passphrase().open(bytes(sealed))


def test_weak_message_that_was_opened_weakens_no_later_one() -> None:
    """Cost and salt of a message from elsewhere are never taken over for a new one."""
    weak = by_passphrase().seal(b"x")
    sealing = Cipher(Passphrase(PHRASE), cost=ScryptCost(log2_n=5, r=1, p=1))
    assert sealing.open(weak) == b"x"
    sealed = sealing.seal(b"x")
    assert sealed[8] == 5
    assert sealed[11:27] != weak[11:27]


def test_long_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message above the limit is refused before it is copied."""
    monkeypatch.setattr(cipher, "MAX_MESSAGE_BYTES", 10)
    with pytest.raises(CipherError, match="at most 10"):
        Cipher(KEY).seal(bytes(11))


def test_passphrase_is_derived_at_the_stated_cost() -> None:
    """Without a stated cost a message holds the default one, which takes 32 MiB."""
    sealed = Cipher(Passphrase(PHRASE)).seal(b"x")
    assert (sealed[8], sealed[9], sealed[10]) == (15, 8, 3)


def test_passphrase_typed_in_another_unicode_form_opens() -> None:
    """Accents count the same, composed or not."""
    text = "Schlüssel für heute"
    sealed = by_passphrase(unicodedata.normalize("NFD", text)).seal(b"x")
    assert by_passphrase(unicodedata.normalize("NFC", text)).open(sealed) == b"x"
