"""Files in the age format are those of every other age tool."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.age_files import AgeFiles
from lineage.kernel.secrets.file_cipher import decrypt_file
from lineage.kernel.secrets.secret import Passphrase

LENGTHS = (0, 1, 65_536, 65_537, 3_000_000)


@pytest.fixture(scope="module")
def pyrage() -> Any:
    """The optional package."""
    return pytest.importorskip("pyrage")


@pytest.fixture(scope="module")
def identity(pyrage: Any) -> Any:
    """An identity, as age-keygen makes it."""
    return pyrage.x25519.Identity.generate()


def files_of(text: object) -> AgeFiles:
    """Return the encryption of a key's text."""
    return AgeFiles(Passphrase(str(text)))


@pytest.mark.parametrize("length", LENGTHS)
def test_pyrage_opens_what_we_write(pyrage: Any, identity: Any, length: int) -> None:
    """The package's own API decrypts our files."""
    text, target = os.urandom(length), io.BytesIO()
    with files_of(identity).encrypting(target) as stream:
        stream.write(text)
    assert pyrage.decrypt(target.getvalue(), [identity]) == text


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("length", LENGTHS)
def test_we_open_what_pyrage_writes(
    pyrage: Any, identity: Any, length: int, *, armored: bool
) -> None:
    """Files of the package's own API, binary or text, decrypt here."""
    text = os.urandom(length)
    data = pyrage.encrypt(text, [identity.to_public()], armored=armored)
    assert files_of(identity).decrypting(io.BytesIO(data)).read() == text


@pytest.mark.slow  # age makes each passphrase cost a second
def test_passphrase_works_both_ways(pyrage: Any) -> None:
    """A file of a passphrase is the package's as well."""
    phrase, target = "correct horse battery", io.BytesIO()
    with files_of(phrase).encrypting(target) as stream:
        stream.write(b"hello")
    assert pyrage.passphrase.decrypt(target.getvalue(), phrase) == b"hello"
    data = pyrage.passphrase.encrypt(b"hello", phrase)
    assert files_of(phrase).decrypting(io.BytesIO(data)).read() == b"hello"


def test_cut_file_leaves_no_plaintext(pyrage: Any, identity: Any, tmp_path: Any) -> None:
    """Although much of it decrypts, a file that is cut off gives no file at all."""
    data = pyrage.encrypt(bytes(3_000_000), [identity.to_public()])
    for length in (0, 30, 200, 300 + 2 * 65_552, len(data) - 1):
        (tmp_path / "cut").write_bytes(data[:length])
        with pytest.raises(CipherError, match="age format"):
            decrypt_file(tmp_path / "cut", tmp_path / "plain", files_of(identity))
        assert [path.name for path in tmp_path.iterdir()] == ["cut"]


def test_another_identity_is_told_at_once(pyrage: Any, identity: Any) -> None:
    """With the wrong key nothing is read, and the error says so."""
    data = pyrage.encrypt(b"x", [identity.to_public()])
    other = files_of(pyrage.x25519.Identity.generate())
    with pytest.raises(CipherError, match="another key"):
        other.decrypting(io.BytesIO(data))


def test_recipient_cannot_decrypt(pyrage: Any, identity: Any) -> None:
    """A public key encrypts; decrypting is refused with the remedy."""
    public, target = files_of(identity.to_public()), io.BytesIO()
    with public.encrypting(target) as stream:
        stream.write(b"x")
    with pytest.raises(CipherError, match="give the identity"):
        public.decrypting(io.BytesIO(target.getvalue()))
    assert pyrage.decrypt(target.getvalue(), [identity]) == b"x"


def test_failed_writing_leaves_a_file_that_does_not_open(identity: Any) -> None:
    """When an exception ends the block no last chunk is written."""
    target = io.BytesIO()

    def fail() -> None:
        with files_of(identity).encrypting(target) as stream:
            stream.write(bytes(200_000))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(CipherError, match="cut off"):
        files_of(identity).decrypting(io.BytesIO(target.getvalue())).read()


def test_full_disk_is_told_as_such(identity: Any) -> None:
    """An error of the target is not turned into one of the format."""

    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    def fill() -> None:
        with files_of(identity).encrypting(Full()) as stream:
            stream.write(bytes(30_000_000))

    with pytest.raises(OSError, match="No space left"):
        fill()
