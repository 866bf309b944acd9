"""Each rule makes a column coarser, and says what it cannot take."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.deidentify.coding import Coding, code_ends, round_to
from ops.deidentify.generalize import GeneralizeOperation
from ops.result import OperationResult

PEOPLE = pa.table(
    {
        "age": [17, 34, None, 91],
        "pay": [1234.5, 250.0, 10.0, None],
        "born": [dt.date(2008, 5, 1), dt.date(1991, 12, 31), None, dt.date(1934, 1, 1)],
        "zip": ["89073", "53111", None, "10115"],
        "work": ["Private", "Never", "Private", None],
    }
)


def run(folder: Path, rules: Any, *, unknown: Any = "error", **files: Path) -> OperationResult:
    """Generalize the people."""
    source = DataSource.from_files(files, header=False)
    source.add_dataframe("people", PEOPLE)
    operation = GeneralizeOperation(dataset_name="people", rules=rules, unknown=unknown)
    return operation.execute(source, folder / "task")


def column(result: OperationResult, name: str) -> list[Any]:
    """Return a column of the written file."""
    table = pa.parquet.read_table(result.artifacts[0].path)
    found: list[Any] = table.column(name).to_pylist()
    return found


@pytest.mark.parametrize(
    ("name", "rule", "expected"),
    [
        ("age", {"width": 10}, ["[10, 20)", "[30, 40)", None, "[90, 100)"]),
        ("age", {"width": 10, "origin": 5}, ["[15, 25)", "[25, 35)", None, "[85, 95)"]),
        ("age", {"edges": [18, 65]}, ["< 18", "[18, 65)", None, ">= 65"]),
        ("age", {"bottom": 18, "top": 90}, [18, 34, None, 90]),
        ("age", {"top_quantile": 0.5}, [17, 34, None, 34]),
        ("age", {"round": 5}, [15, 35, None, 90]),
        ("pay", {"round": 100}, [1200.0, 200.0, 0.0, None]),
        ("born", {"date": "year"}, ["2008", "1991", None, "1934"]),
        ("zip", {"prefix": 2}, ["89***", "53***", None, "10***"]),
        ("zip", {"prefix": 2, "keep_length": False}, ["89*", "53*", None, "10*"]),
        ("zip", {"hierarchy": {"prefixes": [2]}}, ["89*", "53*", None, "10*"]),
        ("work", {"hierarchy": {"Private": "Job", "Never": "No"}}, ["Job", "No", "Job", None]),
        (
            "work",
            {"hierarchy": {"Private": ["Job", "*"], "Never": ["No", "*"]}, "level": 2},
            ["*", "*", "*", None],
        ),
    ],
)
def test_rule_makes_a_column_coarser(tmp_path: Path, name: str, rule: Any, expected: Any) -> None:
    """Rows keep their order, nulls stay null, and the other columns are as they were."""
    result = run(tmp_path, {name: rule})
    others = [other for other in PEOPLE.column_names if other != name]
    assert column(result, name) == expected
    assert all(column(result, other) == PEOPLE[other].to_pylist() for other in others)
    assert {(e.column, e.effect) for e in result.column_edges} == {
        (name, "generalization"),
        *((other, "identity") for other in others),
    }


@pytest.mark.parametrize("keep_length", [True, False])
@pytest.mark.parametrize("length", [0, 2, 4])
def test_prefix_is_the_hierarchy_of_one_prefix(
    tmp_path: Path, length: int, *, keep_length: bool
) -> None:
    """The rule and the hierarchy give the same, given the same `keep_length`."""
    rule = {"prefix": length, "keep_length": keep_length}
    listed = {"hierarchy": {"prefixes": [length], "keep_length": keep_length}, "level": 1}
    assert column(run(tmp_path, {"zip": rule}), "zip") == column(
        run(tmp_path, {"zip": listed}), "zip"
    )


def test_hierarchy_of_a_dataset_is_an_input_on_record(tmp_path: Path) -> None:
    """The file is read through the source, so its digest is noted and reuse follows it."""
    path = tmp_path / "work.csv"
    path.write_text("Private,Job,*\nNever,No,*\n")
    result = run(tmp_path, {"work": {"hierarchy": "levels"}}, levels=path)
    operation = GeneralizeOperation(dataset_name="people", rules={"work": {"hierarchy": "levels"}})
    assert column(result, "work") == ["Job", "No", "Job", None]
    assert operation.data_use().reads == {"people", "levels"}


def test_value_that_the_hierarchy_lacks_is_an_error_or_null(tmp_path: Path) -> None:
    """Suppressed cells are counted; the error names no value."""
    rules = {"work": {"hierarchy": {"Private": "Job"}}}
    with pytest.raises(AnonymizationError, match="1 cells have values that level 1") as caught:
        run(tmp_path, rules)
    result = run(tmp_path, rules, unknown="suppress")
    assert "Never" not in str(caught.value)
    assert column(result, "work") == ["Job", None, "Job", None]
    assert result.metrics["suppressed"] == {"work": 1}
    assert result.metrics["distinct"] == {"before": {"work": 2}, "after": {"work": 1}}


@given(
    st.lists(st.integers(-100, 100) | st.none(), max_size=20),
    st.integers(-50, 0),
    st.integers(1, 50),
)
@settings(max_examples=40, deadline=None)
def test_coded_numbers_lie_between_the_ends(
    numbers: list[int | None], bottom: int, top: int
) -> None:
    """A number within stays; one beyond becomes the end."""
    column = pa.chunked_array([pa.array(numbers, pa.int16())])
    found = code_ends(column, Coding(bottom=bottom, top=top), "column 'x'")
    assert found.to_pylist() == [n if n is None else min(max(n, bottom), top) for n in numbers]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(9, 2)])
def test_numbers_keep_their_type(kind: pa.DataType) -> None:
    """Rounding and coding return the type they were given, all nulls and no rows too."""
    for values in ([3.0, 12.0, None], [None], []):
        column = pa.chunked_array([pa.array(values, pa.float64())]).cast(kind)
        coded = code_ends(column, Coding(top_quantile=0.9), "column 'x'")
        assert {coded.type, round_to(column, 10, "column 'x'").type} == {kind}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "rule of column 'age': found"),
        ({"width": 5, "edges": [1]}, "expected one of width"),
        ({"width": 5, "level": 1}, "expected one of width"),
        ({"width": "5"}, "'width' has a value of another type"),
        ({"width": -5}, "a positive number"),
        ({"edges": []}, "ascending"),
        ({"date": "hour"}, "finest first"),
        ({"prefix": -1}, "whole numbers"),
        ({"prefix": 2, "keep_length": 1}, "'keep_length' has a value .* false for keep_length"),
        ({"prefix": 2, "level": 1}, "expected one of width"),
        ({"hierarchy": {}}, "no values"),
        ({"hierarchy": {"a": "b"}, "level": 0}, "0 changes nothing"),
        ({"bottom": 5, "top": 5}, "bottom is not below the top"),
        ({"bottom": 5, "bottom_quantile": 0.1}, "both bottom and bottom_quantile"),
        ({"top_quantile": 1}, "between 0 and 1"),
        ({"top": float("nan")}, "a finite number"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused(rule: Any, message: str) -> None:
    """It is refused before any data are read."""
    with pytest.raises(ConfigurationError, match=message):
        GeneralizeOperation(dataset_name="people", rules={"age": rule})


@pytest.mark.parametrize(
    ("name", "rule", "message"),
    [
        ("work", {"width": 5}, "expected numbers"),
        ("work", {"round": 5}, "expected numbers"),
        ("age", {"date": "year"}, "expected dates"),
        ("age", {"round": 0.5}, "no number of its type int64"),
        ("zip", {"prefix": 5}, "3 cells have values"),
    ],
)
def test_column_that_a_rule_cannot_take_is_refused(
    tmp_path: Path, name: str, rule: Any, message: str
) -> None:
    """The message names the column and the type."""
    with pytest.raises(AnonymizationError, match=f"column '{name}'.*{message}"):
        run(tmp_path, {name: rule})


@pytest.mark.parametrize("level", [3, -1, True, "1"])
def test_level_that_does_not_exist_is_refused(tmp_path: Path, level: Any) -> None:
    """The message says how many there are."""
    rules = {"work": {"hierarchy": {"Private": "Job", "Never": "No"}, "level": level}}
    with pytest.raises(ConfigurationError, match="a number from 0 to 1"):
        run(tmp_path, rules)
