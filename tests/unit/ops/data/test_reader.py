"""Reading gives back what is in a file, and says in one line what is wrong with it."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import CipherError, ConfigurationError, DataReadError
from ops.data import column_types
from ops.data.reader import DataReader
from ops.data.source import DataSource

MARKER = "Margarethe"
PATIENTS = pd.DataFrame({"id": ["AT-1", "AT-2"], "age": [30, 31]})
Write = Callable[[str, bytes | str], Path]
reader = DataReader()


@contextmanager
def unprivileged() -> Iterator[None]:
    """Act as somebody whom permissions bind, even where the tests run as root."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes a file and returns its path."""

    def write_file(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def test_csv_by_default_gives_every_column_the_type_that_loses_nothing(write: Write) -> None:
    """Integers, floats and booleans get types; everything else stays text."""
    path = write("a.csv", "i,f,b,zip,day\n1,1.0,true,01234,2026-01-31\n-2,1e-3,false,99999,x\n")
    table = reader.read_table(path)
    assert [str(field.type) for field in table.schema] == [
        "int64",
        "double",
        "bool",
        "string",
        "string",
    ]
    assert table["zip"].to_pylist() == ["01234", "99999"]


@pytest.mark.parametrize(
    "text",
    ["007", "-01", "+5", "0x1F", "99999999999999999999", "1_000", "2026-01-31", "12:30", "00.5"],
)
def test_number_whose_text_would_change_stays_text(write: Write, text: str) -> None:
    """A column is a number only if writing the number gives its text back."""
    assert reader.read_table(write("a.csv", f"c\n{text}\n1\n"))["c"].to_pylist() == [text, "1"]


def test_integers_with_nulls_stay_integers_in_pandas(write: Write) -> None:
    """A missing value does not turn integers into floats, which would lose digits."""
    frame = reader.read_dataframe(write("a.csv", "i,b\n4611686018427387905,true\n,\n"))
    assert frame["i"].dtype == pd.Int64Dtype()
    assert frame["i"].iloc[0] == 4611686018427387905
    assert frame["b"].dtype == pd.BooleanDtype()


def test_quoted_empty_text_is_not_null(write: Write) -> None:
    """Nothing between separators is null, a pair of quotes is empty text."""
    assert reader.read_table(write("a.csv", 'a,b\nx,""\ny,\n'))["b"].to_pylist() == ["", None]


def test_quoted_numbers_are_numbers_and_quoted_nothing_is_null_among_them(write: Write) -> None:
    """A file that quotes every field still has numbers."""
    table = reader.read_table(write("a.csv", '"a","b"\n"1",""\n"2","2.5"\n'))
    assert table.to_pydict() == {"a": [1, 2], "b": [None, 2.5]}


def test_null_markers_become_null_where_unquoted(write: Write) -> None:
    """Only the texts that the caller names stand for null."""
    path = write("a.csv", 'a,b\n?,NA\n1,"?"\n')
    table = reader.read_table(path, null_markers=["?"])
    assert table.to_pydict() == {"a": [None, 1], "b": ["NA", "?"]}


def test_declared_types_win_over_found_ones(write: Write) -> None:
    """A column has the type that the caller declares."""
    path = write("a.csv", "a,b,c,d\n1,2, 3 ,2026-01-31\n")
    table = reader.read_table(
        path, column_types={"a": "text", "b": "number", "c": "integer", "d": "date"}
    )
    assert table.to_pylist() == [{"a": "1", "b": 2.0, "c": 3, "d": dt.date(2026, 1, 31)}]


def test_inference_switched_off_leaves_text(write: Write) -> None:
    """Without inference every column is the file's text."""
    table = reader.read_table(write("a.csv", "a\n1.50\n"), infer_types=False)
    assert table["a"].to_pylist() == ["1.50"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_named_encoding_is_read(write: Write, encoding: str) -> None:
    """Text comes back whatever encoding it was saved in, byte order marks left out."""
    path = write("a.csv", "straße,n\nMüller,1\n".encode(encoding))
    assert reader.read_table(path, encoding=encoding).to_pylist() == [{"straße": "Müller", "n": 1}]


def test_byte_order_mark_is_no_part_of_the_first_name(write: Write) -> None:
    """A UTF-8 file from a spreadsheet has the column names it shows."""
    assert reader.read_table(write("a.csv", "\ufeffa,b\n1,2\n")).column_names == ["a", "b"]


def test_gzip_reads_like_the_plain_file(write: Write) -> None:
    """Compression changes nothing but the version."""
    plain = write("a.csv", "a;b\n1;x\n")
    packed = write("a.csv.gz", gzip.compress(b"a;b\n1;x\n"))
    tables = [reader.read_table(path, separator=";") for path in (plain, packed)]
    assert tables[0].equals(tables[1])


def test_empty_line_in_a_file_of_one_column_is_a_null(write: Write) -> None:
    """No row is lost because its only value is missing."""
    assert reader.read_table(write("a.csv", "a\n1\n\n3\n"))["a"].to_pylist() == [1, None, 3]


def test_columns_come_in_the_wanted_order(write: Write) -> None:
    """Naming columns selects and orders them, once each."""
    path = write("a.csv", "a,b,c\n1,2,3\n")
    assert reader.read_table(path, columns=["c", "a", "c"]).column_names == ["c", "a"]


def test_no_columns_still_counts_the_rows(write: Write) -> None:
    """An empty selection is an empty selection, not all columns."""
    table = reader.read_table(write("a.csv", "a,b\n1,2\n3,4\n"), columns=[])
    assert (table.num_columns, table.num_rows) == (0, 2)


def test_parquet_types_survive(tmp_path: Path) -> None:
    """Floats, small integers, dictionaries and nulls come back as they were written."""
    table = pa.table(
        {
            "f": pa.array([0.1, None], pa.float64()),
            "i": pa.array([1, 2], pa.int16()),
            "d": pa.array(["a", None]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert reader.read_table(tmp_path / "a.parquet").equals(table)
    assert reader.read_dataframe(tmp_path / "a.parquet")["d"].dtype.name == "category"


def test_parquet_columns_and_declared_types_are_honoured(tmp_path: Path) -> None:
    """A Parquet file is read by column, in the wanted order and types."""
    pq.write_table(pa.table({"a": [1], "b": [2], "c": [3]}), tmp_path / "a.parquet")
    table = reader.read_table(
        tmp_path / "a.parquet", columns=["c", "a"], column_types={"a": "text"}
    )
    assert table.to_pylist() == [{"c": 3, "a": "1"}]


def test_json_records_give_a_column_for_every_key(write: Write) -> None:
    """A record without a key has null there."""
    path = write("a.json", json.dumps([{"a": 1}, {"b": "é", "a": None}]))
    assert reader.read_table(path).to_pylist() == [{"a": 1, "b": None}, {"a": None, "b": "é"}]


def test_version_names_content_and_all_columns(write: Write) -> None:
    """What was read is known by digest and size, whichever columns were wanted."""
    path = write("adult.v2.csv", "a,b\n1,2\n")
    version = reader.read(path, columns=["b"]).dataset
    assert version.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (version.name, version.size_bytes, version.rows) == ("adult", 8, 1)
    assert version.columns == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", "", r"0 bytes, expected csv data"),
        ("a.csv", "\n", r"header of 'a.csv': expected column names"),
        ("a.csv", "a,b\n", r"no rows.*require_rows=False"),
        ("a.csv", "a;b\n", r"one column.*separator=';'"),
        ("a.csv", "a\tb\n1\n", r"one column.*separator='\\t'"),
        ("a.csv", "a,b,a\n1,2,3\n", r"column 'a' occurs 2 times"),
        ("a.csv", "a,b\n1,2\n1,2,3\n", r"line 3 of 'a.csv': 3 fields, expected 2"),
        ("a.csv", 'a,b\n1,"x\n\ny"\n1\n', r"line 5 of 'a.csv': 1 field, expected 2"),
        ("a.csv", "a,b\n1,é\n".encode("cp1252"), r"not in the encoding 'utf-8'"),
        ("a.csv", "a,é\n1,2\n".encode("cp1252"), r"not in the encoding 'utf-8'"),
        ("a.csv", b'a,"' + b"b" * 200_000, r"expected CSV with every row under 8 MB"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], r"content is damaged"),
        ("a.csv.gz", b"a,b\n1,2\n", r"content is damaged"),
        ("a.parquet", b"PAR1 and no more", r"content is damaged"),
        ("a.json", '{"a": 1}', r"expected a JSON list of records"),
        ("a.json", '[{"a": 1}, 2]', r"expected a JSON list of records"),
        ("a.json", "[{", r"a\.json', line 1, column 3: not JSON"),
        ("a.json", '[{"a": 1}, {"a": "x"}]', r"each column of one type"),
        ("a.xlsx", "PK", r"damaged, or no .xlsx workbook"),
        ("a.ndjson", '{"a": 1}\n[2]\n', r"line 2 of 'a.ndjson': it is not a record"),
        ("a.ndjson", '{"a": 1}\n{"a": "x"}\n', r"each column of one type"),
        ("a.feather", "ARROW1 and no more", r"content is damaged"),
        ("a.arrow", "no stream", r"content is damaged"),
        ("a.xls", "x", r"unknown suffix '.xls', expected one of .csv"),
    ],
)
def test_bad_file_is_refused_with_what_is_wrong(
    write: Write, name: str, content: bytes | str, match: str
) -> None:
    """Every fault of a file has one line that names it."""
    path = write(name, content)
    with pytest.raises(DataReadError, match=match):
        reader.read_table(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A path without a file is an error of ours that keeps the system's as its cause."""
    with pytest.raises(DataReadError, match=r"no such file.*check the path") as caught:
        reader.read_table(tmp_path / "none.csv")
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_folder_without_files_is_refused(tmp_path: Path) -> None:
    """An empty folder is no dataset."""
    with pytest.raises(DataReadError, match="no files, expected the files of one table"):
        reader.read_table(tmp_path, format="csv")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_file_without_permission_is_refused(write: Write) -> None:
    """A file that may not be read says so."""
    path = write("a.csv", "a\n1\n")
    path.chmod(0)
    with unprivileged(), pytest.raises(DataReadError, match="Permission denied"):
        reader.read_table(path)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.json"])
def test_unknown_column_is_refused_with_close_names(tmp_path: Path, name: str) -> None:
    """A misspelt column is named together with those it may have meant."""
    frame = pd.DataFrame({"age": [1], "income": [2]})
    if name.endswith("csv"):
        frame.to_csv(tmp_path / name, index=False)
    elif name.endswith("json"):
        frame.to_json(tmp_path / name, orient="records")
    else:
        frame.to_parquet(tmp_path / name)
    with pytest.raises(DataReadError, match=r"column 'incom'.*one like 'income'"):
        reader.read_table(tmp_path / name, columns=["age", "incom"])
    with pytest.raises(DataReadError, match=r"column 'aeg'.*one like 'age'"):
        reader.read_table(tmp_path / name, column_types={"aeg": "integer"})


@pytest.mark.parametrize("compression", ["none", "zstd"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_parquet_page_with_another_checksum_is_refused(
    tmp_path: Path,
    compression: str,
    dictionary: bool,  # noqa: FBT001  # parameter
) -> None:
    """A flipped bit of a page is damage, not another value."""
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"dose": list(range(1000)), "name": [MARKER] * 1000}),
        path,
        compression=compression,
        use_dictionary=dictionary,
        write_page_checksum=True,
    )
    content = bytearray(path.read_bytes())
    chunk = pq.read_metadata(path).row_group(0).column(0)
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    content[begin + chunk.total_compressed_size - 20] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataReadError, match=r"a\.parquet': its content is damaged"):
        reader.read_table(path)


@pytest.mark.parametrize(
    ("column", "match"),
    [
        (pa.array([2**31 - 1], pa.date32()), r"column 'x' of file .*type date32"),
        (pa.array([1], pa.time64("ns")), r"column 'x' of file .*type time64"),
        (pa.array([1], pa.timestamp("ns", "Foo/Bar")), r"column 'x' of file .*type timestamp"),
    ],
)
def test_values_that_pandas_cannot_hold_are_named(
    tmp_path: Path, column: pa.Array, match: str
) -> None:
    """A file that Arrow reads and pandas does not is an error of ours, from source and reader."""
    pq.write_table(pa.table({"a": [1], "x": column}), tmp_path / "a.parquet")
    assert reader.read_table(tmp_path / "a.parquet").num_rows == 1
    with pytest.raises(DataReadError, match=match) as caught:
        reader.read_dataframe(tmp_path / "a.parquet")
    assert caught.value.__context__ is None
    source = DataSource.from_files({"d": tmp_path / "a.parquet"})
    with pytest.raises(DataReadError, match=r"column 'x' of dataset 'd'"):
        source.get_dataframe("d")


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.parquet", "a.json", "a.ndjson", "a.feather", "a.arrow"]
)
@given(content=st.binary(max_size=200), at=st.integers(0, 10_000), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_mutated_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes, at: int, flip: int
) -> None:
    """Whatever the bytes are, the only error is ours."""
    path = tmp_path_factory.mktemp("t") / name
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    if name.endswith("parquet"):
        pq.write_table(table, path)
    elif name.endswith(("feather", "arrow")):
        kind = pa.ipc.new_file if name.endswith("feather") else pa.ipc.new_stream
        with kind(path, table.schema) as sink:
            sink.write_table(table)
    elif name.endswith("ndjson"):
        path.write_text('{"a": 1, "b": "x"}\n{"a": 2}\n')
    else:
        text = json.dumps(table.to_pylist()) if name.endswith("json") else "a,b\n1,x\n2,\n"
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    whole = bytearray(path.read_bytes())
    at %= len(whole)
    whole[at] ^= flip
    for mutated in (bytes(whole), bytes(whole[:at]) + content, content):
        path.write_bytes(mutated)
        with suppress(DataReadError, CipherError):
            reader.read_dataframe(path)


