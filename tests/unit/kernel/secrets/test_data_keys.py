"""Each file has a data key of its own, which the keyring keeps, wraps again, and destroys."""

from __future__ import annotations

import io
import shutil
import stat
from pathlib import Path

import pytest

from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import CipherError, PathRefusedError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.data_keys import DataKeyStore
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.keyring import Keyring
from lineage.kernel.secrets.secret import SecretKey

MASTER = SecretKey(bytes(range(32)))


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """A keyring with one key."""
    ring = Keyring(tmp_path / "keys", MASTER, clock=SteppingClock())
    ring.create("files", "mine")
    return ring


@pytest.fixture
def store(ring: Keyring) -> DataKeyStore:
    """The data keys of that key."""
    return DataKeyStore(ring, "mine")


def encrypted(store: DataKeyStore) -> bytes:
    """Return a file that the store has a key for."""
    target = io.BytesIO()
    with FileCipher(store).encrypting(target) as stream:
        stream.write(b"hello")
    return target.getvalue()


def decrypted(data: bytes, store: DataKeyStore) -> bytes:
    """Return what the file holds."""
    return FileCipher(store).decrypting(io.BytesIO(data)).read()


def names(ring: Keyring) -> list[str]:
    """Return the names of the data keys."""
    return [f"mine/{path.stem}" for path in sorted(ring.data_folder("mine").glob("*.key"))]


def test_each_file_has_a_key_of_its_own(ring: Keyring, store: DataKeyStore) -> None:
    """Two files of one key have two data keys, which another process finds by their names."""
    files = [encrypted(store), encrypted(store)]
    assert len({store.load(name).fingerprint for name in names(ring)}) == 2
    again = DataKeyStore(Keyring(ring.folder, MASTER), "mine")
    assert [decrypted(data, again) for data in files] == [b"hello"] * 2


def test_rotation_touches_no_file(ring: Keyring, store: DataKeyStore) -> None:
    """After a rotation old files open as they are, and the data keys are wrapped by the new key."""
    old = encrypted(store)
    before = ring.load("mine")
    info, count = store.rotate()
    assert (info.version, count) == (2, 1)
    assert ring.load("mine").fingerprint != before.fingerprint
    assert decrypted(old, store) == decrypted(encrypted(store), store) == b"hello"


def test_forgotten_version_opens_nothing_that_was_backed_up(
    ring: Keyring, store: DataKeyStore, tmp_path: Path
) -> None:
    """A data key that was destroyed does not come back with a backup of the data keys."""
    data, name = encrypted(store), names(ring)[0]
    shutil.copytree(ring.data_folder("mine"), tmp_path / "backup")
    store.destroy(name, "erasure")
    store.rotate(forgets_old=True)
    shutil.rmtree(ring.data_folder("mine"))
    shutil.copytree(tmp_path / "backup", ring.data_folder("mine"))
    with pytest.raises(CipherError, match="version 1 of its key was forgotten"):
        decrypted(data, store)


def test_rotation_that_a_crash_cut_short_is_finished(ring: Keyring, store: DataKeyStore) -> None:
    """With a new version and data keys of the old one all files open; rotating again finishes."""
    data = encrypted(store)
    ring.rotate("mine")
    assert decrypted(data, store) == b"hello"
    assert store.rotate(forgets_old=True)[0].version == 3
    assert decrypted(data, store) == b"hello"
    assert list(ring.load_versions("mine")) == [3]


def test_destroyed_data_key_ends_its_file_only(ring: Keyring, store: DataKeyStore) -> None:
    """One file is gone in every copy, with a stone in place of its key; the others are not."""
    first, name = encrypted(store), names(ring)[0]
    second = encrypted(store)
    store.destroy(name, "erasure request 17")
    store.destroy(name, "again")
    with pytest.raises(CipherError, match="was destroyed"):
        decrypted(first, store)
    assert decrypted(second, store) == b"hello"
    assert "request 17" in (ring.folder / "data" / f"{name}.destroyed").read_text()


def test_stone_counts_before_the_key_is_removed(ring: Keyring, store: DataKeyStore) -> None:
    """A crash between stone and removal leaves nothing that opens."""
    data, name = encrypted(store), names(ring)[0]
    secret_files.write_new(ring.folder / "data" / f"{name}.destroyed", b"{}")
    with pytest.raises(CipherError, match="was destroyed"):
        decrypted(data, store)


def test_destroyed_key_takes_its_data_keys_with_it(ring: Keyring, store: DataKeyStore) -> None:
    """Nothing is left of them, and files say what happened."""
    data = encrypted(store)
    ring.destroy("mine", "project ended")
    assert names(ring) == []
    with pytest.raises(CipherError, match="was destroyed"):
        decrypted(data, store)
    with pytest.raises(CipherError, match="was destroyed"):
        store.new()


def test_missing_data_key_is_told(tmp_path: Path, store: DataKeyStore) -> None:
    """With another keyring the error names what is missing."""
    other = Keyring(tmp_path / "other", MASTER)
    other.create("files", "mine")
    with pytest.raises(CipherError, match="not in the keyring"):
        decrypted(encrypted(store), DataKeyStore(other, "mine"))


@pytest.mark.parametrize("change", [b"{}", b"no json", b'{"name": 1}'])
def test_damaged_file_is_told(ring: Keyring, store: DataKeyStore, change: bytes) -> None:
    """A data key whose file was changed does not open."""
    data, name = encrypted(store), names(ring)[0]
    (ring.folder / "data" / f"{name}.key").write_bytes(change)
    with pytest.raises(CipherError, match="damaged"):
        decrypted(data, store)


def test_data_key_under_another_name_is_refused(ring: Keyring, store: DataKeyStore) -> None:
    """Data keys cannot be exchanged: each is bound to its name."""
    data, name = encrypted(store), names(ring)[0]
    other = next(found for _ in [encrypted(store)] for found in names(ring) if found != name)
    folder = ring.folder / "data"
    (folder / f"{name}.key").write_bytes((folder / f"{other}.key").read_bytes())
    with pytest.raises(CipherError, match="it holds"):
        decrypted(data, store)


def test_name_that_is_a_path_is_refused(store: DataKeyStore) -> None:
    """A forged file cannot make the keyring read elsewhere."""
    for name in ("mine/../../x", "../x/y", "mine/", "mine"):
        with pytest.raises(PathRefusedError):
            store.load(name)


def test_files_are_for_their_owner_alone(ring: Keyring, store: DataKeyStore) -> None:
    """Also after a rotation nobody else has access."""
    encrypted(store)
    store.rotate()
    files = [path for path in ring.folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
