"""Files in an object store, against a server that speaks S3."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import traceback
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from s3_server import SECRET, open_uploads

from lineage.kernel.errors import ConfigurationError, PathRefusedError
from lineage.kernel.storage import sha256, sha256_or_none
from lineage.kernel.storage.objects import ObjectStorage
from ops.data.encryption import encryption_for, open_plain
from ops.data.writer import DataWriteError, DataWriter

LONG = bytes(range(256)) * (20 << 12)
"""Twenty mebibytes: three parts."""


@pytest.mark.parametrize("content", [b"", b"short", LONG], ids=["empty", "short", "long"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_content_is_read_back_with_its_digest(
    storage: ObjectStorage, content: bytes, *, overwrite: bool
) -> None:
    """In one request or in parts, on condition or not: what is read is what was written."""
    published = storage.publish(
        "sub/ä b.bin", lambda stream: stream.write(content), overwrite=overwrite
    )

    assert sha256(storage, "sub/ä b.bin") == published.sha256
    assert published.size_bytes == len(content)
    assert list(storage.list("")) == list(storage.list("sub")) == ["sub/ä b.bin"]
    with storage.open("sub/ä b.bin") as stream:
        stream.seek(-3, io.SEEK_END)
        assert stream.read() == content[-3:]


def test_missing_object_is_none_or_an_error(storage: ObjectStorage) -> None:
    """As with files."""
    assert storage.status("gone") is None
    assert sha256_or_none(storage, "gone") is None
    with pytest.raises(FileNotFoundError, match="no such object"):
        storage.open("gone")


@pytest.mark.parametrize("content", [b"new", LONG], ids=["short", "long"])
def test_existing_object_is_kept_also_if_it_appears_meanwhile(
    storage: ObjectStorage, content: bytes
) -> None:
    """Create-if-absent is decided by the store."""

    def fill(stream: io.RawIOBase) -> None:
        stream.write(content)
        storage.publish("a", lambda other: other.write(b"first"))

    with pytest.raises(FileExistsError, match="exists"):
        storage.publish("a", fill, overwrite=False)
    with pytest.raises(FileExistsError, match="exists"):
        storage.publish("a", lambda stream: stream.write(b"x"), overwrite=False)
    with storage.open("a") as stream:
        assert stream.read() == b"first"
    assert list(storage.list("")) == ["a"]


def test_failed_writer_leaves_the_old_object_and_no_upload(
    storage: ObjectStorage, s3_server: str, bucket: str
) -> None:
    """The parts that were uploaded are given up."""
    storage.publish("a", lambda stream: stream.write(b"old"))

    def fail(stream: io.RawIOBase) -> None:
        stream.write(LONG)
        raise RuntimeError("writer failed")

    with pytest.raises(RuntimeError, match="writer failed"):
        storage.publish("a", fail)
    with storage.open("a") as stream:
        assert stream.read() == b"old"
    assert b"<Upload>" not in open_uploads(s3_server, bucket)


@pytest.mark.parametrize("overwrite", [True, False])
def test_killed_upload_leaves_nothing_to_be_seen(
    storage: ObjectStorage, s3_server: str, bucket: str, *, overwrite: bool
) -> None:
    """A process that dies in the middle of an upload in parts publishes nothing."""
    script = textwrap.dedent(f"""
        import sys, time
        from lineage.kernel.storage.objects import ObjectStorage
        with ObjectStorage({storage.address!r}).publishing("a", overwrite={overwrite}) as pending:
            for _ in range(3):
                pending.stream.write(bytes(9 << 20))
            print("half", flush=True)
            time.sleep(60)
    """)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()

    assert list(storage.list("")) == []
    assert storage.status("a") is None
    assert b"<Upload>" in open_uploads(s3_server, bucket)  # it had begun


def test_updates_at_once_lose_nothing(storage: ObjectStorage) -> None:
    """Whoever finds the object changed begins again."""

    def add(number: int) -> None:
        storage.update("a", lambda old: json.dumps([*json.loads(old or b"[]"), number]).encode())

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(add, range(9)))
    with storage.open("a") as stream:
        assert sorted(json.load(stream)) == list(range(9))


def test_reader_of_a_replaced_object_sees_no_mixture(storage: ObjectStorage) -> None:
    """What was opened is one version: after it was replaced, the rest is an error."""
    storage.publish("a", lambda stream: stream.write(LONG))
    with storage.open("a") as stream:
        assert stream.read(10) == LONG[:10]
        storage.publish("a", lambda stream: stream.write(b"new"))
        with pytest.raises(OSError, match="replaced"):
            stream.read()


@pytest.mark.parametrize("uri", ["../a", "a/../../b", "", "/a", "a//b", "a\0b", "a/"])
def test_uri_that_climbs_out_is_refused(storage: ObjectStorage, uri: str) -> None:
    """No object outside of the prefix is written."""
    with pytest.raises(PathRefusedError):
        storage.publish(uri, lambda stream: stream.write(b"evil"))


@pytest.mark.parametrize("address", ["s3://", "s3://B/x", "http://b/x", "s3:/b/x"])
def test_address_that_is_none_is_refused(address: str) -> None:
    """The error shows what an address looks like."""
    with pytest.raises(ConfigurationError, match="s3://bucket/prefix"):
        ObjectStorage(address)


def test_errors_show_no_key(storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that is not there: the message has the address, and nothing of the request."""
    with pytest.raises(OSError, match="s3://no-such-bucket") as caught:
        ObjectStorage("s3://no-such-bucket/x").publish("a", lambda stream: stream.write(b"x"))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert os.environ["AWS_ENDPOINT_URL"] not in str(caught.value)