def test_parquet_with_a_column_twice_is_refused(tmp_path: Path) -> None:
    """A name that means two columns means none."""
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * 2, names=["a", "a"]), tmp_path / "a.pq")
    with pytest.raises(DataReadError, match="column 'a' occurs more than once"):
        reader.read_table(tmp_path / "a.pq")


@pytest.mark.parametrize("declared", ["integer", "number", "boolean", "date"])
def test_value_that_fits_no_declared_type_is_counted_not_shown(
    write: Write, declared: column_types.ColumnType
) -> None:
    """The message has column, number of rows and first row, and not the value."""
    path = write("a.csv", f"a\n\n{MARKER}\n{MARKER}\n")
    with pytest.raises(DataReadError, match=r"column 'a': 2 values .* data row 2\)") as caught:
        reader.read_table(path, column_types={"a": declared})
    assert MARKER not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"a,b\n1,2\n{MARKER},2,3\n"),
        ("a.csv", f"a,b\n1,{MARKER}é\n".encode("cp1252")),
        ("a.json", json.dumps([{"a": 1}, {"a": MARKER}])),
    ],
)
def test_trace_of_a_refusal_shows_no_cell(write: Write, name: str, content: bytes | str) -> None:
    """Not even the chained errors of a library quote the data."""
    path = write(name, content)
    with pytest.raises(DataReadError, match=r"a\.(csv|json)") as caught:
        reader.read_table(path)
    assert MARKER not in "".join(traceback.format_exception(caught.value))


