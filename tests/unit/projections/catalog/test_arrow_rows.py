"""Rows of an answer as files: what a format cannot hold is written as text."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from projections.catalog import arrow_rows

LIST = pa.array([[1, 2], None, []], pa.list_(pa.int64()))
STRUCT = pa.array([{"a": 1}, None, {"a": None}], pa.struct([("a", pa.int64())]))
EMPTY = pa.array([{}, None, {}], pa.struct([]))
INTERVAL = pa.array([(0, 1, 5), None, (2, 0, 0)], pa.month_day_nano_interval())


def _reader(column: pa.Array) -> pa.RecordBatchReader:
    return pa.table({"n": pa.array([1, 2, 3]), "x": column}).to_reader()


def _read_csv(stream: io.BytesIO) -> list[Any]:
    convert = csv.ConvertOptions(column_types={"x": pa.string()}, strings_can_be_null=True)
    return list(csv.read_csv(stream, convert_options=convert)["x"].to_pylist())


@pytest.mark.parametrize(
    ("column", "refused_as"), [(LIST, pa.ArrowInvalid), (STRUCT, pa.ArrowInvalid)]
)
def test_nested_values_are_json_in_csv(column: pa.Array, refused_as: type[Exception]) -> None:
    """Arrow calls such a type invalid; no row and no value is lost."""
    with pytest.raises(refused_as):
        csv.write_csv(pa.table({"x": column}), io.BytesIO())
    stream = io.BytesIO()

    arrow_rows.write_csv(_reader(column), stream)

    stream.seek(0)
    texts = _read_csv(stream)
    assert [None if text is None else json.loads(text) for text in texts] == column.to_pylist()


def test_what_parquet_lacks_is_json_there() -> None:
    """Arrow calls it not implemented; all else keeps its type."""
    with pytest.raises(pa.ArrowNotImplementedError):
        parquet.write_table(pa.table({"x": EMPTY}), io.BytesIO())
    stream = io.BytesIO()

    arrow_rows.write_parquet(_reader(EMPTY), stream)

    stream.seek(0)
    found = parquet.read_table(stream)
    assert found["x"].to_pylist() == ["{}", None, "{}"]
    assert found.schema.field("n").type == pa.int64()


@pytest.mark.parametrize(
    ("write", "write_bare"),
    [
        (arrow_rows.write_csv, csv.write_csv),
        (arrow_rows.write_parquet, parquet.write_table),
    ],
    ids=["csv", "parquet"],
)
def test_time_between_two_moments_is_written_in_both(write: Any, write_bare: Any) -> None:
    """Arrow's writers do not implement it; months, days and nanoseconds are there all the same."""
    with pytest.raises(pa.ArrowNotImplementedError):
        write_bare(pa.table({"x": INTERVAL}), io.BytesIO())
    stream = io.BytesIO()

    write(_reader(INTERVAL), stream)

    stream.seek(0)
    is_csv = write is arrow_rows.write_csv
    texts = _read_csv(stream) if is_csv else parquet.read_table(stream)["x"].to_pylist()
    assert texts == ["[0,1,5]", None, "[2,0,0]"]


@pytest.mark.parametrize("write", [arrow_rows.write_csv, arrow_rows.write_parquet])
def test_failure_to_write_is_no_answer_about_types(write: Any) -> None:
    """A full disk, or a file that was closed, is told to the caller."""
    stream = io.BytesIO()
    stream.close()

    with pytest.raises(ValueError, match="closed"):
        write(_reader(LIST), stream)


def test_what_parquet_has_is_no_text() -> None:
    """A list stays a list."""
    stream = io.BytesIO()

    arrow_rows.write_parquet(_reader(LIST), stream)

    stream.seek(0)
    assert parquet.read_table(stream)["x"].to_pylist() == LIST.to_pylist()
