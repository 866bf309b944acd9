"""What a dataset is expected to be: findings are counts, failures are results."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import run

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.result import OperationStatus
from ops.tables.quality import QualityOperation

PEOPLE = pa.table(
    {
        "id": [1, 2, 2, None],
        "age": pa.array([30, 200, None, -1], pa.int16()),
        "zip": pa.array(["01234", "x1", None, "99999"]).dictionary_encode(),
        "wage": pa.array([Decimal("1.50"), Decimal("9.99"), None, None], pa.decimal128(5, 2)),
        "seen": pa.array([date(2024, 1, 1), date(2024, 3, 1), None, None], pa.date32()),
        "at": pa.array([datetime(2024, 3, 1, 12)] * 4, pa.timestamp("ns", "Europe/Berlin")),  # noqa: DTZ001
        "empty": pa.nulls(4),
        "list": [[1], [1], None, [2]],
    }
)
KNOWN = pa.table({"id": pa.array([2, 3], pa.uint64()), "name": ["b", "c"]})


def checked(folder: Path, *expectations: Any, **parameters: Any) -> tuple[Any, list[Any]]:
    """Return the result and the findings of the document."""
    operation = QualityOperation(dataset_name="p", expectations=expectations, **parameters)
    result, _ = run(operation, {"p": PEOPLE, "known": KNOWN}, folder)
    document = json.loads(result.artifacts[0].path.read_text("utf-8"))
    return result, document["expectations"]


@pytest.mark.parametrize(
    ("expectation", "rows", "failed"),
    [
        ({"expect": "not_null", "column": "age"}, 4, 1),
        ({"expect": "not_null", "column": "empty"}, 4, 4),
        ({"expect": "unique", "columns": ["id"]}, 3, 2),
        ({"expect": "unique", "columns": ["id", "age"]}, 2, 0),
        ({"expect": "between", "column": "age", "minimum": 0, "maximum": 120}, 3, 2),
        ({"expect": "between", "column": "age", "minimum": -1}, 3, 0),
        ({"expect": "between", "column": "wage", "maximum": 2.5}, 2, 1),
        ({"expect": "between", "column": "seen", "minimum": "2024-02-01"}, 2, 1),
        ({"expect": "between", "column": "zip", "minimum": "1"}, 3, 1),
        ({"expect": "in_set", "column": "age", "values": [30, -1, None]}, 3, 1),
        ({"expect": "in_set", "column": "zip", "values": []}, 3, 3),
        ({"expect": "matches", "column": "zip", "pattern": "[0-9]{5}"}, 3, 1),
        ({"expect": "matches", "column": "empty", "pattern": "x"}, 0, 0),
        ({"expect": "foreign_key", "column": "id", "dataset": "known"}, 3, 1),
        ({"expect": "foreign_key", "column": "zip", "dataset": "known", "key": "name"}, 3, 3),
    ],
)
def test_rows_that_are_not_as_expected_are_counted(
    expectation: dict[str, Any], rows: int, failed: int, tmp_path: Path
) -> None:
    """Nulls are not looked at but by not_null."""
    result, [found] = checked(tmp_path, expectation)

    assert (found["checked_rows"], found["failed_rows"]) == (rows, failed)
    assert found["holds"] is (failed == 0)
    assert result.metrics["failed_rows"] == {found["name"]: failed}
    assert result.status is (OperationStatus.WARNING if failed else OperationStatus.SUCCESS)


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        ({"expect": "not_null", "column": "nobody"}, "no column 'nobody'"),
        ({"expect": "between", "column": "age", "minimum": "a"}, "int16 cannot be compared with"),
        ({"expect": "between", "column": "seen", "minimum": "May"}, "do not fit"),
        ({"expect": "between", "column": "zip", "minimum": 3}, "cannot be compared with 3"),
        ({"expect": "in_set", "column": "age", "values": ["a"]}, "do not fit"),
        ({"expect": "in_set", "column": "age", "values": [1, "a"]}, "do not fit"),
        ({"expect": "matches", "column": "age", "pattern": "x"}, "int16 are no texts"),
        ({"expect": "unique", "columns": ["list"]}, "cannot be compared"),
        (
            {"expect": "foreign_key", "column": "zip", "dataset": "known", "key": "id"},
            "in one dataset and uint64 in the other",
        ),
        ({"expect": "row_count_between", "minimum": 5}, "4 rows"),
        ({"expect": "row_count_between", "minimum": 4, "maximum": 4}, None),
        ({"expect": "type", "column": "age", "type": "integer"}, None),
        ({"expect": "type", "column": "age", "type": "int16"}, None),
        ({"expect": "type", "column": "zip", "type": "category"}, None),
        ({"expect": "type", "column": "wage", "type": "text"}, "it is of type number"),
        ({"expect": "columns", "columns": ["id", "x"]}, "no column 'x', also 'age'"),
        ({"expect": "columns", "columns": PEOPLE.column_names[::-1]}, None),
        ({"expect": "fresh", "column": "seen", "max_age_days": 1, "as_of": "2024-03-02"}, None),
        (
            {"expect": "fresh", "column": "seen", "max_age_days": 1, "as_of": "2024-03-03"},
            "nothing of the last 1 days",
        ),
        ({"expect": "fresh", "column": "at", "max_age_days": 0, "as_of": "2024-03-01"}, None),
        (
            {"expect": "fresh", "column": "empty", "max_age_days": 0, "as_of": "2024-03-01"},
            "no date",
        ),
        (
            {"expect": "fresh", "column": "list", "max_age_days": 0, "as_of": "2024-03-01"},
            "not fit",
        ),
    ],
)
def test_what_rows_do_not_tell_is_a_problem(
    expectation: dict[str, Any], problem: str | None, tmp_path: Path
) -> None:
    """A missing column and values that cannot be compared are findings, too."""
    _, [found] = checked(tmp_path, expectation)

    assert found["holds"] is (problem is None)
    assert (problem or "") in (found["problem"] or "")


@given(values=st.lists(st.none() | st.integers(0, 5), max_size=20), share=st.sampled_from([0, 0.5]))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_are_those_of_a_loop(values: list[Any], share: float, tmp_path: Path) -> None:
    """A share of rows may fail."""
    operation = QualityOperation(
        dataset_name="d",
        expectations=[
            {"expect": "unique", "columns": ["x"], "name": "u", "allowed_share": share},
            {"expect": "between", "column": "x", "minimum": 2, "name": "b", "allowed_share": share},
        ],
    )
    result, _ = run(operation, {"d": pa.table({"x": pa.array(values, pa.int64())})}, tmp_path)

    present = [value for value in values if value is not None]
    repeated = sum(present.count(value) > 1 for value in present)
    low = sum(value < 2 for value in present)
    assert result.metrics["failed_rows"] == {"u": repeated, "b": low}
    assert result.metrics["failed"] == sum(n > share * len(present) for n in (repeated, low))


def test_failure_is_a_warning_or_an_error_as_wanted(tmp_path: Path) -> None:
    """The document is written in both cases, and says nothing of values."""
    expectation = {"expect": "in_set", "column": "zip", "values": ["01234"], "name": "our zips"}
    for fail, status in ((False, OperationStatus.WARNING), (True, OperationStatus.ERROR)):
        result, _ = checked(tmp_path, expectation, fail=fail)
        assert result.status is status
        assert (result.error_message is not None) is fail
        text = result.artifacts[0].path.read_text("utf-8")
        assert "our zips" in result.warnings[0].message
        assert not any(value in text for value in ("01234", "x1", "99999"))


def test_dataset_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """That is a mistake of the configuration, not of the data."""
    with pytest.raises(DataReadError, match="'nobody'"):
        checked(
            tmp_path,
            {"expect": "foreign_key", "column": "id", "dataset": "known", "key": "nobody"},
        )


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        ({"expect": "nice"}, "found 'nice', expected \"expect\" to be one of not_null"),
        ({"column": "x"}, "found None"),
        ({"expect": "not_null"}, "not_null has no column"),
        ({"expect": "not_null", "column": "x", "colour": "red"}, "does not know colour"),
        ({"expect": "not_null", "column": 3}, "column of expectation 1.*a text"),
        ({"expect": "between", "column": "x"}, "no limit"),
        ({"expect": "between", "column": "x", "minimum": True}, "minimum of expectation 1"),
        ({"expect": "unique", "columns": 3}, "columns of expectation 1.*a list"),
        ({"expect": "unique", "columns": "id"}, "columns of expectation 1.*a list"),
        ({"expect": "matches", "column": "x", "pattern": "("}, "RE2"),
        ({"expect": "not_null", "column": "x", "allowed_share": 1}, "allowed_share.*0 to 1"),
        ({"expect": "fresh", "column": "x", "max_age_days": 1, "as_of": "May"}, "a date as"),
        ("not_null", "a mapping"),
    ],
)
def test_what_is_no_expectation_is_refused(expectation: Any, message: str) -> None:
    """The message names the expectation by number, and what it knows."""
    with pytest.raises(ConfigurationError, match=message):
        QualityOperation(dataset_name="d", expectations=[expectation])


def test_expectations_of_one_name_are_refused() -> None:
    """Their findings would be one."""
    same = {"expect": "not_null", "column": "x"}
    with pytest.raises(ConfigurationError, match="two are called 'not_null x'"):
        QualityOperation(dataset_name="d", expectations=[same, same])