def test_writer_writes_to_a_store_as_to_a_folder(bucket: str) -> None:
    """The same methods; the result has an address instead of a path."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    writer = DataWriter(f"s3://{bucket}/t_1")
    results = [
        writer.write_dataframe(frame, "users", "parquet"),
        writer.write_json({"a": 1}, "config"),
        writer.write_metrics({"a": 1}, "metrics", timestamp_in_name=False),
        writer.append_to_json_array(1, "log"),
        writer.append_to_json_array(2, "log"),
        writer.merge_json_objects({"a": {"b": 1}}, "merged"),
    ]
    with writer.stream(pa.schema({"a": pa.int64()}), "s", encryption_key="ab" * 32) as sink:
        sink.write(pa.table({"a": [1]}))
    storage = ObjectStorage(f"s3://{bucket}")

    for result in (*results[:3], *results[4:], sink.result):
        uri = result.uri.removeprefix(f"s3://{bucket}/")
        assert sha256(storage, uri) == result.sha256
    assert results[0].uri == f"s3://{bucket}/t_1/output/users.parquet"
    with storage.open("t_1/output/users.parquet") as stream:
        assert pq.read_table(stream).to_pandas().equals(frame)
    with open_plain(storage.open("t_1/output/s.parquet"), encryption_for("ab" * 32)) as stream:  # type: ignore[arg-type]
        assert pq.read_table(stream).to_pylist() == [{"a": 1}]
    with storage.open("t_1/log.json") as stream:
        assert json.load(stream) == [1, 2]
    with pytest.raises(DataWriteError, match="use the attribute uri"):
        _ = results[0].path


def test_writer_refuses_what_a_store_cannot_do_whole(bucket: str) -> None:
    """Objects that are no set of ours, and a file that exists, are kept."""
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    writer = DataWriter(f"s3://{bucket}/t_1")
    writer.write_dataframe(frame, "part-00000", subdir="output/set")
    with pytest.raises(DataWriteError, match="a folder that is no set"):
        writer.write_dataframe(frame, "set", partition_cols=["b"])
    writer.write_dataframe(frame, "a")
    with pytest.raises(DataWriteError, match="overwrite=True"):
        writer.write_dataframe(frame, "a", overwrite=False)
    for name, subdir in (("../a", None), ("a", "../b"), ("a", "/b")):
        with pytest.raises(PathRefusedError):
            writer.write_dataframe(frame, name, subdir=subdir)
