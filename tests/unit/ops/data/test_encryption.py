"""An operation's files are encrypted by the key it names, or by that of the running task."""

from __future__ import annotations

import contextvars
import io
from pathlib import Path
from threading import Thread

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.secret import SecretKey
from ops.data.encryption import encrypting_with, encryption_for, open_plain

KEY = SecretKey(bytes(range(32)))
CIPHER = FileCipher(KEY)


def encrypted(text: bytes) -> bytes:
    """Return a text as an encrypted file."""
    target = io.BytesIO()
    with CIPHER.encrypting(target) as stream:
        stream.write(text)
    return target.getvalue()


@pytest.mark.parametrize("key", [KEY, KEY.reveal(), KEY.reveal().hex(), CIPHER])
def test_key_of_every_form_decrypts(key: str | bytes | SecretKey | FileCipher) -> None:
    """A key may be a secret, its bytes, its text, or an encryption."""
    source = io.BytesIO(encrypted(b"hello"))
    assert open_plain(source, encryption_for(key)).read() == b"hello"


def test_ambient_encryption_holds_in_its_block_only() -> None:
    """Without a key, the encryption is that of the block; outside there is none."""
    with encrypting_with(CIPHER):
        assert encryption_for(None) is CIPHER
        with encrypting_with(None):
            assert encryption_for(None) is None
        assert encryption_for(None) is CIPHER
    assert encryption_for(None) is None


def test_thread_in_a_copied_context_encrypts_as_well() -> None:
    """A thread that runs in the block's context finds the encryption."""
    found = []
    with encrypting_with(CIPHER):
        context = contextvars.copy_context()
    thread = Thread(target=context.run, args=(lambda: found.append(encryption_for(None)),))
    thread.start()
    thread.join()
    assert found == [CIPHER]


def test_explicit_key_goes_before_the_ambient_one() -> None:
    """An operation may use its own key."""
    with encrypting_with(CIPHER):
        explicit = encryption_for(SecretKey(bytes(32)))
    assert explicit is not None
    assert explicit.key_id != CIPHER.key_id


def test_plain_file_is_opened_as_it_is(tmp_path: Path) -> None:
    """What is not encrypted is read with or without a key."""
    path = tmp_path / "plain.csv"
    path.write_bytes(b"a\n1\n")
    for encryption in (None, CIPHER):
        with open_plain(path, encryption) as stream:
            assert stream.read() == b"a\n1\n"


def test_encrypted_file_without_a_key_is_refused(tmp_path: Path) -> None:
    """The error says that the file is encrypted; nobody gets ciphertext as data."""
    path = tmp_path / "secret.csv"
    path.write_bytes(encrypted(b"a\n1\n"))
    with pytest.raises(CipherError, match="encrypted in mode 'simple', and there is no key"):
        open_plain(path)


def test_key_of_another_mode_is_refused() -> None:
    """A file of one mode is not tried with the key of another."""
    age_file = io.BytesIO(b"age-encryption.org/v1\n-> X25519 " + bytes(100))
    with pytest.raises(CipherError, match="in mode 'age', and the key is for 'simple'"):
        open_plain(age_file, CIPHER)


def test_unknown_mode_is_refused() -> None:
    """A mode is one of two."""
    with pytest.raises(CipherError, match=r"'rot13'.*simple or age"):
        encryption_for(KEY, "rot13")


def test_stream_that_cannot_seek_is_decrypted() -> None:
    """What comes through a pipe is recognised, decrypted, or passed on whole."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    text = bytes(range(256)) * 20
    assert open_plain(Pipe(encrypted(text)), CIPHER).read() == text
    assert open_plain(Pipe(text), CIPHER).read() == text
