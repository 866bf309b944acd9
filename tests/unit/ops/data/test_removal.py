"""Rows are removed from a file, and everything else of it stays as it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.errors import DataReadError, DataWriteError
from ops.data.reader import DataReader
from ops.data.removal import count_rows, remove_rows
from ops.data.writer import DataWriter

ADA = {"id": ["Ada"]}
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")
_NOTES = st.text(st.sampled_from("xé漢 ,;'\"\n\r\t0"), max_size=6)


@st.composite
def csv_files(draw: st.DrawFn) -> tuple[bytes, bytes, int]:
    """A CSV file, the same without the rows of Ada, and how many these are."""
    separator = draw(st.sampled_from(",;\t|"))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    names = st.sampled_from(["Ada", "Bob", "ada", " Ada"])

    def written(text: str) -> str:
        must = any(sign in text for sign in f'{separator}"\r\n')
        quoted = '"' + text.replace('"', '""') + '"'
        return quoted if must or draw(st.booleans()) else text

    rows = []
    for _ in range(draw(st.integers(2, 8))):
        name = draw(names)
        fields = [name, draw(_NOTES), draw(_NOTES)]
        rows.append((name == "Ada", separator.join(map(written, fields)) + line_end))
    if draw(st.booleans()):
        rows[-1] = rows[-1][0], rows[-1][1].removesuffix(line_end)
    head = separator.join(["id", "note", "more"]) + line_end
    encoding = draw(st.sampled_from(_ENCODINGS))
    before = head + "".join(row for _, row in rows)
    after = head + "".join(row for is_meant, row in rows if not is_meant)
    return before.encode(encoding), after.encode(encoding), sum(one for one, _ in rows)


@given(csv_files())
def test_bytes_that_remain_are_those_of_the_other_records(
    tmp_path_factory: pytest.TempPathFactory, file: tuple[bytes, bytes, int]
) -> None:
    """Whatever separator, line ends, quotes, encoding and byte order mark a CSV file has."""
    before, after, count = file
    path = tmp_path_factory.mktemp("csv") / "people.csv"
    path.write_bytes(before)

    assert remove_rows(path, ADA) == count
    assert path.read_bytes() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'sep=;\r\nid;n\r\nAda;1\r\n"Bob";"2"\r\n', b'sep=;\r\nid;n\r\n"Bob";"2"\r\n'),
        (b'id,"a\nb"\n\nAda,1\n\nBob,002', b'id,"a\nb"\n\n\nBob,002'),
        (b"id\nAda\n\nBob\n", b"id\n\nBob\n"),
        (b"id,n\nAda,1\n", b"id,n\n"),
    ],
    ids=["separator line", "empty lines", "one column", "nobody else"],
)
def test_csv_keeps_what_is_no_row(tmp_path: Path, before: bytes, after: bytes) -> None:
    """Separator line, header of several lines, empty lines, and the missing last line end."""
    path = tmp_path / "people.csv"
    path.write_bytes(before)

    remove_rows(path, ADA)

    assert path.read_bytes() == after


def test_packed_csv_stays_packed(tmp_path: Path) -> None:
    """Its content is copied as that of a plain file is."""
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(b"id,n\r\nAda,1\r\nBob, 2\r\n"))

    assert remove_rows(path, ADA) == 1
    assert gzip.decompress(path.read_bytes()) == b"id,n\r\nBob, 2\r\n"


def test_ndjson_keeps_the_other_lines(tmp_path: Path) -> None:
    """Spaces, the order of keys and the form of numbers included."""
    path = tmp_path / "people.jsonl"
    path.write_bytes(b'{"n": 1.50, "id": "Bob"}\r\n\n{"id":"Ada","n":2}\n{"id":"\\u0042","n":3}')

    assert remove_rows(path, ADA) == 1
    assert path.read_bytes() == b'{"n": 1.50, "id": "Bob"}\r\n\n{"id":"\\u0042","n":3}'


def write_unusual(path: Path) -> None:
    """Write a Parquet file in which nothing is as usual."""
    entries = pa.array(["Zoe", "Ada", "Bob"])
    ids = pa.DictionaryArray.from_arrays(pa.array([2, 0, 1] * 10, pa.int8()), entries, ordered=True)
    fields = [
        pa.field("id", ids.type, metadata={"label": "who", "first": "Ada"}),
        pa.field("at", pa.timestamp("ms", "UTC"), nullable=False),
        pa.field("many", pa.list_(pa.int16())),
    ]
    schema = pa.schema(fields, {"source": "survey", "best": "it was Ada"})
    columns = [ids, pa.array(range(30), pa.timestamp("ms", "UTC")), pa.array([[1]] * 30)]
    table = pa.Table.from_arrays(
        [columns[0], columns[1], columns[2].cast(fields[2].type)], schema=schema
    )
    kinds = {"id": "gzip", "at": "none", "many.list.element": "snappy"}
    pq.write_table(
        table,
        path,
        row_group_size=12,
        compression=kinds,
        use_dictionary=["id"],
        write_statistics=["at"],
        version="2.4",
        sorting_columns=[pq.SortingColumn(1)],
    )


def test_parquet_stays_as_it_was_written(tmp_path: Path) -> None:
    """Types, notes, compression, dictionaries, statistics, order and bounds of row groups."""
    path = tmp_path / "people.parquet"
    write_unusual(path)
    before, schema = pq.read_metadata(path), pq.read_schema(path)

    assert remove_rows(path, ADA) == 10

    with pq.ParquetFile(path) as opened:
        after, table = opened.metadata, opened.read()
    who = schema.field(0).with_metadata({"label": "who"})
    kept = schema.with_metadata({"source": "survey"}).set(0, who)
    assert table.schema.equals(kept, check_metadata=True)
    groups = [after.row_group(at) for at in range(after.num_row_groups)]
    assert [group.num_rows for group in groups] == [8, 8, 4]
    assert groups[0].sorting_columns == before.row_group(0).sorting_columns
    for at in range(after.num_columns):
        was, now = before.row_group(0).column(at), groups[0].column(at)
        assert (now.compression, now.is_stats_set) == (was.compression, was.is_stats_set)
        assert {*now.encodings} == {*was.encodings}
    assert table["at"].cast(pa.int64()).to_pylist() == [n for n in range(30) if n % 3 != 2]


def test_parquet_keeps_no_trace(tmp_path: Path) -> None:
    """Neither as an entry of a dictionary, nor in statistics or notes, uncompressed as it is."""
    path = tmp_path / "people.parquet"
    frame = pd.DataFrame({"id": pd.Categorical(["Ada", "Bob"]), "n": [1, 2]}).set_index("id")
    frame.to_parquet(path, compression=None)
    assert b"Ada" in path.read_bytes()

    remove_rows(path, ADA)

    assert b"Ada" not in path.read_bytes()
    assert pd.read_parquet(path).index.tolist() == ["Bob"]


def test_row_groups_without_rows_go(tmp_path: Path) -> None:
    """Also all of them."""
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"id": ["Ada", "Ada", "Bob"]}), path, row_group_size=2)

    remove_rows(path, ADA)
    assert pq.read_metadata(path).num_row_groups == 1
    remove_rows(path, {"id": ["Bob"]})
    assert pq.read_table(path).num_rows == 0


@pytest.mark.parametrize("name", ["people.json", "people.arrow", "people.feather"])
def test_other_formats_lose_the_rows(tmp_path: Path, name: str) -> None:
    """They are written whole."""
    table = pa.table({"id": ["Bob", "Ada"], "n": [1, 2]})
    kind = name.rpartition(".")[2]
    DataWriter(tmp_path).write_dataframe(table, "people", kind, None)  # type: ignore[arg-type]

    assert remove_rows(tmp_path / name, ADA) == 1
    assert DataReader().read_table(tmp_path / name).to_pylist() == [{"id": "Bob", "n": 1}]


def test_any_of_several_columns_counts(tmp_path: Path) -> None:
    """A row is meant once, whatever of it matches; numbers by either of their texts."""
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"id": ["Ada", "Bob", "Ada"], "number": [17.0, 18.5, 17.0]}), path)

    assert count_rows(path, {"id": ["Ada"], "number": ["18.5"]}) == 3
    assert count_rows(path, {"number": ["17"]}) == 2
    assert count_rows(path, {"number": ["17.0"]}) == 2


@pytest.mark.parametrize("content", [b"id,n\nBob,1\n", b"name,n\nAda,1\n", b"id,n\n"])
def test_file_without_such_rows_is_not_touched(tmp_path: Path, content: bytes) -> None:
    """Not even written again."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    before = path.stat()

    assert remove_rows(path, ADA) == 0
    assert path.stat() == before


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("people.xlsx", b"", DataWriteError),
        ("people.csv", b"id,n\nAda,1\nBob\n", DataReadError),
        ("people.csv", b"id,n\nAda,\xff\n", DataReadError),
    ],
    ids=["format", "ragged", "encoding"],
)
def test_file_that_cannot_be_changed_stays(
    tmp_path: Path, name: str, content: bytes, fault: type[Exception]
) -> None:
    """And the error says why."""
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(fault, match="people"):
        remove_rows(path, ADA)
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == [name]
