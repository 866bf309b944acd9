"""Every kind of frame is written in every format, in plain and encrypted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape
from pyrage import x25519

from lineage.kernel.errors import DataWriteError
from lineage.kernel.storage import LocalStorage, sha256, sha256_of_set
from ops.data.encryption import encrypting_with, encryption_for, open_plain
from ops.data.formats.sinks import TABLE_FORMATS, TableFormat
from ops.data.reader import DataReader
from ops.data.writer import DataWriter
from ops.data.writer_result import EncryptionMode, WriterResult

MARKER = "Margarethe"
KEY = "0f" * 32
AGE_KEY = str(x25519.Identity.generate())
TABLE = pa.table(
    {
        "zip": ["01234", None, 'x,"y"', MARKER],
        "n": pa.array([1, None, 3, -4]),
        "x": [1.0, 0.1, None, 1e300],
        "flag": [True, None, False, True],
    }
)

NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


@pytest.fixture
def writer(tmp_path: Path) -> DataWriter:
    """A writer of a task."""
    return DataWriter(tmp_path / "t_1")


def plain(result: WriterResult, mode: EncryptionMode | None = None) -> bytes:
    """Return the content of a file, decrypted if there is a mode."""
    key = None if mode is None else encryption_for(AGE_KEY if mode == "age" else KEY, mode)
    with open_plain(result.path, key) as stream:
        return stream.read()


def read(content: bytes, file_format: str, folder: Path) -> pa.Table:
    """Read a file by other means than ours, but for CSV, whose types are ours."""
    source = io.BytesIO(content)
    match file_format:
        case "parquet":
            return pq.read_table(source)
        case "arrow" | "feather":
            return pf.read_table(source)
        case "json":
            return pa.Table.from_pylist(json.loads(content))
        case "ndjson":
            return pa.Table.from_pylist([json.loads(line) for line in content.splitlines()])
        case "xlsx":
            names, *rows = openpyxl.load_workbook(source).active.iter_rows(values_only=True)
            return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    path = folder / "copy.csv"
    path.write_bytes(content)
    return DataReader().read(path).table


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [*product(TABLE_FORMATS, [None, "simple"]), ("csv", "age")],
)
def test_table_is_read_back_equal_in_plain_and_encrypted(
    writer: DataWriter, tmp_path: Path, file_format: TableFormat, mode: EncryptionMode | None
) -> None:
    """Behaviours 64 and 65: what is written is read back, by others and with the key only."""
    key = None if mode is None else AGE_KEY if mode == "age" else KEY
    result = writer.write_dataframe(
        TABLE, "t", file_format, encryption_key=key, encryption_mode=mode
    )

    assert (result.encryption, result.is_encrypted) == (mode, mode is not None)
    content = plain(result, mode)
    assert read(content, file_format, tmp_path).to_pylist() == TABLE.to_pylist()
    assert (content == result.path.read_bytes()) == (mode is None)
    assert mode is None or MARKER.encode() not in result.path.read_bytes()


@pytest.mark.parametrize("file_format", TABLE_FORMATS)
@pytest.mark.parametrize("rows", [0, 1])
def test_short_table_keeps_its_columns(
    writer: DataWriter, tmp_path: Path, file_format: TableFormat, rows: int
) -> None:
    """No row and one row are tables like others."""
    result = writer.write_dataframe(TABLE.slice(0, rows), "t", file_format)

    assert (result.rows, result.columns) == (rows, ("zip", "n", "x", "flag"))
    if rows:
        assert read(plain(result), file_format, tmp_path).num_rows == 1


@pytest.mark.parametrize(
    "frame",
    [
        lambda: TABLE.to_pandas(types_mapper=NULLABLE.get),
        lambda: pl.from_arrow(TABLE),
        lambda: TABLE.to_batches()[0],
        lambda: TABLE.to_reader(max_chunksize=1),
        lambda: duckdb.from_arrow(TABLE),
        lambda: dd.from_pandas(TABLE.to_pandas(types_mapper=NULLABLE.get), npartitions=3),
    ],
    ids=["pandas", "polars", "batch", "reader", "duckdb", "dask"],
)
def test_every_kind_of_frame_is_written_alike(writer: DataWriter, frame: Callable[[], Any]) -> None:
    """The library that made a frame does not show in the file."""
    result = writer.write_dataframe(frame(), "t", "parquet")

    assert pq.read_table(result.path).to_pylist() == TABLE.to_pylist()
    assert result.rows == 4


@pytest.mark.parametrize("value", [[1], {"a": 1}, None, "text", pl.LazyFrame({"a": [1]})])
def test_what_is_no_frame_is_refused(writer: DataWriter, value: Any) -> None:
    """The error names the type."""
    with pytest.raises(DataWriteError, match="a value of type"):
        writer.write_dataframe(value, "t")


def test_query_that_fails_says_nothing_of_its_values(writer: DataWriter) -> None:
    """An error of DuckDB would quote the value, and nothing is published."""
    failing = duckdb.sql(
        f"select case when i = 9 then cast('{MARKER}' as int) end from range(10) t(i)"
    )
    with pytest.raises(DataWriteError) as caught:
        writer.write_dataframe(failing, "t")

    assert MARKER not in str(caught.value)
    assert not list(writer.task_dir.rglob("*.csv"))


def test_excel_holds_text_that_looks_like_a_formula_as_text(writer: DataWriter) -> None:
    """No cell is evaluated, and odd signs, long digits and moments are kept."""
    text = ["=1+1", "+1", "-1", "@a", "_x0041_", "a\x01b", " a\n<&>", ""]
    frame = pa.table(
        {
            "=name": text,
            "id": pa.array([2**53 + 1] + [1] * 7),
            "day": [date(2026, 1, 31)] * 7 + [date(1890, 1, 1)],
            "at": pa.array([datetime(2026, 1, 31, 12, 30)] * 8, pa.timestamp("ms")),  # noqa: DTZ001  # without a zone
            "zoned": [datetime(2026, 1, 31, tzinfo=UTC)] * 8,
            "price": [Decimal("1.10")] * 8,
        }
    )
    result = writer.write_dataframe(frame, "t", "xlsx")
    sheet = openpyxl.load_workbook(result.path).active
    cells = list(sheet.iter_cols(values_only=True))

    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 8 + ["s"]
    assert cells[0][:5] == ("=name", "=1+1", "+1", "-1", "@a")
    assert tuple(map(unescape, cells[0][5:8])) == ("_x0041_", "a\x01b", " a\n<&>")
    assert cells[1][1:3] == ("9007199254740993", 1)
    assert cells[2][1] == datetime(2026, 1, 31)  # noqa: DTZ001  # as above
    assert cells[2][8] == "1890-01-01"
    assert cells[3][1] == datetime(2026, 1, 31, 12, 30)  # noqa: DTZ001  # as above
    assert cells[5][1] == "1.10"


@pytest.mark.parametrize(
    ("frame", "match"),
    [
        (pa.table({"a": ["x" * 32_768]}), "column 'a' as Excel"),
        (pa.table({"a": pa.nulls(1_048_576)}), "1,048,576 rows"),
        (pa.table({str(at): [1] for at in range(16_385)}), "16,385 columns"),
        (pa.table({"a": [[1]]}), "column 'a' as Excel"),
    ],
)
def test_what_a_sheet_cannot_hold_is_refused(
    writer: DataWriter, frame: pa.Table, match: str
) -> None:
    """Excel would cut it or refuse the file."""
    with pytest.raises(DataWriteError, match=match):
        writer.write_dataframe(frame, "t", "xlsx")


@pytest.mark.parametrize("file_format", ["json", "ndjson"])
def test_infinity_is_refused_where_json_has_none(
    writer: DataWriter, file_format: TableFormat
) -> None:
    """NaN becomes null; infinity would be lost."""
    frame = pa.table({"x": [float("nan"), 1.5]})
    result = writer.write_dataframe(frame, "t", file_format)
    assert b"null" in result.path.read_bytes()

    with pytest.raises(DataWriteError, match="column 'x' as JSON"):
        writer.write_dataframe(pa.table({"x": [float("inf")]}), "t", file_format)


@pytest.mark.parametrize("file_format", TABLE_FORMATS)
@pytest.mark.parametrize(
    "options",
    [
        {"encryption_mode": "simple"},
        {"encryption_mode": "age"},
        {"encryption_key": ""},
        {"encryption_key": b" "},
        {"encryption_key": "short"},
        {"encryption_mode": "rot13", "encryption_key": KEY},
    ],
    ids=str,
)
def test_encryption_without_a_key_is_refused_in_every_format(
    writer: DataWriter, file_format: TableFormat, options: dict[str, Any]
) -> None:
    """Behaviour 63: no plain file where an encrypted one was asked for."""
    with pytest.raises(DataWriteError):
        writer.write_dataframe(TABLE, "t", file_format, **options)
    with (
        pytest.raises(DataWriteError),
        writer.stream(TABLE.schema, "s", file_format, partition_rows=1, **options),
    ):
        pass
    assert not [path for path in writer.task_dir.rglob("*") if path.is_file()]


def test_ambient_key_encrypts_every_kind_of_file(writer: DataWriter) -> None:
    """An operation that says nothing of encryption leaves no plain file in an encrypted task."""
    with encrypting_with(encryption_for(KEY)):
        results = [
            writer.write_dataframe(TABLE, "a"),
            writer.write_json({MARKER: 1}, "b"),
            writer.write_metrics({MARKER: 1}, "c"),
            writer.write_dictionary({MARKER: 1}, "d"),
            writer.append_to_json_array(MARKER, "e"),
            writer.append_to_json_array(MARKER, "e"),
            writer.merge_json_objects({MARKER: 1}, "f"),
        ]
        with writer.stream(TABLE.schema, "g", partition_rows=2) as sink:
            sink.write(TABLE)
    files = [path for path in writer.task_dir.rglob("*") if path.is_file()]

    assert all(result.encryption == "simple" for result in (*results, sink.result))
    assert [path for path in files if MARKER.encode() in path.read_bytes()] == []
    assert len(files) == 10  # with two parts, and the lock of each document that is updated
    assert json.loads(plain(results[5], "simple")) == [MARKER, MARKER]


def test_parquet_encrypts_itself_where_asked(writer: DataWriter) -> None:
    """Mode "parquet" keeps a file of Parquet's own, with a key for each column if wanted."""
    result = writer.write_dataframe(
        TABLE,
        "t",
        "parquet",
        encryption_key=KEY,
        encryption_mode="parquet",
        column_keys={"zip": "1a" * 32},
    )
    content = result.path.read_bytes()

    assert content.startswith(b"PARE")
    assert MARKER.encode() not in content
    assert result.encryption == "parquet"
    with pytest.raises(DataWriteError, match="expected format 'parquet'"):
        writer.write_dataframe(TABLE, "t", "csv", encryption_key=KEY, encryption_mode="parquet")
    with pytest.raises(DataWriteError, match="column_keys without"):
        writer.write_dataframe(TABLE, "t", "parquet", column_keys={"zip": KEY})


