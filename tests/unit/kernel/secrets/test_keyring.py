"""Keys on disk: wrapped, private, found by id, and gone for good when destroyed."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import stat
from pathlib import Path

import pytest

from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import CipherError, PathRefusedError
from lineage.kernel.ids import CountingIds
from lineage.kernel.secrets import keyring, secret_files
from lineage.kernel.secrets.keyring import Keyring, keyring_folder, master_secret
from lineage.kernel.secrets.scrypt import ScryptCost
from lineage.kernel.secrets.secret import Passphrase, SecretKey

MASTER = SecretKey(bytes(range(32)))
CHEAP = ScryptCost(log2_n=4, r=1, p=1)


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    """An empty keyring."""
    return Keyring(tmp_path / "keys", MASTER, clock=SteppingClock(), ids=CountingIds())


def again(ring: Keyring) -> Keyring:
    """Open the same keyring anew, as another process would."""
    return Keyring(ring.folder, MASTER)


def test_created_key_is_found_by_another_process(ring: Keyring) -> None:
    """A key is the same after the keyring is opened again."""
    info = ring.create("checkpoints", "backup-2026")
    assert (info.key_id, info.purpose, info.algorithm) == (
        "backup-2026",
        "checkpoints",
        "AES-256-GCM",
    )
    assert again(ring).load("backup-2026").fingerprint == ring.load("backup-2026").fingerprint


def test_key_without_a_name_gets_an_id(ring: Keyring) -> None:
    """Ids come from the kernel, so that two keys never share one."""
    assert ring.create("a").key_id != ring.create("b").key_id


def test_keys_differ(ring: Keyring) -> None:
    """Every key is random."""
    fingerprints = {ring.load(ring.create("p").key_id).fingerprint for _ in range(5)}
    assert len(fingerprints) == 5


def test_list_shows_all_keys_oldest_first(ring: Keyring) -> None:
    """Active and destroyed keys are listed with what may be said of them."""
    for name in ("c", "a", "b"):
        ring.create("p", name)
    ring.destroy("a", "no longer needed")
    shown = [(info.key_id, info.status, info.reason) for info in again(ring).list()]
    assert shown == [
        ("c", "active", None),
        ("a", "destroyed", "no longer needed"),
        ("b", "active", None),
    ]


def test_keyring_that_has_no_folder_is_empty(ring: Keyring) -> None:
    """Nothing is made by looking."""
    assert ring.list() == []
    assert not ring.folder.exists()


def test_files_are_for_their_owner_alone(ring: Keyring) -> None:
    """Folder and files give others no access."""
    ring.create("p", "one")
    ring.create("p", "two")
    ring.destroy("two", "test")
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()}
    assert modes == {"keyring.json": 0o600, "one.key": 0o600, "two.destroyed": 0o600}


def test_no_file_holds_a_key_in_clear(ring: Keyring) -> None:
    """Neither a key nor the master key is in a file, in any of the usual forms."""
    ring.create("p", "one")
    material = ring.load("one").reveal()
    for content in (path.read_bytes() for path in ring.folder.iterdir()):
        for secret in (material, MASTER.reveal()):
            assert secret not in content
            assert secret.hex().encode() not in content


def test_destroyed_key_is_refused_and_its_file_is_gone(ring: Keyring) -> None:
    """After destruction there is a stone, and no way to the key."""
    ring.create("p", "one")
    info = ring.destroy("one", "erasure request 17")
    assert info.status == "destroyed"
    assert not (ring.folder / "one.key").exists()
    with pytest.raises(CipherError, match="was destroyed"):
        again(ring).load("one")


def test_destroyed_key_keeps_its_version(ring: Keyring) -> None:
    """How often a key was rotated is known after its end as well."""
    ring.create("files", "k")
    ring.rotate("k")
    assert ring.destroy("k", "over").version == 2
    assert [info.version for info in again(ring).list()] == [2]


def test_destroying_again_changes_nothing(ring: Keyring) -> None:
    """The first destruction counts."""
    ring.create("p", "one")
    assert ring.destroy("one", "first") == ring.destroy("one", "second")


def test_destruction_that_a_crash_cut_short_is_finished(ring: Keyring) -> None:
    """With the stone written and the file still there, the key is refused, then removed."""
    ring.create("p", "one")
    content = (ring.folder / "one.key").read_bytes()
    ring.destroy("one", "test")
    secret_files.write_new(ring.folder / "one.key", content)
    with pytest.raises(CipherError, match="was destroyed"):
        ring.load("one")
    ring.destroy("one", "test")
    assert not (ring.folder / "one.key").exists()


def test_name_of_a_destroyed_key_is_not_used_again(ring: Keyring) -> None:
    """What was erased must not seem readable again under a new key of the same name."""
    ring.create("p", "one")
    ring.destroy("one", "test")
    with pytest.raises(CipherError, match="belongs to a destroyed key"):
        ring.create("p", "one")


def test_key_is_never_replaced(ring: Keyring) -> None:
    """Creating a key under a taken name is refused, and the old one stays."""
    ring.create("p", "one")
    before = ring.load("one").fingerprint
    with pytest.raises(CipherError, match="the name belongs to a key"):
        ring.create("p", "one")
    assert ring.load("one").fingerprint == before


@pytest.mark.parametrize("ask", ["load", "destroy"])
def test_unknown_key_is_named_with_those_there_are(ring: Keyring, ask: str) -> None:
    """A mistyped id says which ids would have been right."""
    ring.create("p", "checkpoints")
    with pytest.raises(CipherError, match=r"'checkpoint': .*one of checkpoints"):
        ring.load("checkpoint") if ask == "load" else ring.destroy("checkpoint", "test")


@pytest.mark.parametrize("key_id", ["../one", "a/b", "", "~", "x" * 200])
def test_id_that_is_no_file_name_is_refused(ring: Keyring, key_id: str) -> None:
    """An id cannot lead out of the folder."""
    with pytest.raises(PathRefusedError, match="key id"):
        ring.create("p", key_id)


def test_other_master_key_is_refused_on_opening(ring: Keyring) -> None:
    """A keyring is not opened, and so not mixed, with another master key."""
    ring.create("p", "one")
    with pytest.raises(CipherError, match="made with another master key"):
        Keyring(ring.folder, SecretKey(bytes(32)))


def test_master_may_be_a_passphrase(tmp_path: Path) -> None:
    """A passphrase wraps as a key does."""
    ring = Keyring(tmp_path / "keys", Passphrase("correct horse"), cost=CHEAP)
    ring.create("p", "one")
    opened = Keyring(ring.folder, Passphrase("correct horse"))
    assert opened.load("one").fingerprint == ring.load("one").fingerprint
    with pytest.raises(CipherError, match="made with another master key"):
        Keyring(ring.folder, Passphrase("correct house"))


@pytest.mark.parametrize("part", ["key_id", "purpose", "algorithm", "created_at", "wrapped"])
def test_changed_part_of_a_key_file_is_noticed(ring: Keyring, part: str) -> None:
    """What is said of a key is bound to it; a file edited by hand does not open."""
    ring.create("p", "one")
    path = ring.folder / "one.key"
    document = json.loads(path.read_text())
    document[part] = document[part][:-2] + "xx"
    path.write_text(json.dumps(document))
    with pytest.raises(CipherError, match=r"does not open|it holds key"):
        ring.load("one")


def test_key_file_under_another_name_is_noticed(ring: Keyring) -> None:
    """A key cannot pass for another one."""
    ring.create("p", "one")
    (ring.folder / "one.key").rename(ring.folder / "two.key")
    with pytest.raises(CipherError, match="it holds key 'one'"):
        ring.load("two")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key_id": 1}'])
def test_damaged_key_file_is_named(ring: Keyring, content: str) -> None:
    """A file that is not what was written is an error that names it."""
    ring.create("p", "one")
    (ring.folder / "one.key").write_text(content)
    with pytest.raises(CipherError, match=r"one\.key.*: .*restore it from a backup"):
        ring.load("one")


def test_key_file_open_to_others_is_refused(ring: Keyring) -> None:
    """A key that others could have read is not used."""
    ring.create("p", "one")
    (ring.folder / "one.key").chmod(0o644)
    with pytest.raises(CipherError, match=r"mode 0644.*chmod 600"):
        ring.load("one")


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A keyring where a file is in the way is one clear error."""
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(CipherError, match="keys"):
        Keyring(tmp_path / "keys", MASTER).create("p")


