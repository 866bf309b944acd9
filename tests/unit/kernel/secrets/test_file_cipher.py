"""An encrypted file opens with its key, whole and unchanged, and in no other way."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import file_chunks
from lineage.kernel.secrets.file_cipher import FileCipher, decrypt_file, encrypt_file
from lineage.kernel.secrets.scrypt import ScryptCost
from lineage.kernel.secrets.secret import Passphrase, Secret, SecretKey

KEY = SecretKey(bytes(range(32)))
OTHER = SecretKey(bytes(32))
CHEAP = ScryptCost(log2_n=4, r=1, p=1)
PHRASE = Passphrase("correct horse battery staple")
CHUNK = 16
SEALED = CHUNK + file_chunks.TAG_BYTES
STORED = Path(__file__).parent / "files" / "version_1.lfile"
"""Encrypted in format version 1 by `KEY` in chunks of 16 bytes; never written again."""


def a_cipher(key: Secret = KEY, chunk_bytes: int = CHUNK) -> FileCipher:
    """Return a cipher with short chunks whose derivation takes no time."""
    return FileCipher(key, chunk_bytes=chunk_bytes, cost=CHEAP)


def encrypted(text: bytes, cipher: FileCipher | None = None) -> bytes:
    """Return a text as an encrypted file."""
    target = io.BytesIO()
    with (cipher or a_cipher()).encrypting(target) as stream:
        stream.write(text)
    return target.getvalue()


class OneWay(io.RawIOBase):
    """A source that is not seekable and gives few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most seven bytes."""
        taken = 7 if size < 0 else min(size, 7)
        data, self._rest = self._rest[:taken], self._rest[taken:]
        return data


def decrypted(data: bytes, cipher: FileCipher | None = None, *, seekable: bool = True) -> bytes:
    """Return the text of an encrypted file."""
    source = io.BytesIO(data) if seekable else cast("BinaryIO", OneWay(data))
    return (cipher or a_cipher()).decrypting(source).read()


def chunks_of(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header and the chunks of an encrypted file."""
    header = len(encrypted(b"")) - file_chunks.TAG_BYTES
    body = data[header:]
    return data[:header], [body[at : at + SEALED] for at in range(0, len(body), SEALED)]


@example_settings(deadline=None, max_examples=40)
@given(parts=st.lists(st.binary(max_size=40), max_size=5), seekable=st.booleans())
def test_any_text_written_in_any_parts_comes_back(parts: list[bytes], seekable: bool) -> None:  # noqa: FBT001  # an example
    """What comes out is what went in, however it was written and whatever reads it."""
    target = io.BytesIO()
    with a_cipher().encrypting(target) as stream:
        for part in parts:
            stream.write(part)
    assert decrypted(target.getvalue(), seekable=seekable) == b"".join(parts)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize("key", [KEY, PHRASE])
def test_lengths_around_a_chunk_come_back(key: Secret, length: int) -> None:
    """Empty files, single bytes and whole chunks are no special cases."""
    cipher = a_cipher(key)
    text = os.urandom(length)
    assert decrypted(encrypted(text, cipher), cipher) == text


@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize("key", [KEY, PHRASE])
def test_every_flipped_byte_is_an_integrity_error(key: Secret, *, seekable: bool) -> None:
    """Whichever byte of a file changes, it does not open."""
    cipher = a_cipher(key)
    data = encrypted(b"the quick brown fox jumps over it", cipher)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(CipherError, match=r"encrypted|scrypt"):
            decrypted(bytes(changed), cipher, seekable=seekable)


@pytest.mark.parametrize("seekable", [True, False])
def test_every_cut_is_an_integrity_error(*, seekable: bool) -> None:
    """Wherever a file is cut, at a chunk's border, beside it or elsewhere, it does not open."""
    data = encrypted(bytes(5 * CHUNK))
    for length in range(len(data)):
        with pytest.raises(CipherError, match="encrypted file"):
            decrypted(data[:length], seekable=seekable)


@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize(
    "order", [[0, 1, 1, 2, 3], [1, 0, 2, 3], [0, 2, 3], [0, 1, 2, 3, 3], [0, 1, 2, 3, 0], [3]]
)
def test_chunks_in_another_order_are_an_integrity_error(
    order: list[int], *, seekable: bool
) -> None:
    """Chunks that are doubled, swapped, left out or appended do not open."""
    header, chunks = chunks_of(encrypted(os.urandom(4 * CHUNK)))
    with pytest.raises(CipherError, match="chunk"):
        decrypted(header + b"".join(chunks[at] for at in order), seekable=seekable)


def test_chunk_of_another_file_is_an_integrity_error() -> None:
    """A chunk opens in its own file only, although the key is the same."""
    header, _ = chunks_of(encrypted(bytes(CHUNK)))
    _, others = chunks_of(encrypted(bytes(CHUNK)))
    with pytest.raises(CipherError, match="changed in chunk 0"):
        decrypted(header + others[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-SEALED], "cut off after chunk 2"),
        (lambda data: data[:-SEALED] + b"x", "cut off at chunk 3"),
        (lambda data: data + b"x", "something follows its last chunk, 3"),
        (lambda data: data[:70], "cut off in its header"),
        (lambda data: b"a,b\n1,2\n" + data, "does not begin as one"),
    ],
)
def test_error_says_what_happened_as_far_as_that_is_known(change: object, words: str) -> None:
    """The message tells a cut file from one that something was added to."""
    assert callable(change)
    with pytest.raises(CipherError, match=words):
        decrypted(change(encrypted(bytes(4 * CHUNK))), seekable=words.startswith("cut"))


