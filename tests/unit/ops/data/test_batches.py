"""Batches are the table that one reading gives, in pieces of one schema."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.data.formats import csv_stream
from ops.data.reader import DataReader

MARKER = "Margarethe"
TABLE = pa.table(
    {
        "id": [f"{number:05d}" for number in range(1, 2001)],
        "age": [None if number % 7 == 0 else number % 90 for number in range(2000)],
        "income": [number / 4 for number in range(2000)],
        "note": [f'said "{number}",\nthen left' for number in range(2000)],
    }
)
reader = DataReader()


def as_csv(path: Path) -> None:
    """Write all as another program would."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = zip(*TABLE.to_pydict().values(), strict=True)
        csv.writer(file).writerows([TABLE.column_names, *rows])


def as_lines(path: Path) -> None:
    """Write one record a line."""
    text = "".join(json.dumps(record) + "\n" for record in TABLE.to_pylist())
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def as_parquet(path: Path) -> None:
    """Write row groups."""
    pq.write_table(TABLE, path, row_group_size=300)


def as_feather(path: Path) -> None:
    """Write record batches."""
    with pa.ipc.new_file(path, TABLE.schema) as sink:
        sink.write_table(TABLE, max_chunksize=300)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.csv": as_csv,
    "a.ndjson": as_lines,
    "a.jsonl.gz": as_lines,
    "a.parquet": as_parquet,
    "a.feather": as_feather,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("batch_rows", [170, 10_000])
def test_batches_are_the_table(
    tmp_path: Path, name: str, batch_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, types, digest and count are those of one reading, whatever the size of the pieces."""
    monkeypatch.setattr(csv_stream, "ROW_BYTES", 1 << 14)
    WRITERS[name](tmp_path / name)
    batches = reader.read_batches(tmp_path / name, batch_rows=batch_rows, columns=["age", "id"])
    pieces = list(batches)
    read = reader.read(tmp_path / name, columns=["age", "id"])
    assert all(0 < piece.num_rows <= batch_rows for piece in pieces)
    assert pa.Table.from_batches(pieces, batches.schema).equals(read.table)
    assert read.table.equals(TABLE.select(["age", "id"]))
    assert batches.dataset == read.dataset
    assert batches.dataset.column_types == read.dataset.column_types


texts = st.one_of(
    st.sampled_from(
        ["", "1", "1.0", "2.10", "2.1", "1e0", "NaN", "07", "true", "True", "false", "x", "10"]
    ),
    st.integers(-(2**64), 2**64).map(str),
    st.floats().map(repr),
)
column = st.sampled_from([["1", "2", ""], ["1.5", "2.50", "2.5"], ["true", "false"]]).flatmap(
    lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=30)
)


@given(column | st.lists(texts, min_size=1, max_size=30), st.sampled_from([csv.QUOTE_ALL, 0, 2]))
@settings(max_examples=40, deadline=None)
def test_types_of_batches_are_those_of_the_whole_column(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[str],
    quoting: int,
) -> None:
    """A text that decides may come in any batch."""
    path = tmp_path_factory.mktemp("t") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, quoting=quoting)
        rows.writerow(["code", "n"])
        rows.writerows([value, "y" * 20] for value in values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_stream, "ROW_BYTES", 64)
        batches = reader.read_batches(path)
        table = pa.Table.from_batches(batches, batches.schema)
    expected = reader.read_table(path)
    assert table.schema == expected.schema
    assert repr(table.to_pydict()) == repr(expected.to_pydict())


def test_version_is_known_at_the_end_only(tmp_path: Path) -> None:
    """A digest of what was not read would be none."""
    as_csv(tmp_path / "a.csv")
    with reader.read_batches(tmp_path / "a.csv", batch_rows=10) as batches:
        next(batches)
        with pytest.raises(OperationError, match="not been read to its end"):
            _ = batches.dataset
    assert list(batches) == []


def test_file_that_changes_on_the_way_is_refused(tmp_path: Path) -> None:
    """Nobody takes two versions for one."""
    as_csv(tmp_path / "a.csv")
    batches = reader.read_batches(tmp_path / "a.csv", batch_rows=10)
    next(batches)
    (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text() + "1,2,3,4\n")
    with pytest.raises(DataReadError, match="it changed while it was read"):
        list(batches)


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "\ufeffa,b\r\n"])
def test_file_without_rows_has_a_schema(tmp_path: Path, text: str) -> None:
    """An empty table is one, if it may be."""
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    batches = reader.read_batches(tmp_path / "a.csv", require_rows=False)
    assert batches.schema.names == ["a", "b"]
    assert list(batches) == []
    assert batches.dataset.rows == 0
    with pytest.raises(DataReadError, match="no rows"):
        list(reader.read_batches(tmp_path / "a.csv"))


@pytest.mark.parametrize("declared", ["integer", "category"])
def test_misfit_in_a_later_batch_has_its_row(
    tmp_path: Path, declared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is counted from the first of the file, and the value is not shown."""
    monkeypatch.setattr(csv_stream, "ROW_BYTES", 64)
    (tmp_path / "a.csv").write_text("a,b\n" + "1,xxxxxxxxx\n" * 50 + f"{MARKER},x\n")
    batches = reader.read_batches(tmp_path / "a.csv", column_types={"a": declared})
    if declared == "category":
        assert sum(batch.num_rows for batch in batches) == 51
        return
    with pytest.raises(DataReadError, match=r"column 'a': 1 values .* data row 51\)") as caught:
        list(batches)
    assert MARKER not in str(caught.value)


def test_row_longer_than_a_block_comes_once(tmp_path: Path) -> None:
    """What was given before it is not given again."""
    rows = [("1", "short" * 20)] * 15_000 + [("2", "x" * 2_000_000)] + [("3", "y")] * 10
    (tmp_path / "a.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows))
    batches = reader.read_batches(tmp_path / "a.csv")
    table = pa.Table.from_batches(batches, batches.schema)
    assert table["a"].to_pylist() == [int(a) for a, _ in rows]
    assert table.equals(reader.read_table(tmp_path / "a.csv"))


def test_batches_of_no_rows_are_refused(tmp_path: Path) -> None:
    """A size has to be one."""
    with pytest.raises(ConfigurationError, match="batch_rows: found 0, expected 1 or more"):
        reader.read_batches(tmp_path / "a.csv", batch_rows=0)