def test_neither_keyring_nor_errors_show_a_key(ring: Keyring) -> None:
    """The texts of the keyring name folder and ids, nothing else."""
    ring.create("p", "one")
    key = ring.load("one")
    with pytest.raises(CipherError, match="nothing") as caught:
        ring.load("nothing")
    shown = f"{ring!r} {ring.list()!r} {caught.value} {key!r}"
    assert key.reveal().hex() not in shown
    assert MASTER.reveal().hex() not in shown


def _create(folder: Path, number: int) -> None:
    ring = Keyring(folder, SecretKey(bytes(range(32))))
    for count in range(5):
        ring.create("p", f"{number}-{count}")


def test_two_processes_create_keys_at_once(tmp_path: Path) -> None:
    """Keyrings that are made at the same moment are one."""
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_create, args=(tmp_path / "k", n)) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    ring = Keyring(tmp_path / "k", MASTER)
    assert len({ring.load(info.key_id).fingerprint for info in ring.list()}) == 10


def test_keyring_lies_in_the_project_or_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINEAGE_KEYRING moves the keyring out of the project."""
    monkeypatch.delenv(keyring.FOLDER_VARIABLE, raising=False)
    assert keyring_folder(tmp_path) == tmp_path / ".lineage" / "keys"
    monkeypatch.setenv(keyring.FOLDER_VARIABLE, str(tmp_path / "safe"))
    assert keyring_folder(tmp_path / "project") == tmp_path / "safe"


def test_master_comes_from_the_variable_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINEAGE_MASTER_KEY goes before LINEAGE_MASTER_KEY_FILE."""
    path = tmp_path / "master"
    secret_files.write_new(path, bytes(range(32)))
    monkeypatch.delenv(keyring.MASTER_VARIABLE, raising=False)
    monkeypatch.setenv(keyring.MASTER_FILE_VARIABLE, str(path))
    from_file = master_secret()
    monkeypatch.setenv(keyring.MASTER_VARIABLE, "a long passphrase")
    assert isinstance(from_file, SecretKey)
    assert from_file.fingerprint == MASTER.fingerprint
    assert isinstance(master_secret(), Passphrase)


