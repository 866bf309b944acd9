"""Columns of pandas and of Arrow are coded alike, whatever their type."""

from __future__ import annotations

import datetime as dt
import decimal
import math

import pandas as pd
import pyarrow as pa
import pytest

from lineage.kernel.errors import AnonymizationError
from ops.data import frames
from ops.measures import risk
from ops.measures.codes import encode

NAN = float("nan")
LATER = dt.datetime(2020, 5, 1, tzinfo=dt.UTC)

COLUMNS = {
    "text": pa.chunked_array([["a", None, "b"], ["a", "c", "b"]]),
    "large text": pa.chunked_array([pa.array(["a", None, "a"], pa.large_string())]),
    "whole numbers": pa.chunked_array([[3, 1, None, 3, 2]]),
    "bytes": pa.chunked_array([pa.array([5, 0, 5], pa.uint8())]),
    "beyond float": pa.chunked_array([[2**53, 2**53 + 1, 2**53]]),
    "floats": pa.chunked_array([[0.0, -0.0, NAN, None, 1.5, math.inf, -math.inf, NAN]]),
    "booleans": pa.chunked_array([[True, None, False, True]]),
    "dates": pa.chunked_array([[dt.date(2020, 1, 2), None, dt.date(1999, 1, 1)]]),
    "zoned": pa.chunked_array([pa.array([LATER, None, LATER], pa.timestamp("us", "Europe/Paris"))]),
    "times": pa.chunked_array([[dt.time(1, 2), dt.time(0), dt.time(1, 2)]]),
    "durations": pa.chunked_array([[dt.timedelta(days=2), dt.timedelta(1), dt.timedelta(2)]]),
    "decimals": pa.chunked_array([[decimal.Decimal("1.50"), None, decimal.Decimal("0.10")]]),
    "binary": pa.chunked_array([[b"x", b"", None, b"x"]]),
    "views": pa.chunked_array([pa.array(["a", "b", None, "a"], pa.string_view())]),
    "categories": pa.chunked_array([pa.array(["b", "a", None, "b"]).dictionary_encode()]),
    "categories of chunks": pa.chunked_array(
        [pa.array(["b", "a"]).dictionary_encode(), pa.array(["c", "b"]).dictionary_encode()]
    ),
    "ordered": pa.chunked_array(
        [pa.DictionaryArray.from_arrays([1, 0, None, 1], ["low", "high"], ordered=True)]
    ),
    "nulls": pa.chunked_array([pa.nulls(3)]),
    "none": pa.chunked_array([], pa.string()),
    "no categories": pa.chunked_array([], pa.dictionary(pa.int8(), pa.string())),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_arrow_column_has_the_codes_and_values_of_its_pandas_form(kind: str) -> None:
    """Codes, their number and the values by code are those that pandas gives the whole column."""
    column = COLUMNS[kind]
    series = frames.to_dataframe(pa.table([column], ["c"]), "the table")["c"]
    codes, count, values = encode(column, "c")
    expected_codes, expected_count, expected_values = encode(series)
    assert codes.tolist() == expected_codes.tolist()
    assert count == expected_count
    pd.testing.assert_index_equal(values, expected_values, check_names=False)


@pytest.mark.parametrize("kind", COLUMNS)
def test_arrow_table_has_the_measures_of_its_pandas_form(kind: str) -> None:
    """A column of any type gives the same k, l and t from either, on both sides."""
    column = COLUMNS[kind]
    numbers = pa.array([number % 2 for number in range(len(column))], pa.int64())
    table = pa.table({"q": column, "s": numbers, "r": column, "p": numbers})
    frame = frames.to_dataframe(table, "the table")
    assert risk.measure_privacy(table, ["q", "p"], ["s", "r"]) == risk.measure_privacy(
        frame, ["q", "p"], ["s", "r"]
    )


def test_zero_has_no_sign_and_nan_is_null() -> None:
    """Of 0.0, -0.0, NaN and null two values are left, in both forms."""
    table = pa.table({"q": [0.0, -0.0, NAN, None]})
    for frame in (table, pd.DataFrame({"q": [0.0, -0.0, NAN, None]})):
        assert risk.measure_risk(frame, ["q"]).class_sizes == ((2, 2),)


@pytest.mark.parametrize(
    "frame", [pa.table({"q": [[1], [2]]}), pd.DataFrame({"q": [[1], [2]]})], ids=["arrow", "pandas"]
)
def test_column_of_lists_is_refused(frame: pd.DataFrame | pa.Table) -> None:
    """Lists cannot be compared; the refusal names the column."""
    with pytest.raises(AnonymizationError, match="column 'q': its values cannot be compared"):
        risk.measure_risk(frame, ["q"])


def test_column_names_need_not_be_text_in_pandas() -> None:
    """A number, a date and None are names like any other."""
    frame = pd.DataFrame({0: [1, 1], dt.date(2020, 1, 1): ["a", "b"], None: [2, 2]})
    assert risk.measure_risk(frame, [0, None]).k == 2
    assert risk.measure_risk(frame, [dt.date(2020, 1, 1)]).k == 1