def test_partition_columns_make_a_folder_for_each_value(writer: DataWriter) -> None:
    """Values are folders that others read; null and odd signs are kept."""
    frame = pa.table({"k": ["a/b", None, "a/b", ".."], "n": [1, 2, 3, 4]})
    result = writer.write_dataframe(frame, "t", "parquet", partition_cols=["k"])
    read_back = sorted(pq.read_table(result.path).to_pylist(), key=lambda row: row["n"])

    assert read_back == frame.select(["n", "k"]).to_pylist()
    assert result.parts == (
        "k=../part-00000.parquet",
        "k=__HIVE_DEFAULT_PARTITION__/part-00000.parquet",
        "k=a%2Fb/part-00000.parquet",
    )
    assert result.sha256 == sha256_of_set(LocalStorage(writer.task_dir), "output/t")
    assert (result.rows, result.columns) == (4, ("k", "n"))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"partition_cols": ["zip"], "encryption_key": KEY}, "folders show the values"),
        ({"partition_cols": "zip"}, "a text instead of a list"),
        ({"partition_cols": ["gone"]}, "no column 'gone'"),
        ({"partition_cols": []}, "all columns, or none"),
        ({"partition_cols": ["zip", "n", "x", "flag"]}, "all columns, or none"),
        ({"partition_cols": ["n", "n"]}, "named twice"),
    ],
)
def test_columns_that_cannot_divide_are_refused(
    writer: DataWriter, options: dict[str, Any], match: str
) -> None:
    """Values in names of folders would be in plain; the other faults are named."""
    with pytest.raises(DataWriteError, match=match):
        writer.write_dataframe(TABLE, "t", "parquet", **options)
    assert not [path for path in writer.task_dir.rglob("*") if path.is_file()]