def test_another_key_is_named() -> None:
    """With the wrong key the error names both, by their fingerprints."""
    with pytest.raises(CipherError, match=f"{KEY.fingerprint}.*{OTHER.fingerprint}"):
        decrypted(encrypted(b"x"), a_cipher(OTHER))


def test_another_passphrase_is_called_another_key() -> None:
    """A wrong passphrase is told from a changed file."""
    cipher = a_cipher(Passphrase("incorrect horse"))
    with pytest.raises(CipherError, match="another key"):
        decrypted(encrypted(b"x", a_cipher(PHRASE)), cipher)


def test_another_kind_of_key_is_named() -> None:
    """A key for a file of a passphrase is refused by its kind."""
    with pytest.raises(CipherError, match="with a passphrase, not with a 32-byte key"):
        decrypted(encrypted(b"x", a_cipher(PHRASE)))


def test_two_encryptions_differ() -> None:
    """Nothing of two files of one text is equal except what names format and key."""
    one, two = encrypted(bytes(100)), encrypted(bytes(100))
    assert one != two
    assert one[-100:] != two[-100:]


def test_canary_is_not_in_the_output() -> None:
    """No sixteen bytes of the text are readable."""
    canary = os.urandom(16)
    assert canary not in encrypted(canary * 8, a_cipher(chunk_bytes=64))


def test_stored_file_of_version_1_still_opens() -> None:
    """Files of earlier releases stay readable."""
    with STORED.open("rb") as source:
        assert a_cipher().decrypting(source).read() == b"written by version 1, never again\n"


def test_reader_seeks() -> None:
    """Any part can be read by itself, without what comes before."""
    text = os.urandom(10 * CHUNK + 3)
    reader = a_cipher().decrypting(io.BytesIO(encrypted(text)))
    for at in (155, 0, 33, 160, 16, 162):
        assert reader.seek(at) == at
        assert reader.read(20) == text[at : at + 20]
    assert reader.seek(-5, io.SEEK_END) == len(text) - 5
    assert reader.read() == text[-5:]


def test_failed_writing_leaves_a_file_that_does_not_open() -> None:
    """When an exception ends the block no last chunk is written."""
    target = io.BytesIO()

    def fail() -> None:
        with a_cipher().encrypting(target) as stream:
            stream.write(bytes(CHUNK * 2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with pytest.raises(CipherError, match="cut off"):
        decrypted(target.getvalue())


def test_more_chunks_than_the_counter_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nonce is never used twice: the counter does not wrap."""
    monkeypatch.setattr(file_chunks, "_MAX_CHUNKS", 2)
    with pytest.raises(CipherError, match="more than 2 chunks"):
        encrypted(bytes(3 * CHUNK))


def test_huge_chunks_are_refused() -> None:
    """Neither a caller nor a forged header can ask for much memory."""
    with pytest.raises(CipherError, match="chunk_bytes"):
        FileCipher(KEY, chunk_bytes=1 << 30)


def test_file_decrypts_to_a_file(tmp_path: Path) -> None:
    """A file goes there and back."""
    plain, secret, back = (tmp_path / name for name in ("plain", "secret", "back"))
    plain.write_bytes(b"hello" * 20)
    encrypt_file(plain, secret, a_cipher())
    decrypt_file(secret, back, a_cipher())
    assert back.read_bytes() == plain.read_bytes() != secret.read_bytes()


def test_changed_file_leaves_no_plaintext(tmp_path: Path) -> None:
    """When decrypting fails half-way nothing is left, not even a temporary file."""
    secret = tmp_path / "secret"
    data = bytearray(encrypted(bytes(100)))
    data[-60] ^= 1
    secret.write_bytes(data)
    with pytest.raises(CipherError, match="changed in chunk"):
        decrypt_file(secret, tmp_path / "plain", a_cipher())
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


KILLED_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from lineage.kernel.secrets import file_cipher
from lineage.kernel.secrets.file_cipher import FileCipher, decrypt_file
from lineage.kernel.secrets.secret import SecretKey

class Dying:
    mode, key_id = "simple", None

    def decrypting(self, source):
        stream = FileCipher(SecretKey(bytes(range(32)))).decrypting(source)
        class Stream:
            reads = 0
            def read(self, size):
                self.reads += 1
                if self.reads == 3:
                    os.kill(os.getpid(), signal.SIGKILL)
                return stream.read(20)
            def __enter__(self):
                return self
            def __exit__(self, *_):
                pass
        return Stream()

decrypt_file(Path(sys.argv[1]), Path(sys.argv[2]), Dying())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a .part file is left")
def test_killed_decrypting_leaves_no_plaintext(tmp_path: Path) -> None:
    """Whatever ends the process, no part of the plain file has a name."""
    (tmp_path / "secret").write_bytes(encrypted(bytes(200)))
    paths = [str(tmp_path / name) for name in ("secret", "plain")]
    ended = subprocess.run([sys.executable, "-c", KILLED_HALF_WAY, *paths], check=False)
    assert ended.returncode == -9
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux only")
def test_more_than_4_gib_take_little_memory() -> None:
    """Memory depends on the chunk, not on the file."""

    class Nowhere(io.RawIOBase):
        def write(self, data: object) -> int:
            return len(memoryview(data))  # type: ignore[arg-type]  # bytes here

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    part = bytes(1 << 20)
    with FileCipher(KEY).encrypting(cast("BinaryIO", Nowhere())) as stream:
        for _ in range(4100):
            stream.write(part)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10
