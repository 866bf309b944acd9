"""How two versions of a file differ, told without a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops.data.comparison import FileComparison, compare_files

PEOPLE = "name,age\nAda,36\nGrace,45\n"


def tables(folder: Path, one: Any, other: Any) -> FileComparison:
    """Compare two tables, each given as columns, written as Parquet."""
    paths = folder / "one.parquet", folder / "other.parquet"
    for path, columns in zip(paths, (one, other), strict=True):
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
    return compare_files(*paths, "parquet")


def texts(folder: Path, one: str, other: str, file_format: str) -> FileComparison:
    """Compare two texts, each written to a file."""
    paths = folder / f"one.{file_format}", folder / f"other.{file_format}"
    for path, text in zip(paths, (one, other), strict=True):
        path.write_text(text)
    return compare_files(*paths, file_format)


@pytest.mark.parametrize(
    ("one", "other", "columns", "rows"),
    [
        ({"a": [1, 2, 3], "b": [1, 1, 1]}, {"a": [1, 5, 6], "b": [1, 1, 1]}, ("a",), 2),
        ({"a": [1, 2], "b": [1, 1]}, {"a": [1, 5], "b": [9, 1]}, ("a", "b"), 2),
        ({"a": [1, None]}, {"a": [1, 2]}, ("a",), 1),
        ({"a": [1.0, float("nan")]}, {"a": [2.0, float("nan")]}, ("a",), 1),
        ({"a": [[1], [2]]}, {"a": [[1], [3]]}, ("a",), 1),
        ({"a": [1], "b": [1]}, {"a": [1], "c": [1]}, ("b", "c"), 0),
        ({"a": [1], "b": [1]}, {"a": [1], "b": ["1"]}, ("b",), 0),
        ({"a": [1, 2, 2]}, {"a": [2, 1]}, (), 1),
        ({"a": [1, 2]}, {"a": [2, 1]}, ("a",), 2),
        ({"a": [1]}, {"b": [1]}, ("a", "b"), None),
    ],
)
def test_tables_are_compared_by_columns_and_rows(
    tmp_path: Path, one: Any, other: Any, columns: tuple[str, ...], rows: int | None
) -> None:
    """Nulls, NaN and lists are values; a column of one side or of another type shows."""
    found = tables(tmp_path, one, other)

    assert (found.columns, found.rows_differing) == (columns, rows)


@pytest.mark.parametrize(
    ("other", "summary"),
    [
        ({"a": [1, 2], "b": [3, 3]}, "1 of 2 columns, 1 row differs"),
        ({"a": [1], "b": [3]}, "2 rows became 1, 1 row differs"),
        ({"b": [3, 4], "a": [1, 2]}, "the columns are in another order"),
    ],
)
def test_difference_of_tables_is_one_phrase(tmp_path: Path, other: Any, summary: str) -> None:
    """Counts, no values."""
    assert tables(tmp_path, {"a": [1, 2], "b": [3, 4]}, other).summary == summary


def test_tables_of_other_bytes_only_are_told(tmp_path: Path) -> None:
    """The same rows, once with a dictionary of other codes, are the same rows."""
    column = pa.array(["x", "y"]).dictionary_encode()
    found = tables(tmp_path, {"a": ["x", "y"]}, pa.table({"a": column}))

    assert found == FileComparison(
        summary="the same columns and rows in other bytes", rows_differing=0
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_compared_as_text(tmp_path: Path, separator: str) -> None:
    """A leading zero is a difference; the separator is found."""
    one, other = "a,b\n01,x\n", "a,b\n1,x\n"
    found = texts(tmp_path, one.replace(",", separator), other.replace(",", separator), "csv")

    assert (found.columns, found.rows_differing) == (("a",), 1)


def test_documents_are_compared_by_keys(tmp_path: Path) -> None:
    """Changed, missing and new keys are named from the top down; lists count as one."""
    one = {"a": 1, "b": {"c": [1], "d": None, "e": 0}, "gone": 1}
    other = {"a": 1, "b": {"c": [2], "d": None, "e": False}, "new": 1}
    found = texts(tmp_path, json.dumps(one), json.dumps(other), "json")

    assert found.keys == ("b.c", "b.e", "gone", "new")
    assert found.summary == "4 keys of the document differ"


def test_documents_of_other_kinds_differ_as_a_whole(tmp_path: Path) -> None:
    """There are no keys to name."""
    assert texts(tmp_path, "[1]", "[2]", "json").keys == ("the whole",)
    assert texts(tmp_path, "{ }", "{}", "json").summary == "the same document in other bytes"


@pytest.mark.parametrize(
    ("other", "file_format"), [("{", "json"), ("PAR1", "parquet"), ("", "csv"), ("\xff\x00", "csv")]
)
def test_file_that_cannot_be_read_is_compared_as_bytes(
    tmp_path: Path, other: str, file_format: str
) -> None:
    """Damage is told, not raised."""
    found = texts(tmp_path, PEOPLE, other, file_format)

    assert found.summary == f"other bytes; one of them cannot be read as {file_format}"


def test_other_formats_are_compared_as_bytes(tmp_path: Path) -> None:
    """Of a picture there is nothing to say."""
    assert texts(tmp_path, "a", "b", "png") == FileComparison(summary="other bytes")


def test_names_of_columns_are_never_sql(tmp_path: Path) -> None:
    """A column may be called anything."""
    name = 'a"; drop table l; --'

    assert tables(tmp_path, {name: [1]}, {name: [2]}).columns == (name,)
