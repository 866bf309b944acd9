"""What the files of this machine have beyond what every storage keeps to."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import LocalStorage, Status, sha256, sha256_or_none


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """A storage with one file."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.csv").write_bytes(b"a")
    return LocalStorage(root)


def put(storage: LocalStorage, uri: str) -> None:
    """Publish some content."""
    storage.publish(uri, lambda stream: stream.write(b"new"))


def test_file_outside_is_read_by_its_absolute_path(storage: LocalStorage, tmp_path: Path) -> None:
    """So the history names it; to write there is refused."""
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"outside")

    assert sha256(storage, str(outside)) == sha256_bytes(b"outside")
    with pytest.raises(PathRefusedError, match=r"outside.*expected"):
        put(storage, str(outside))


def test_absolute_path_inside_is_published(storage: LocalStorage) -> None:
    """A file inside is the same file, however it is named."""
    put(storage, str(storage.root / "sub/b.csv"))

    assert storage.path("sub/b.csv").read_bytes() == b"new"


def test_climbing_within_the_root_is_no_climbing_out(storage: LocalStorage) -> None:
    """Only where a uri ends counts."""
    put(storage, "sub/../b.csv")

    assert storage.path("sub/../b.csv") == storage.path("b.csv") == storage.root / "b.csv"
    assert sha256(storage, "sub/../b.csv") == sha256_bytes(b"new")


def test_publishing_through_a_link_that_leads_outside_is_refused(
    storage: LocalStorage, tmp_path: Path
) -> None:
    """A folder is judged by where it leads."""
    (storage.root / "link").symlink_to(tmp_path)

    with pytest.raises(PathRefusedError, match="link"):
        put(storage, "link/b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_link_in_the_place_of_the_file_is_replaced(storage: LocalStorage, tmp_path: Path) -> None:
    """The link goes, what it led to stays."""
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"outside")
    (storage.root / "b.csv").symlink_to(outside)

    put(storage, "b.csv")

    assert outside.read_bytes() == b"outside"
    assert not storage.path("b.csv").is_symlink()


def test_file_in_the_place_of_a_folder_is_no_file_that_exists(storage: LocalStorage) -> None:
    """Whoever looks for a free name is not told that this one is taken."""
    for uri in ("a.csv/b.csv", "a.csv/c/b.csv"):
        with pytest.raises(NotADirectoryError, match=r"a\.csv"):
            put(storage, uri)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_links_pipes_and_unfinished_files_are_not_listed(
    storage: LocalStorage, tmp_path: Path
) -> None:
    """Links may lead outside, pipes would block, and what is not whole is not there."""
    (storage.root / "link.csv").symlink_to(storage.root / "a.csv")
    (storage.root / "folder").symlink_to(tmp_path)
    (storage.root / ".a.csv.0123456789ab.part").touch()
    os.mkfifo(storage.root / "pipe")

    assert list(storage.list("")) == ["a.csv"]
    assert list(storage.list(str(storage.root))) == [str(storage.root / "a.csv")]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_pipe_is_not_waited_for(storage: LocalStorage) -> None:
    """A pipe that nobody writes to is no file, and answers at once."""
    os.mkfifo(storage.root / "pipe")

    assert storage.status("pipe") == Status(size_bytes=None, modified_at=None)
    assert sha256_or_none(storage, "pipe") is None


@pytest.mark.skipif(os.name != "posix", reason="needs names that are no text")
def test_listed_name_that_is_no_text_can_be_read(storage: LocalStorage) -> None:
    """A name of any bytes comes as a uri that finds the file again."""
    (storage.root / os.fsdecode(b"\xff.csv")).write_bytes(b"odd")
    uri = next(uri for uri in storage.list("") if uri != "a.csv")

    assert sha256(storage, uri) == sha256_bytes(b"odd")


def test_updates_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each of many threads adds its own line to one file."""
    storage = LocalStorage(tmp_path)

    def add(line: int) -> None:
        storage.update("sub/lines.txt", lambda old: (old or b"") + b"%d\n" % line)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))

    lines = (tmp_path / "sub" / "lines.txt").read_text().split()
    assert sorted(map(int, lines)) == list(range(40))
    assert list(storage.list("")) == ["sub/lines.txt"]


def test_failed_update_leaves_the_file(tmp_path: Path) -> None:
    """An exception of the function changes nothing."""
    storage = LocalStorage(tmp_path)
    storage.update("a.txt", lambda _: b"old")

    with pytest.raises(ZeroDivisionError, match="zero"):
        storage.update("a.txt", lambda old: old or b"" if 1 // 0 else b"")
    assert (tmp_path / "a.txt").read_bytes() == b"old"