def test_header_alone_is_readable_on_request(write: Write) -> None:
    """An empty dataset is fine where the caller says so."""
    table = reader.read_table(write("a.csv", "a,b\n"), require_rows=False)
    assert (table.column_names, table.num_rows) == (["a", "b"], 0)


def test_file_that_changes_while_it_is_read_is_refused(write: Write) -> None:
    """A digest is only noted for the content that was read."""
    path = write("a.csv", "a,b\n" + "1,2\n" * 500_000)
    stop = threading.Event()

    def touch() -> None:
        moment = 1
        while not stop.is_set():
            os.utime(path, ns=(moment, moment))
            moment += 1000

    writer = threading.Thread(target=touch)
    writer.start()
    try:
        with pytest.raises(DataReadError, match="changed while it was read"):
            reader.read_table(path)
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"seperator": ";"}, "found 'seperator', expected one of format"),
        ({"format": "xlsx"}, "found 'xlsx', expected format 'csv'"),
        ({"separator": "::"}, "one ASCII character"),
        ({"separator": "1"}, "one ASCII character"),
        ({"encoding": "utf-99"}, "a codec that Python knows"),
        ({"column_types": {"a": "int"}}, "type of column 'a': found 'int'"),
    ],
)
def test_options_without_sense_are_refused(
    write: Write, options: dict[str, object], match: str
) -> None:
    """A mistake of the caller is a configuration error, not one of the file."""
    path = write("a.csv", "a\n1\n")
    with pytest.raises(ConfigurationError, match=match):
        reader.read_table(path, **options)  # type: ignore[arg-type]  # wrong on purpose


