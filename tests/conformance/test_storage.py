"""What every storage keeps to.

A further storage is one more entry of `STORAGES`: a function that makes an empty one in a fresh
folder.
"""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import PathRefusedError
from lineage.kernel.files import DigestingStream
from lineage.kernel.storage import (
    Content,
    Fill,
    LocalStorage,
    Storage,
    sha256,
    sha256_or_none,
)

STORAGES: dict[str, Callable[[Path], Storage]] = {"local": LocalStorage}
MEBIBYTE = 1 << 20
NAMES = (
    "a.csv",
    "no suffix",
    "a b  c.csv",
    "a#b.csv",
    "100%25.csv",
    "a?b&c=d;e.csv",
    "'quoted' \"twice\".csv",
    ".hidden",
    "..two.dots",
    "a..b",
    "Übersicht.csv",
    "日本/🐍.csv",
    "deep/er/and/deeper.csv",
    "s3:a.csv",
    "x" * 255,
)
CLIMBING = ("../a.csv", "..", "a/../../a.csv", "./../a.csv", "a\0b", "../" * 40 + "etc/passwd")


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage, with room beside it for what climbs out."""
    root = tmp_path / "root"
    root.mkdir()
    return STORAGES[request.param](root)


def put(storage: Storage, uri: str, content: bytes, *, overwrite: bool = True) -> Content:
    """Publish a content in one go."""
    return storage.publish(uri, lambda stream: stream.write(content), overwrite=overwrite)


def get(storage: Storage, uri: str) -> bytes:
    """Read a file to its end."""
    with storage.open(uri) as stream:
        return stream.read()


def failing(stream: DigestingStream) -> None:
    """Write a part and fail."""
    stream.write(b"half")
    raise RuntimeError("writer failed")


@pytest.mark.parametrize("uri", NAMES)
def test_published_file_is_read_back_under_any_name(storage: Storage, uri: str) -> None:
    """Spaces, all scripts, dots and what is special in addresses belong to the name."""
    put(storage, uri, b"content")

    assert get(storage, uri) == b"content"
    assert list(storage.list("")) == [uri]


@pytest.mark.parametrize("content", [b"", b"\x00", b"a\r\nb\n", bytes(range(256)) * 300])
def test_digest_and_length_are_those_of_the_bytes(storage: Storage, content: bytes) -> None:
    """What publishing returns, what the storage says and what is read agree."""
    published = put(storage, "a.csv", content)
    status = storage.status("a.csv")

    assert published == Content(sha256=sha256_bytes(content), size_bytes=len(content))
    assert status is not None
    assert status.size_bytes == len(content)
    assert sha256(storage, "a.csv") == published.sha256
    assert get(storage, "a.csv") == content


def test_time_stamp_is_none_or_when_it_was_published(storage: Storage) -> None:
    """A storage may keep no time; one that does keeps a moment."""
    before = datetime.now(UTC)
    put(storage, "a.csv", b"a")
    status = storage.status("a.csv")

    assert status is not None
    if status.modified_at is not None:
        assert abs((status.modified_at - before).total_seconds()) < 60


def test_publishing_again_replaces_the_content(storage: Storage) -> None:
    """A uri has one content at a time."""
    put(storage, "a.csv", b"old, and longer")
    put(storage, "a.csv", b"new")

    assert get(storage, "a.csv") == b"new"
    assert list(storage.list("")) == ["a.csv"]


def test_failed_writer_leaves_the_old_version_and_nothing_else(storage: Storage) -> None:
    """What a writer wrote before it failed never shows."""
    put(storage, "a.csv", b"old")

    for uri in ("a.csv", "b.csv"):
        with pytest.raises(RuntimeError, match="writer failed"):
            storage.publish(uri, failing)

    assert get(storage, "a.csv") == b"old"
    assert list(storage.list("")) == ["a.csv"]


def test_file_shows_only_when_it_is_whole(storage: Storage) -> None:
    """While it is being written, there is no such file, and nothing else is listed."""
    seen: list[object] = []

    def fill(stream: DigestingStream) -> None:
        stream.write(b"half")
        stream.flush()
        seen.extend([storage.status("a.csv"), list(storage.list(""))])

    storage.publish("a.csv", fill)

    assert seen == [None, []]
    assert list(storage.list("")) == ["a.csv"]


def test_existing_file_is_kept_when_overwriting_is_not_wanted(storage: Storage) -> None:
    """`overwrite=False` makes a new file, and refuses to touch one."""
    put(storage, "a.csv", b"first", overwrite=False)

    with pytest.raises(FileExistsError, match=r"a\.csv"):
        put(storage, "a.csv", b"second", overwrite=False)
    assert get(storage, "a.csv") == b"first"


def test_file_that_appears_meanwhile_is_kept(storage: Storage) -> None:
    """`overwrite=False` holds up to the moment of publishing."""
    with pytest.raises(FileExistsError, match=r"a\.csv"):
        storage.publish("a.csv", lambda _: put(storage, "a.csv", b"first"), overwrite=False)

    assert get(storage, "a.csv") == b"first"
    assert list(storage.list("")) == ["a.csv"]


def test_two_writers_at_once_leave_one_whole_version(storage: Storage) -> None:
    """Each of them succeeds; the file is what one of them wrote, never a mixture."""
    contents = [bytes([letter]) * MEBIBYTE for letter in b"ab"]
    barrier = threading.Barrier(2, timeout=30)

    def fill_with(content: bytes) -> Fill:
        def fill(stream: DigestingStream) -> None:
            stream.write(content[: MEBIBYTE // 2])
            barrier.wait()
            stream.write(content[MEBIBYTE // 2 :])

        return fill

    writers = [
        threading.Thread(target=storage.publish, args=("a.csv", fill_with(content)))
        for content in contents
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert get(storage, "a.csv") in contents
    assert list(storage.list("")) == ["a.csv"]


def test_reader_keeps_the_version_it_opened(storage: Storage) -> None:
    """A file that is replaced while it is read does not change under its reader."""
    old = b"o" * MEBIBYTE
    put(storage, "a.csv", old)

    with storage.open("a.csv") as stream:
        first = stream.read(10)
        put(storage, "a.csv", b"new")
        assert first + stream.read() == old
    assert get(storage, "a.csv") == b"new"


def test_missing_file_has_no_status_and_no_digest(storage: Storage) -> None:
    """Nothing there is an answer; to open it is an error."""
    put(storage, "a.csv", b"a")

    for uri in ("gone.csv", "no/such/folder/a.csv", "a.csv/below"):
        assert storage.status(uri) is None
        assert sha256_or_none(storage, uri) is None
    with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
        storage.open("gone.csv")


def test_folder_is_no_file(storage: Storage) -> None:
    """What only leads to files has no length, no digest and no content."""
    put(storage, "folder/a.csv", b"a")
    status = storage.status("folder")

    assert status is None or status.size_bytes is None
    assert sha256_or_none(storage, "folder") is None
    with pytest.raises(OSError, match="folder"):
        storage.open("folder")


def test_listing_is_sorted_and_complete(storage: Storage) -> None:
    """Everything comes in the order of the uris, however deep it is."""
    uris = ["b/z.csv", "b.csv", "a/b/c.csv", "b/a/x.csv", "B.csv", "a b.csv", "ä.csv", ".a/.b"]
    for uri in uris:
        put(storage, uri, b"")

    assert list(storage.list("")) == sorted(uris)
    assert list(storage.list("b")) == ["b/a/x.csv", "b/z.csv"]
    assert list(storage.list("a/b")) == ["a/b/c.csv"]


def test_listing_of_a_folder_has_no_neighbours(storage: Storage) -> None:
    """A folder is a whole name, not the beginning of one."""
    for uri in ("raw/a.csv", "raw2/a.csv", "raw.csv"):
        put(storage, uri, b"")

    assert list(storage.list("raw")) == list(storage.list("raw/")) == ["raw/a.csv"]


def test_listing_of_a_missing_folder_is_empty(storage: Storage) -> None:
    """Nothing there is not an error; neither is a file."""
    put(storage, "a.csv", b"a")

    assert list(storage.list("")) == ["a.csv"]
    assert list(storage.list("gone")) == list(storage.list("a.csv")) == []


@pytest.mark.parametrize("uri", CLIMBING)
def test_uri_that_climbs_out_is_refused(storage: Storage, tmp_path: Path, uri: str) -> None:
    """Nothing outside is read, listed or written by climbing."""
    (tmp_path / "a.csv").write_bytes(b"outside")

    for use in (storage.open, storage.status, storage.list, lambda u: put(storage, u, b"evil")):
        with pytest.raises(PathRefusedError, match=r"path|file name"):
            use(uri)
    assert (tmp_path / "a.csv").read_bytes() == b"outside"


@pytest.mark.parametrize("uri", ["", ".", "a/", "a/.", "/", "/elsewhere/a.csv", "~/a.csv"])
def test_nothing_is_published_under_what_names_no_file_inside(storage: Storage, uri: str) -> None:
    """A folder, a place elsewhere and no name at all are refused before anything is written."""
    with pytest.raises(PathRefusedError, match=r"path|file name"):
        put(storage, uri, b"evil")
    assert list(storage.list("")) == []


def test_large_file_is_never_held_in_memory(storage: Storage) -> None:
    """Eight mebibytes are written and digested in a few hundred kilobytes."""
    block = bytes(range(256)) * 256

    def fill(stream: DigestingStream) -> None:
        for _ in range(8 * MEBIBYTE // len(block)):
            stream.write(block)

    tracemalloc.start()
    try:
        published = storage.publish("large.bin", fill)
        assert sha256(storage, "large.bin") == published.sha256
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert published.size_bytes == 8 * MEBIBYTE
    assert peak_bytes < MEBIBYTE


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["a.csv", "b/c.csv", "b/ü d.csv"]), st.binary(max_size=50)),
        max_size=8,
    )
)
def test_any_sequence_of_publishes_leaves_the_last_contents(
    storage: Storage, publishes: list[tuple[str, bytes]]
) -> None:
    """Whatever was there before, a file is what was published last."""
    last = dict(publishes)
    for uri, content in publishes:
        put(storage, uri, content)

    assert {uri: get(storage, uri) for uri in last} == last
    assert set(storage.list("")) >= last.keys()