def test_missing_master_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a master key the message says where to put one."""
    monkeypatch.delenv(keyring.MASTER_VARIABLE, raising=False)
    monkeypatch.delenv(keyring.MASTER_FILE_VARIABLE, raising=False)
    monkeypatch.delenv(keyring.MASTER_ENTRY_VARIABLE, raising=False)
    with pytest.raises(
        CipherError, match=r"not set; set LINEAGE_MASTER_KEY .*, or LINEAGE_MASTER_KEY_FILE"
    ):
        master_secret()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (bytes(range(32)), SecretKey),
        (b"0123456789abcdef0123456789abcdef", Passphrase),
        (b"00" * 32 + b"\n", SecretKey),
        ("geheimer Schlüssel".encode(), Passphrase),
    ],
    ids=["raw", "32 letters", "hex", "passphrase"],
)
def test_key_file_holds_bytes_or_text(tmp_path: Path, content: bytes, kind: type) -> None:
    """32 letters are a passphrase, 32 other bytes a key."""
    secret_files.write_new(tmp_path / "key", content)
    assert isinstance(secret_files.read_secret(tmp_path / "key"), kind)


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        (b"\xff\xfe", 0o600, "not text"),
        (bytes(70_000), 0o600, "at most 65,536"),
        (bytes(range(32)), 0o604, "mode 0604"),
        (bytes(range(32)), 0o620, "mode 0620"),
    ],
    ids=["other bytes", "too large", "others read", "group writes"],
)
def test_unfit_key_file_is_refused(
    tmp_path: Path, content: bytes, mode: int, expected: str
) -> None:
    """A file that holds no key, or not only for its owner, is refused."""
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(mode)
    with pytest.raises(CipherError, match=expected):
        secret_files.read_secret(tmp_path / "key")


@pytest.mark.parametrize("name", ["missing", "."])
def test_missing_key_file_is_refused(tmp_path: Path, name: str) -> None:
    """A path that leads to no file is named."""
    with pytest.raises(CipherError, match="key file"):
        secret_files.read_secret(tmp_path / name)


def test_keyring_of_an_earlier_release_opens(tmp_path: Path) -> None:
    """A key from before there were versions is version 1, and can be rotated."""
    folder = tmp_path / "keys"
    shutil.copytree(Path(__file__).parent / "files/keyring_1", folder)
    for path in folder.iterdir():
        path.chmod(0o600)
    ring = Keyring(folder, MASTER)
    assert ring.load("old").fingerprint == "dd2fb984f36bfbc3"
    assert ring.rotate("old").version == 2
    assert ring.load_versions("old")[1].fingerprint == "dd2fb984f36bfbc3"


def test_rotated_key_keeps_its_versions(ring: Keyring) -> None:
    """The newest version is the key; the earlier ones are there until they are forgotten."""
    ring.create("p", "one")
    before = ring.load("one").fingerprint
    assert ring.rotate("one").version == again(ring).info("one").version == 2
    assert {n: key.fingerprint == before for n, key in ring.load_versions("one").items()} == {
        1: True,
        2: False,
    }
    ring.forget_old_versions("one")
    assert list(again(ring).load_versions("one")) == [2]


def test_version_in_another_place_is_refused(ring: Keyring) -> None:
    """A version is bound to its number: an old one cannot be made the newest."""
    ring.create("p", "one")
    for _ in range(2):
        ring.rotate("one")
    path = ring.folder / "one.key"
    document = json.loads(path.read_text())
    document["later_versions"].reverse()
    path.write_text(json.dumps(document))
    with pytest.raises(CipherError, match="does not open"):
        ring.load("one")
