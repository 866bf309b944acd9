"""What a format's file holds comes back as it is, and what is found of its layout is noted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from lineage.kernel.errors import DataReadError
from ops.data.reader import DataReader
from ops.data.writer import DataWriter

MARKER = "Margarethe"
reader = DataReader()


def workbook(path: Path, *rows: list[Any], title: str = "people") -> Path:
    """Write a sheet of rows."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.create_sheet("empty")
    book.save(path)
    return path


def test_workbook_of_a_later_zip_version_is_not_called_damaged(tmp_path: Path) -> None:
    """It is whole, and only this Python cannot unpack it."""
    path = workbook(tmp_path / "a.xlsx", ["n"], [1])
    packed = bytearray(path.read_bytes())
    packed[packed.index(b"PK\x01\x02") + 6] = 99  # the version that is needed
    path.write_bytes(packed)
    with pytest.raises(DataReadError, match="packed in a way that cannot be read"):
        reader.read_table(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_leading_zeros_and_floats_survive(tmp_path: Path, kind: Any) -> None:
    """A table that was written is the table that is read."""
    table = pa.table(
        {
            "zip": ["01234", "00501", None],
            "share": [0.1, 1e-320, 1.7976931348623157e308],
            "count": [2**53 + 1, None, 0],
            "code": ["1e5", "", "007"],
        }
    )
    path = DataWriter(tmp_path).write_dataframe(table, "a", format=kind).path
    assert reader.read_table(path).to_pydict() == table.to_pydict()
    batches = reader.read_batches(path)
    assert pa.Table.from_batches(batches, batches.schema).to_pydict() == table.to_pydict()


def test_sheet_keeps_its_types(tmp_path: Path) -> None:
    """Texts stay texts, dates dates, and empty cells are null."""
    day, moment = dt.datetime(2026, 1, 31), dt.datetime(2026, 1, 31, 12, 30)  # noqa: DTZ001  # Excel's
    path = workbook(
        tmp_path / "a.xlsx",
        ["zip", "day", "moment", "n", "mixed", "is_new"],
        ["0123", day, moment, 1, 1, True],
        [],
        [None, None, None, None, 2.5, None],
    )
    table = reader.read_table(path)
    assert table.to_pydict() == {
        "zip": ["0123", None],
        "day": [dt.date(2026, 1, 31), None],
        "moment": [moment, None],
        "n": [1, None],
        "mixed": [1.0, 2.5],
        "is_new": [True, None],
    }
    assert reader.read_table(path, sheet="people", columns=["n"])["n"].to_pylist() == [1, None]


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([], "header .* no cells"),
        ([["a", "a"], [1, 2]], "column 'a' occurs more than once"),
        ([["a", None, "b"], [1, 2, 3]], "cell of the first row is empty or is not text"),
        ([["a"], [1, 2]], "have values beyond the last named column"),
        ([["a"], [1], [MARKER]], "column 'a' .* values of several types"),
        ([["a"], ["=1+1"]], "row 2, column 1 .* a formula without a value"),
        ([["a"]], "no rows"),
    ],
)
def test_sheet_that_is_no_table_is_refused(
    tmp_path: Path, rows: list[list[Any]], match: str
) -> None:
    """The error says where, and shows no value."""
    path = workbook(tmp_path / "a.xlsx", *rows)
    with pytest.raises(DataReadError, match=match) as caught:
        reader.read_table(path)
    assert MARKER not in str(caught.value)


def test_sheet_that_is_not_there_or_too_long_is_refused(tmp_path: Path) -> None:
    """Names of sheets are listed, and a workbook unpacks within a limit."""
    path = workbook(tmp_path / "a.xlsx", ["a"], [1])
    with pytest.raises(DataReadError, match=r"sheet 'x' .* expected one of 'people', 'empty'"):
        reader.read_table(path, sheet="x")
    with pytest.raises(DataReadError, match="unpacks to over 100 bytes"):
        reader.read_table(path, max_unpacked_bytes=100)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_layout_is_found_and_noted(tmp_path: Path, encoding: str, sign: str) -> None:
    """A byte order mark tells the encoding, and the first lines the separator."""
    text = f'id{sign}price{sign}name\n01{sign}1,50{sign}Zoë\n02{sign}2,50{sign}"a{sign}b\nc"\n'
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    read = reader.read(tmp_path / "a.csv")
    assert read.table["name"].to_pylist() == ["Zoë", f"a{sign}b\nc"]
    assert read.dataset.detected == {"encoding": encoding, "separator": sign}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a;b\n", "only one column"),
        ("a;b\n1;2;3\n", "only one column"),
        ("a;b|c\n1;2|3\n", "only one column"),
    ],
)
def test_layout_that_is_not_certain_is_refused(tmp_path: Path, text: str, match: str) -> None:
    """Nothing is guessed where lines disagree or two separators would do."""
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataReadError, match=match):
        reader.read_table(tmp_path / "a.csv")


def test_named_layout_is_kept(tmp_path: Path) -> None:
    """What is named is not sought."""
    (tmp_path / "a.csv").write_text("a\n1;2\n")
    read = reader.read(tmp_path / "a.csv", separator=",", encoding="utf-8")
    assert (read.table["a"].to_pylist(), read.dataset.detected) == (["1;2"], {})


def test_records_on_lines_may_lack_keys(tmp_path: Path) -> None:
    """A key that comes late is a column, null before; numbers of both kinds are floats."""
    (tmp_path / "a.ndjson").write_text('{"a": 1}\n\n{"a": 2.5, "b": "01"}\n')
    assert reader.read_table(tmp_path / "a.ndjson").to_pydict() == {
        "a": [1.0, 2.5],
        "b": [None, "01"],
    }