def test_values_too_many_or_too_long_for_folders_are_refused(writer: DataWriter) -> None:
    """The errors name the column, and no value."""
    for values, match in (
        ([str(n) for n in range(513)], "more than 512"),
        (["x" * 255], "too long"),
    ):
        frame = pa.table({"k": values, "n": [1] * len(values)})
        with pytest.raises(DataWriteError, match=match) as caught:
            writer.write_dataframe(frame, "t", partition_cols=["k"])
        assert "xxx" not in str(caught.value)
    with pytest.raises(DataWriteError, match="no rows"):
        writer.write_dataframe(TABLE.slice(0, 0), "t", partition_cols=["zip"])
    assert not [path for path in writer.task_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize("is_set", [False, True])
def test_existing_file_or_set_is_kept_where_overwriting_is_refused(
    writer: DataWriter, *, is_set: bool
) -> None:
    """Behaviour 58: the old content is unchanged, partitioned or not."""
    options: Any = {"partition_cols": ["n"]} if is_set else {}
    old = writer.write_dataframe(TABLE, "t", **options)
    storage = LocalStorage(writer.task_dir)
    digest = sha256_of_set if is_set else sha256
    with pytest.raises(DataWriteError, match=r"overwrite=True"):
        writer.write_dataframe(TABLE.slice(1), "t", overwrite=False, **options)
    uri = old.path.relative_to(writer.task_dir).as_posix()
    assert digest(storage, uri) == old.sha256

    newer = writer.write_dataframe(TABLE.slice(1), "t", **options)
    assert digest(storage, uri) == newer.sha256 != old.sha256
    assert set(newer.parts) == {
        path.relative_to(newer.path).as_posix() for path in newer.path.rglob("part*")
    }
