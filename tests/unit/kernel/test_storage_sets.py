"""A set of files is replaced whole: all of the new ones, or all of the old ones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lineage.kernel import files
from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import (
    LocalStorage,
    SetContent,
    sets,
    sha256_of_any_or_none,
    sha256_of_set,
)
from projections.catalog.file_states import file_state

OLD = {"part-00000.csv": b"old 0", "part-00001.csv": b"old 1", "part-00002.csv": b"old 2"}
NEW = {"part-00000.csv": b"new 0", "k=a/part-00000.csv": b"new a"}


@pytest.fixture(params=["exchange", "renames"])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LocalStorage:
    """A storage on a system that exchanges names, and on one that cannot."""
    if request.param == "renames":
        monkeypatch.setattr(sets.sys, "platform", "another")
    return LocalStorage(tmp_path)


def publish(
    storage: LocalStorage, parts: Mapping[str, bytes], *, overwrite: bool = True
) -> SetContent:
    """Publish a set named "people"."""
    with storage.publishing_set("people", overwrite=overwrite) as pending:
        for path, content in parts.items():
            with pending.part(path) as part:
                part.stream.write(content)
    return pending.written


def held(storage: LocalStorage) -> dict[str, bytes]:
    """Return the files of the set, as the storage lists them."""
    return {
        uri.removeprefix("people/"): (storage.root / uri).read_bytes()
        for uri in storage.list("people")
    }


def test_set_replaces_all_that_was_there(storage: LocalStorage) -> None:
    """Behaviour 61: exactly the new files are left, and nothing beside them."""
    publish(storage, OLD)
    content = publish(storage, NEW)

    assert held(storage) == NEW
    assert content.sha256 == sha256_of_set(storage, "people")
    assert content.size_bytes == 10
    assert os.listdir(storage.root) == ["people"]  # noqa: PTH208  # the names


def test_failed_set_leaves_the_old_one(storage: LocalStorage) -> None:
    """An exception after some parts publishes none of them."""
    publish(storage, OLD)

    def fail() -> None:
        with storage.publishing_set("people") as pending:
            with pending.part("part-00000.csv") as part:
                part.stream.write(b"new")
            raise RuntimeError("writer failed")

    with pytest.raises(RuntimeError, match="writer failed"):
        fail()
    assert held(storage) == OLD


def test_set_is_kept_when_overwriting_is_not_wanted(storage: LocalStorage) -> None:
    """`overwrite=False` refuses at the beginning, and also at the end."""
    publish(storage, OLD, overwrite=False)
    with pytest.raises(FileExistsError, match="people"):
        publish(storage, NEW, overwrite=False)
    shutil.rmtree(storage.root / "people")

    def meanwhile() -> None:
        with storage.publishing_set("people", overwrite=False) as pending:
            publish(storage, OLD)
            with pending.part("part-00000.csv") as part:
                part.stream.write(b"new")

    with pytest.raises(FileExistsError, match="people"):
        meanwhile()
    assert held(storage) == OLD


@pytest.mark.parametrize(
    "make",
    [
        lambda place: place.write_text("mine"),
        lambda place: place.symlink_to("elsewhere"),
        lambda place: (place.mkdir(), (place / "notes.txt").write_text("mine")),
        lambda place: ((place / "k=a").mkdir(parents=True), (place / "k=a/x.csv").touch()),
        lambda place: (place / "sub").mkdir(parents=True),
    ],
)
def test_what_is_no_set_is_never_replaced(
    storage: LocalStorage, make: Callable[[Path], object]
) -> None:
    """A file, a link, and a folder with anything but parts stay as they are."""
    make(storage.root / "people")
    before = sorted(storage.root.rglob("*"))

    with pytest.raises(FileExistsError, match="no partitioned set"):
        publish(storage, NEW)
    assert sorted(storage.root.rglob("*")) == before


def test_part_that_leaves_the_set_is_refused(storage: LocalStorage) -> None:
    """No part climbs out."""
    with pytest.raises(PathRefusedError, match="path"):
        publish(storage, {"../part-00000.csv": b"evil"})
    assert list(storage.root.iterdir()) == []


@pytest.mark.parametrize("ended", range(1, 4))
def test_set_without_its_name_gets_it_from_whoever_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: int
) -> None:
    """Where names cannot be exchanged, after a crash at each rename one whole set is found."""
    storage = LocalStorage(tmp_path)
    publish(storage, OLD)
    monkeypatch.setattr(sets.sys, "platform", "another")
    rename, made = Path.rename, 0

    def dying(path: Path, target: Path) -> Path:
        nonlocal made
        if "part-" in path.name:
            return rename(path, target)
        made += 1
        if made == ended:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as at_crash:
        at_crash.setattr(Path, "rename", dying)
        at_crash.setattr(sets.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            publish(storage, NEW)

    assert held(storage) == (NEW if ended == 3 else OLD)
    publish(storage, NEW)
    files.sweep_parts(tmp_path, older_than_s=-1e12, now_s=0)
    assert os.listdir(tmp_path) == ["people"]  # noqa: PTH208  # the names
    assert held(storage) == NEW


def test_sweep_removes_a_set_that_was_never_finished(tmp_path: Path) -> None:
    """What a killed writer left goes after a while, and is never listed."""
    left = tmp_path / ".people.0123456789ab.part"
    left.mkdir()
    (left / "part-00000.csv").write_bytes(b"half")

    assert list(LocalStorage(tmp_path).list("")) == []
    now_s = left.stat().st_mtime
    assert files.sweep_parts(tmp_path, older_than_s=60, now_s=now_s) == []
    assert files.sweep_parts(tmp_path, older_than_s=-60, now_s=now_s) == [left]


def test_new_set_allows_no_more_than_the_old_one(storage: LocalStorage) -> None:
    """Folder and files of a set keep the permissions that the old set had."""
    publish(storage, OLD)
    (storage.root / "people").chmod(0o700)
    for part in (storage.root / "people").iterdir():
        part.chmod(0o600)

    publish(storage, NEW)

    modes = {path: path.stat().st_mode & 0o077 for path in (storage.root / "people").rglob("part*")}
    assert set(modes.values()) == {0}
    assert (storage.root / "people").stat().st_mode & 0o777 == 0o700


def test_set_has_a_digest_that_every_change_changes(storage: LocalStorage) -> None:
    """A changed, missing, added or renamed part is seen; a file and a set are asked alike."""
    content = publish(storage, OLD)
    folder = storage.root / "people"
    assert sha256_of_any_or_none(storage, "people") == content.sha256
    assert sha256_of_any_or_none(storage, "people/part-00000.csv") == content.parts[0][1].sha256
    assert sha256_of_any_or_none(storage, "gone") is None

    (folder / "part-00002.csv").rename(folder / "part-00003.csv")
    renamed = sha256_of_any_or_none(storage, "people")
    (folder / "part-00003.csv").unlink()
    assert len({content.sha256, renamed, sha256_of_any_or_none(storage, "people")}) == 3


def test_recorded_set_is_present_until_a_part_changes(storage: LocalStorage) -> None:
    """The state of a set on record is that of its files."""
    content = publish(storage, OLD)
    recorded = {"uri": "people", "sha256": content.sha256, "size_bytes": None, "modified_at": None}
    assert file_state(lambda _: storage, recorded) == "present"
    (storage.root / "people" / "part-00001.csv").write_bytes(b"other")
    assert file_state(lambda _: storage, recorded) == "replaced"
