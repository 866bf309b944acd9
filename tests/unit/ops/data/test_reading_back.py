"""What a writer has written, a reader gives back, as the version that the writer named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from s3_server import new_bucket

from lineage.kernel.errors import CipherError, ConfigurationError, DataReadError
from lineage.kernel.secrets.secret import SecretKey
from ops.data.reader import DataReader
from ops.data.source import DataSource
from ops.data.writer import DataWriteError, DataWriter

KEY = SecretKey(bytes(range(32)))
FRAME = pd.DataFrame(
    {
        "zip": ["010", "020", "010"],
        "age": pd.array([30, None, 41], "Int64"),
        "dose": [0.5, 1.25, 2.0],
    }
)
reader = DataReader()


def as_read(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows in an order of their own."""
    rows: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return sorted(rows, key=lambda row: row["dose"])


@pytest.fixture
def address(s3_server: str) -> str:
    """A prefix of an empty bucket."""
    return f"s3://{new_bucket(s3_server)}/some/tasks"


@pytest.mark.parametrize("options", [{}, {"encryption_key": KEY}, {"partition_cols": ["zip"]}])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_is_written_is_read_back_as_the_same_version(
    tmp_path: Path, form: Any, options: Any
) -> None:
    """Rows and digest agree, in one file, encrypted, and in a set."""
    written = DataWriter(tmp_path).write_dataframe(FRAME, "people", format=form, **options)
    key = options.get("encryption_key")
    read = reader.read(written.path, encryption_key=key)
    assert as_read(reader.read_dataframe(written.path, encryption_key=key)) == as_read(FRAME)
    assert (read.dataset.sha256, read.dataset.uri) == (written.sha256, written.uri)
    assert (read.dataset.size_bytes, read.dataset.rows) == (written.size_bytes, 3)
    with reader.read_batches(written.path, encryption_key=key) as batches:
        assert sum(batch.num_rows for batch in batches) == 3
        assert batches.dataset.sha256 == written.sha256


@pytest.mark.parametrize("is_part", [False, True])
def test_set_that_a_crash_left_without_its_name_is_found(tmp_path: Path, *, is_part: bool) -> None:
    """A set that is whole takes its name when it is looked for, or one of its files is."""
    written = DataWriter(tmp_path).write_dataframe(
        FRAME, "people", format="parquet", partition_cols=["zip"]
    )
    sought = written.path / written.parts[0] if is_part else written.path
    written.path.rename(written.path.with_name(f".people.{'0' * 12}.whole"))
    assert reader.read(sought, format="parquet").dataset.rows == (2 if is_part else 3)
    assert written.path.is_dir()


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("form", ["csv", "parquet", "json", "ndjson", "feather", "xlsx"])
def test_object_is_read_back_by_its_address(address: str, form: Any, key: Any) -> None:
    """Rows, digest and address agree, at once, in batches and by a source."""
    written = DataWriter(address).write_dataframe(FRAME, "people", format=form, encryption_key=key)
    read = reader.read(written.uri, encryption_key=key)
    assert read.table["dose"].to_pylist() == FRAME["dose"].to_list()
    assert (read.dataset.sha256, read.dataset.uri) == (written.sha256, written.uri)
    assert (read.dataset.name, read.dataset.size_bytes) == ("people", written.size_bytes)
    with reader.read_batches(written.uri, batch_rows=2, encryption_key=key) as batches:
        assert sum(batch.num_rows for batch in batches) == 3
        assert batches.dataset.sha256 == written.sha256
    source = DataSource()
    source.add_file("p", written.uri, encryption_key=key)
    assert source.get_table("p", ["age"])["age"].to_pylist() == [30, None, 41]
    assert [noted.uri for noted in source.drain_reads()] == [written.uri]
    with pytest.raises(ConfigurationError, match="path of dataset 'p': it is in an object store"):
        source.path_of("p")
    with pytest.raises(DataReadError, match="it is in an object store"):
        _ = read.dataset.path


@pytest.mark.parametrize("options", [{}, {"encryption_key": KEY}, {"partition_cols": ["zip"]}])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_set_in_a_store_is_read_back_as_the_same_version(
    address: str, form: Any, options: Any
) -> None:
    """Written as a stream in parts and replaced: rows and digest agree, however it is read."""
    writer, key = DataWriter(address), options.get("encryption_key")
    rows: dict[str, Any] = {} if "partition_cols" in options else {"partition_rows": 2}
    schema = pa.Table.from_pandas(FRAME).schema
    for _ in range(2):
        with writer.stream(schema, "people", form, **rows, **options) as sink:
            sink.write(FRAME[:1])
            sink.write(FRAME[1:])
    written = sink.result
    read = reader.read(written.uri, encryption_key=key)
    assert as_read(reader.read_dataframe(written.uri, encryption_key=key)) == as_read(FRAME)
    assert (read.dataset.sha256, read.dataset.uri) == (written.sha256, written.uri)
    assert (read.dataset.size_bytes, read.dataset.rows) == (written.size_bytes, 3)
    with reader.read_batches(written.uri, encryption_key=key) as batches:
        assert sum(batch.num_rows for batch in batches) == 3
        assert batches.dataset.sha256 == written.sha256
    assert len(written.parts) == 2
    with pytest.raises(DataWriteError, match="overwrite=True"):
        writer.write_dataframe(FRAME, "people", form, overwrite=False, partition_cols=["zip"])


def test_set_in_a_store_that_is_replaced_while_it_is_read_is_refused(address: str) -> None:
    """Batches of two sets are never one table."""
    writer = DataWriter(address)
    written = writer.write_dataframe(FRAME, "people", partition_cols=["zip"])
    batches = reader.read_batches(written.uri, batch_rows=1)
    writer.write_dataframe(FRAME.assign(dose=[0.5, 1.25, 3.0]), "people", partition_cols=["zip"])
    with pytest.raises(DataReadError, match=r"replaced|changed while it was read|no such file"):
        list(batches)


def test_objects_below_a_prefix_are_one_table(address: str) -> None:
    """What another program wrote as a set is read as one, and folders give columns."""
    writer = DataWriter(address)
    for place, rows in (("zip=010", FRAME[:1]), ("zip=020", FRAME[1:])):
        writer.write_dataframe(rows[["dose"]], "part-00000", format="csv", subdir=f"set/{place}")
    read = reader.read(f"{address}/set")
    assert read.table.to_pydict() == {"dose": [0.5, 1.25, 2.0], "zip": ["010", "020", "020"]}


def test_object_that_cannot_be_read_is_refused(address: str) -> None:
    """A missing object, an address without one, and an object without a key say what is wrong."""
    with pytest.raises(DataReadError, match=r"some/tasks/none.csv': no such file"):
        reader.read(f"{address}/none.csv")
    with pytest.raises(ConfigurationError, match="expected an address like"):
        reader.read("s3://bucket")
    written = DataWriter(address).write_dataframe(FRAME, "p", format="csv", encryption_key=KEY)
    with pytest.raises(CipherError, match="there is no key"):
        reader.read(written.uri)


def test_object_that_changes_while_it_is_read_is_refused(address: str) -> None:
    """Batches of an object that was replaced by one of the same length are not of one version."""
    writer = DataWriter(address)
    written = writer.write_dataframe(FRAME, "people", format="csv")
    batches = reader.read_batches(written.uri, batch_rows=1)
    writer.write_dataframe(FRAME.assign(dose=[0.5, 1.25, 3.0]), "people", format="csv")
    with pytest.raises(DataReadError, match=r"replaced|changed while it was read"):
        list(batches)