def test_misfits_are_found_wherever_they_lie() -> None:
    """Rows are counted over all chunks of a column, from 1."""
    cells = [str(number) for number in range(20_000)]
    cells[4095] = cells[4096] = cells[19_999] = "x"
    column = pa.chunked_array([cells[:7], cells[7:]])
    with pytest.raises(DataReadError, match=r"3 values .* data row 4,096\)"):
        column_types.convert(column, "integer", "a")


@pytest.mark.parametrize("frame", [PATIENTS, PATIENTS.set_index("id"), PATIENTS.rename_axis("row")])
def test_parquet_of_pandas_has_the_columns_of_the_file(tmp_path: Path, frame: pd.DataFrame) -> None:
    """An index that pandas kept is a column or nothing; no view of what was read restores it."""
    frame.to_parquet(tmp_path / "a.parquet")
    read = DataReader().read(tmp_path / "a.parquet")
    header = sorted(PATIENTS.columns)
    assert sorted(read.dataset.columns) == sorted(read.table.column_names) == header
    assert sorted(read.table.to_pandas().columns) == header
    assert sorted(DataReader().read_dataframe(tmp_path / "a.parquet").columns) == header


@pytest.mark.parametrize("declared", ["text", "category"])
def test_text_of_a_value_is_declared_and_not_its_bytes(tmp_path: Path, declared: Any) -> None:
    """A UUID declared as text is the text that Python shows, as in a CSV file."""
    some = uuid.UUID(int=1)
    pq.write_table(pa.table({"x": pa.array([some.bytes], pa.uuid())}), tmp_path / "a.parquet")
    table = DataReader().read_table(tmp_path / "a.parquet", column_types={"x": declared})
    assert table["x"].to_pylist() == [str(some)]


def test_value_without_text_cannot_be_declared_text(tmp_path: Path) -> None:
    """A list has no text, so it is named and not changed."""
    pq.write_table(pa.table({"x": [[1]]}), tmp_path / "a.parquet")
    with pytest.raises(DataReadError, match=r"column 'x': .*list<.*have no text"):
        DataReader().read_table(tmp_path / "a.parquet", column_types={"x": "text"})
