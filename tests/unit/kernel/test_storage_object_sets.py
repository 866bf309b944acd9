"""Sets of files in an object store change in one request, against a server that speaks S3."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import obstore
import pyarrow.dataset as ds
import pyarrow.fs
import pytest
from obstore.exceptions import PreconditionError
from obstore.store import S3Store
from s3_server import open_uploads

from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import SetContent, sha256_of_any_or_none, sha256_of_set
from lineage.kernel.storage.objects import ObjectStorage

LONG = bytes(range(256)) * (10 << 12)
"""Ten mebibytes: two parts of an upload."""
FIRST = {"part-00000.csv": b"a\n1\n", "part-00001.csv": b"a\n2\n"}
SECOND = {"part-00000.csv": b"a\n3\n", "zip=01%2F2/part-00000.csv": b"b\n4\n"}
THIRD = {"part-00000.csv": LONG}


def write(storage: ObjectStorage, parts: Mapping[str, bytes], **options: Any) -> SetContent:
    """Write a set "sub/people"."""
    with storage.publishing_set("sub/people", **options) as pending:
        for path, content in parts.items():
            with pending.part(path) as part:
                part.stream.write(content)
    return pending.written


def files_of(storage: ObjectStorage) -> dict[str, bytes]:
    """Return the set as readers see it."""
    found = {}
    for uri in storage.list("sub/people"):
        with storage.open(uri) as stream:
            found[uri.removeprefix("sub/people/")] = stream.read()
    return found


def keys(bucket: str) -> Iterable[str]:
    """Return all keys that the store has."""
    for batch in obstore.list(S3Store(bucket)):
        yield from (str(each["path"]) for each in batch)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(FIRST, id="flat"),
        pytest.param(SECOND, id="deep"),
        pytest.param(THIRD, id="long", marks=pytest.mark.slow),
    ],
)
def test_set_is_read_back_with_its_digest(storage: ObjectStorage, parts: dict[str, bytes]) -> None:
    """Files, digest and length are those that were written; a set looks like a folder."""
    written = write(storage, parts, overwrite=False)
    assert files_of(storage) == parts
    assert sha256_of_set(storage, "sub/people") == written.sha256
    assert sha256_of_any_or_none(storage, "sub/people") == written.sha256
    assert list(storage.list("")) == [f"sub/people/{path}" for path in sorted(parts)]
    assert written.size_bytes == sum(map(len, parts.values()))
    assert [path for path, _ in written.parts] == sorted(parts)


def test_set_is_found_from_within(storage: ObjectStorage) -> None:
    """A storage that begins at the set has its files, and those of a folder of a value."""
    write(storage, SECOND)
    inside = ObjectStorage(f"{storage.address}/sub/people")
    folder = "zip=01%2F2"
    assert list(inside.list("")) == sorted(SECOND)
    assert list(inside.list(folder)) == [f"{folder}/part-00000.csv"]
    assert list(storage.list(f"sub/people/{folder}")) == [f"sub/people/{folder}/part-00000.csv"]
    found = inside.status(f"{folder}/part-00000.csv")
    assert found is not None
    assert found.size_bytes == 4
    assert inside.status("part-00009.csv") is None


def test_replaced_set_leaves_nothing_of_the_old_one(storage: ObjectStorage, bucket: str) -> None:
    """The whole set is the new one, and the parts of the old one are removed."""
    write(storage, FIRST)
    written = write(storage, SECOND)
    assert files_of(storage) == SECOND
    assert sha256_of_set(storage, "sub/people") == written.sha256
    assert len(list(keys(bucket))) == len(SECOND) + 1


def test_set_that_exists_or_appears_meanwhile_is_kept(storage: ObjectStorage, bucket: str) -> None:
    """Without overwrite the store decides whose set has the name; the other leaves no part."""
    with (  # noqa: PT012  # what appears does so within
        pytest.raises(FileExistsError, match="exists"),
        storage.publishing_set("sub/people", overwrite=False) as pending,
    ):
        with pending.part("part-00000.csv") as part:
            part.stream.write(b"late")
        write(storage, FIRST)
    with pytest.raises(FileExistsError, match="exists"):
        write(storage, SECOND, overwrite=False)
    assert files_of(storage) == FIRST
    assert len(list(keys(bucket))) == len(FIRST) + 1


@pytest.mark.parametrize("old", [None, FIRST], ids=["new", "old"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_failed_writer_leaves_the_old_set(
    storage: ObjectStorage,
    s3_server: str,
    bucket: str,
    old: dict[str, bytes] | None,
    after: int,
) -> None:
    """An exception after any number of parts publishes none, and leaves neither part nor upload."""
    if old is not None:
        write(storage, old)
    with pytest.raises(RuntimeError, match="writer failed"):  # noqa: PT012, SIM117  # as above
        with storage.publishing_set("sub/people") as pending:
            for number in range(after):
                with pending.part(f"part-0000{number}.csv") as part:
                    part.stream.write(b"new")
            with pending.part("part-00009.csv") as part:
                part.stream.write(LONG)
                raise RuntimeError("writer failed")
    assert files_of(storage) == (old or {})
    assert len(list(keys(bucket))) == (0 if old is None else len(old) + 1)
    assert b"<Upload>" not in open_uploads(s3_server, bucket)


@pytest.mark.parametrize("old", [None, FIRST], ids=["new", "old"])
def test_killed_writer_leaves_nothing_to_be_seen(
    storage: ObjectStorage, old: dict[str, bytes] | None
) -> None:
    """A process that dies with one part written and another half leaves the old set or none."""
    if old is not None:
        write(storage, old)
    script = textwrap.dedent(f"""
        import time
        from lineage.kernel.storage.objects import ObjectStorage
        with ObjectStorage({storage.address!r}).publishing_set("sub/people") as pending:
            with pending.part("part-00000.csv") as part:
                part.stream.write(b"new")
            with pending.part("part-00001.csv") as part:
                part.stream.write(bytes(9 << 20))
                print("half", flush=True)
                time.sleep(60)
    """)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert files_of(storage) == (old or {})
    assert len(list(storage.list(""))) == len(old or {})
    write(storage, SECOND)
    assert files_of(storage) == SECOND


def test_writers_at_once_leave_the_set_of_one(storage: ObjectStorage, bucket: str) -> None:
    """Whoever is last has the set, whole, and no parts of the others are left."""
    sets = [{"part-00000.csv": bytes([at]), "part-00001.csv": bytes([at]) * 2} for at in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda parts: write(storage, parts), sets))
    assert files_of(storage) in sets
    assert len(list(keys(bucket))) == 3


def test_reader_of_a_replaced_set_sees_no_mixture(storage: ObjectStorage) -> None:
    """A part that was opened is of one set: after it was replaced, the rest is an error."""
    write(storage, THIRD)
    with storage.open("sub/people/part-00000.csv") as stream:
        assert stream.read(10) == LONG[:10]
        write(storage, FIRST)
        with pytest.raises(OSError, match="replaced"):
            stream.read()


class LostAnswer:
    """A store that does what it is told, and once says that it did not."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._is_lost = False
        self._storage = storage
        storage._obstore = self

    def __getattr__(self, name: str) -> Any:
        return getattr(obstore, name)

    def put(self, store: S3Store, path: str, *content: Any, **options: Any) -> None:
        """Put an object, and lose the first answer about a pointer."""
        obstore.put(store, path, *content, **options)
        if path.endswith("_parts.json") and not self._is_lost:
            self._is_lost = True
            self.meanwhile()
            raise PreconditionError("lost")

    def meanwhile(self) -> None:
        """Do nothing."""


