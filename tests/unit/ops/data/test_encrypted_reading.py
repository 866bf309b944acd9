"""What was written with a key is read with it, and with no other."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from pyrage import x25519

from lineage.kernel.errors import CipherError, LineageError
from lineage.kernel.secrets.secret import SecretKey
from ops.data.encryption import encrypting_with, encryption_for
from ops.data.formats.parquet_encryption import parquet_encryption
from ops.data.reader import DataReader
from ops.data.source import DataSource
from ops.data.writer import DataWriter

TABLE = pa.table({"id": ["007", "008"], "income": [0.1, None], "name": ["Margarethe", "Otto"]})
KEY = SecretKey(bytes(range(32)))
IDENTITY = str(x25519.Identity.generate())
SECRETS = {"simple": KEY, "age": IDENTITY}
reader = DataReader()


def plain_bytes(name: str) -> bytes:
    """Return the content of a file of this name."""
    sink = io.BytesIO()
    writers: dict[str, Callable[[], object]] = {
        "csv": lambda: pa.csv.write_csv(TABLE, sink),
        "parquet": lambda: pq.write_table(TABLE, sink),
        "feather": lambda: pa.feather.write_feather(TABLE, sink),
        "ndjson": lambda: sink.write(
            "".join(json.dumps(record) + "\n" for record in TABLE.to_pylist()).encode()
        ),
        "json": lambda: sink.write(json.dumps(TABLE.to_pylist()).encode()),
        "xlsx": lambda: TABLE.to_pandas().to_excel(sink, index=False),
    }
    writers[name]()
    return sink.getvalue()


def write_encrypted(path: Path, content: bytes, mode: str) -> Path:
    """Write a file encrypted as a whole."""
    encryption = encryption_for(SECRETS[mode], mode)
    assert encryption is not None
    with path.open("wb") as file, encryption.encrypting(file) as stream:
        stream.write(content)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "ndjson", "json", "xlsx"])
@pytest.mark.parametrize("mode", SECRETS)
def test_encrypted_file_is_read_with_its_key(tmp_path: Path, kind: str, mode: str) -> None:
    """Whole or in batches, the mode is found in the file, and noted."""
    path = write_encrypted(tmp_path / f"people.{kind}", plain_bytes(kind), mode)
    read = reader.read(path, encryption_key=SECRETS[mode])
    assert read.table.to_pydict() == TABLE.to_pydict()
    assert read.dataset.detected["encryption"] == mode
    batches = reader.read_batches(path, encryption_key=SECRETS[mode], batch_rows=1)
    assert pa.Table.from_batches(batches, batches.schema).to_pydict() == TABLE.to_pydict()
    assert batches.dataset.sha256 == read.dataset.sha256
    assert sorted(item.name for item in tmp_path.iterdir()) == [path.name]


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "ndjson", "json", "xlsx"])
@pytest.mark.parametrize(
    ("key", "match"),
    [(None, "it is encrypted in mode 'simple', and there is no key"), (bytes(32).hex(), "key")],
)
def test_file_is_not_read_without_its_key(
    tmp_path: Path, kind: str, key: str | None, match: str
) -> None:
    """No key and a wrong key are errors in every format, and show no value."""
    path = write_encrypted(tmp_path / f"people.{kind}", plain_bytes(kind), "simple")
    for read in (
        reader.read_table,
        lambda *given, **more: list(reader.read_batches(*given, **more)),
    ):
        with pytest.raises(CipherError, match=match) as caught:
            read(path, encryption_key=key)
        assert "Margarethe" not in str(caught.value)


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "ndjson", "json", "xlsx"])
@pytest.mark.parametrize("mode", SECRETS)
def test_flipped_bit_or_cut_is_refused(tmp_path: Path, kind: str, mode: str) -> None:
    """What was changed on disk is never taken for the file."""
    path = write_encrypted(tmp_path / f"people.{kind}", plain_bytes(kind), mode)
    content = path.read_bytes()
    flipped = content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]
    for changed in (flipped, content[:-1]):
        path.write_bytes(changed)
        with pytest.raises(LineageError):
            reader.read_table(path, encryption_key=SECRETS[mode])


def test_parquet_encrypted_by_columns_is_read_with_its_keys(tmp_path: Path) -> None:
    """The columns of the keys that are given are read; others need theirs."""
    own = SecretKey(bytes(reversed(range(32))))
    properties = parquet_encryption(KEY, {"income": own}, columns=TABLE.column_names)
    path = tmp_path / "people.parquet"
    pq.write_table(TABLE, path, encryption_properties=properties)
    read = reader.read(path, encryption_key=KEY, column_keys={"income": own})
    assert read.table.equals(TABLE)
    assert read.dataset.detected == {"encryption": "parquet"}
    assert reader.read_table(path, columns=["id"], encryption_key=KEY).column_names == ["id"]
    with pytest.raises(LineageError):
        reader.read_table(path, encryption_key=KEY)


@pytest.mark.parametrize("is_offered", [False, True])
def test_source_reads_columns_with_their_keys(tmp_path: Path, *, is_offered: bool) -> None:
    """Keys of columns are given with the dataset; they are not shown and not pickled."""
    own = "1b" * 32
    written = DataWriter(tmp_path).write_dataframe(
        TABLE,
        "people",
        "parquet",
        encryption_mode="parquet",
        encryption_key=KEY,
        column_keys={"income": own},
    )
    source = DataSource()
    add = source.offer_file if is_offered else source.add_file
    add("people", written.path, encryption_key=KEY, column_keys={"income": own})
    assert source.get_table("people").equals(TABLE)
    rows = source.get_table("people", ["id"], filters=[("income", "not null")])
    assert rows.num_rows == TABLE["income"].is_valid().to_pylist().count(True)
    with encrypting_with(encryption_for(KEY)), pytest.raises(LineageError):
        pickle.loads(pickle.dumps(source)).get_table("people")  # noqa: S301  # our own
    assert own not in repr(source)
    assert own.encode() not in pickle.dumps(source)


def test_running_task_reads_with_its_own_key(tmp_path: Path) -> None:
    """An operation need not know that its files are encrypted."""
    path = write_encrypted(tmp_path / "people.csv", plain_bytes("csv"), "simple")
    with encrypting_with(encryption_for(KEY)):
        assert reader.read_table(path).num_rows == 2
        assert DataSource.from_files({"people": path}).get_table().num_rows == 2


def test_source_pickles_without_its_keys(tmp_path: Path) -> None:
    """What is sent to another process has no secret, and reads with the key of the task there."""
    path = write_encrypted(tmp_path / "people.csv", plain_bytes("csv"), "age")
    source = DataSource.from_files({"people": path}, encryption_key=SECRETS["age"])
    source.offer_file("offered", path, encryption_key=SECRETS["age"])
    assert source.get_table("offered").num_rows == source.get_table("people").num_rows == 2
    sent = pickle.dumps(source)
    assert IDENTITY.encode() not in sent
    assert IDENTITY not in repr(source)
    with pytest.raises(CipherError, match="there is no key"):
        pickle.loads(sent).get_table("people")  # noqa: S301  # our own