class LostToAnother(LostAnswer):
    """The same, with another writer before the answer is asked for again."""

    def meanwhile(self) -> None:
        """Write another set."""
        write(ObjectStorage(self._storage.address), SECOND)


@pytest.mark.parametrize(("kind", "left"), [(LostAnswer, FIRST), (LostToAnother, SECOND)])
def test_answer_that_was_lost_costs_no_parts(
    storage: ObjectStorage, bucket: str, kind: type[LostAnswer], left: dict[str, bytes]
) -> None:
    """A writer that is told of a conflict with itself is done, and removes nothing of a set."""
    write(storage, {"part-00000.csv": b"old"})
    kind(storage)
    write(storage, FIRST)
    assert files_of(ObjectStorage(storage.address)) == left
    assert len(list(keys(bucket))) == len(left) + 1


@pytest.mark.parametrize("taken", ["people/part-00000.csv", "people/notes.txt", "people"])
def test_objects_of_others_are_not_replaced(storage: ObjectStorage, taken: str) -> None:
    """What is no set of ours could only go object by object."""
    storage.publish(f"sub/{taken}", lambda stream: stream.write(b"theirs"))
    with pytest.raises(FileExistsError, match="no set that can be replaced"):
        write(storage, FIRST)
    assert list(storage.list("")) == [f"sub/{taken}"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"parts": "../other"}', b'{"parts": "_parts.1"}', b"{}"]
)
def test_damaged_pointer_is_an_error(storage: ObjectStorage, content: bytes) -> None:
    """What names no folder of parts is never taken for an empty set, nor followed elsewhere."""
    storage.publish("sub/people/_parts.json", lambda stream: stream.write(content))
    for use in (storage.list, lambda uri: sha256_of_set(storage, uri)):
        with pytest.raises(OSError, match="what names the parts of the set is damaged"):
            use("sub/people")
    with pytest.raises(OSError, match="damaged"):
        write(storage, FIRST)


@pytest.mark.parametrize("uri", ["../a", "a/../../b", "", "/a", "a//b", "a\0b", "a/"])
def test_set_that_climbs_out_is_refused(storage: ObjectStorage, uri: str) -> None:
    """No object outside of the prefix is written, by the name of a set or of a part."""
    with pytest.raises(PathRefusedError), storage.publishing_set(uri):
        pass
    with (
        pytest.raises(PathRefusedError),
        storage.publishing_set("sub/people") as pending,
        pending.part(uri or ".."),
    ):
        pass
    assert list(storage.list("")) == []


def test_other_programs_see_no_set_rather_than_a_mixture(
    storage: ObjectStorage, s3_server: str, bucket: str
) -> None:
    """A reader of folders that knows nothing of us finds no file; in the folder named, all."""
    write(storage, FIRST)
    write(storage, FIRST)
    server = pyarrow.fs.S3FileSystem(
        access_key="tests",
        secret_key="tests",  # noqa: S106  # of the tests
        scheme="http",
        endpoint_override=s3_server.removeprefix("http://"),
        region="us-east-1",
    )
    folder = f"{bucket}/a/prefix/sub/people"
    assert ds.dataset(folder, filesystem=server, format="csv").files == []
    named = obstore.get(S3Store(bucket), "a/prefix/sub/people/_parts.json").bytes()
    parts = ObjectStorage(storage.address)._folder_of_set("sub/people")
    assert str(parts).rpartition("/")[2].encode() in bytes(named)
    opened = ds.dataset(f"{bucket}/a/prefix/{parts}", filesystem=server, format="csv")
    assert sorted(opened.to_table()["a"].to_pylist()) == [1, 2]
