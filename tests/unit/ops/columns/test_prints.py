"""When two columns are alike, whatever library, type and order they are in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.columns.alike import UnknownTypeError, alike
from ops.columns.prints import ColumnPrint, print_columns

FIXED = {"int": st.integers(-9, 9), "float": st.floats(-9, 9), "bool": st.booleans()}
VALUES = FIXED | {
    "large int": st.integers(-(2**63), 2**63 - 1),
    "text": st.text(max_size=14),
    "date": st.dates(),
    "decimal": st.decimals(-99, 99, places=2),
    "bytes": st.binary(max_size=9),
    "list": st.lists(st.integers(0, 3), max_size=3),
    "instant": st.datetimes(timezones=st.just(UTC)),
}
columns = st.one_of(
    [st.lists(st.none() | values, min_size=1, max_size=12) for values in VALUES.values()]
)
quick = settings(max_examples=25, deadline=None)


def prints(*columns: Any) -> list[ColumnPrint]:
    """The prints of columns of Arrow, pandas or Polars, of equally many rows."""
    arrow = [each.to_arrow() if isinstance(each, pl.Series) else each for each in columns]
    arrays = [
        each if isinstance(each, pa.Array | pa.ChunkedArray) else pa.array(each, from_pandas=True)
        for each in arrow
    ]
    chunked = [pa.chunked_array([a]) if isinstance(a, pa.Array) else a for a in arrays]
    return list(print_columns({str(at): alike(each) for at, each in enumerate(chunked)}).values())


def are_alike(*columns: Any) -> bool:
    """Whether all columns have one print."""
    found = prints(*columns)
    assert len(found) == len(columns)
    return len(set(found)) == 1


@quick
@given(columns, st.randoms(use_true_random=False))
def test_order_of_rows_never_changes_a_print(values: list[Any], random: Any) -> None:
    """Rows that were sorted or shuffled hold what they held."""
    shuffled = random.sample(values, len(values))
    kind = pa.array(values).type

    assert are_alike(pa.array(shuffled, kind), pa.array(values, kind))


@quick
@given(columns, st.data())
def test_one_changed_cell_always_changes_a_print(values: list[Any], data: Any) -> None:
    """Another value, a null for a value or a value for a null is another content."""
    kind = pa.array(values).type
    at = data.draw(st.integers(0, len(values) - 1))
    pool = [v for v in [*values, None] if v != values[at]]
    if not pool:
        return
    changed = [*values[:at], data.draw(st.sampled_from(pool)), *values[at + 1 :]]

    assert not are_alike(pa.array(changed, kind), pa.array(values, kind))


@quick
@given(columns)
def test_polars_holds_what_arrow_holds(values: list[Any]) -> None:
    """A column that went to Polars and back has its print."""
    column = pa.array(values)

    assert are_alike(pl.Series(pl.from_arrow(column)), column)


@quick
@given(columns)
def test_pandas_holds_what_arrow_holds(values: list[Any]) -> None:
    """So has one that went to pandas, but for integers that floats cannot hold."""
    column = pa.array(values)
    is_lossy = None in values and any(isinstance(v, int) and abs(v) > 2**53 for v in values)

    assert is_lossy or are_alike(column.to_pandas(), column)


TEXTS = ["b", None, "a", "b"]
ALIKE = {
    "text": [
        pa.array(TEXTS),
        pa.array(TEXTS, pa.large_string()),
        pa.array(TEXTS, pa.string_view()),
        pa.array(TEXTS).dictionary_encode(),
        pd.Series(TEXTS, dtype=object),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, dtype="str"),
        pl.Series(TEXTS),
        pl.Series(TEXTS, dtype=pl.Categorical),
    ],
    "integers with nulls": [
        pa.array([1, None], pa.int8()),
        pa.array([1, None], pa.uint64()),
        pd.Series([1.0, None]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, None], dtype=object),
        pl.Series([1, None]),
    ],
    "floats": [
        pa.array([0.5, float("nan"), -0.0]),
        pa.array([0.5, None, 0.0]),
        pa.array([0.5, None, 0.0], pa.float32()),
        pd.Series([0.5, None, 0]),
        pl.Series([0.5, float("nan"), 0.0]),
    ],
    "booleans with nulls": [
        pa.array([True, None]),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([True, None], dtype=object),
        pl.Series([True, None]),
    ],
    "dates": [
        pa.array([date(2020, 2, 29), None]),
        pa.array([date(2020, 2, 29), None], pa.date64()),
        pd.Series([date(2020, 2, 29), None]),
        pl.Series([date(2020, 2, 29), None]),
    ],
    "instants": [
        pa.array([datetime(2020, 2, 29, tzinfo=UTC)], pa.timestamp(unit, zone))
        for unit, zone in [("s", "UTC"), ("ms", "Etc/UTC"), ("us", "+00:00"), ("ns", "UTC")]
    ],
    "decimals": [
        pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
        pa.array([Decimal("1.50")], pa.decimal256(50, 2)),
        pd.Series([Decimal("1.50")]),
        pl.Series([Decimal("1.50")]),
    ],
    "lists": [
        pa.array([[1], []], pa.list_(pa.int32())),
        pa.array([[1], []], pa.large_list(pa.int8())),
        pd.Series([[1], []]),
        pl.Series([[1], []]),
    ],
    "nothing": [pa.nulls(2), pa.array([None, None], pa.string()), pd.Series([None, None])],
}


@pytest.mark.parametrize("kind", ALIKE)
def test_equal_values_are_alike_in_every_type(kind: str) -> None:
    """No width, unit, encoding or library makes a difference."""
    assert are_alike(*ALIKE[kind])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array(["1"]), pa.array([1])),
        (pa.array([True]), pa.array([1])),
        (pa.array([1]), pa.array([1.0])),
        (pa.array([b"a"]), pa.array(["a"])),
        (pa.array([2**53 + 1, None]), pd.Series([2**53 + 1, None], dtype=float)),
        (pa.array([0], pa.timestamp("us")), pa.array([0], pa.timestamp("us", "UTC"))),
        (pa.array([0], pa.timestamp("us", "UTC")), pa.array([0], pa.timestamp("us", "Asia/Tokyo"))),
        (pa.array([1], pa.timestamp("us")), pa.array([1], pa.timestamp("ns"))),
        (pa.array([-1]), pa.array([2**64 - 1], pa.uint64())),
        (pa.array(["a", "a"]), pa.array(["b", "b"])),
        (pa.array(["a", "a"]), pa.array(["a", None])),
    ],
)
def test_values_that_only_look_the_same_are_not_alike(one: Any, other: Any) -> None:
    """A number is no text, an instant no local time, and pairs do not cancel out."""
    assert not are_alike(one, other)


def test_column_that_duckdb_cannot_take_has_no_print() -> None:
    """The columns beside it still have theirs."""
    kind = pa.dense_union([pa.field("a", pa.int64())])
    union = pa.UnionArray.from_buffers(
        kind, 1, [None, pa.py_buffer(b"\0"), pa.py_buffer(b"\0" * 4)], children=[pa.array([1])]
    )
    odd = ("odd", pa.chunked_array([pa.array([pa.MonthDayNano([1, 1, 1])])]))
    plain = alike(pa.chunked_array([[1]]))

    found = print_columns({"plain": plain, "odd": ("odd", pa.chunked_array([union])), "gap": odd})

    assert found["plain"] == print_columns({"x": plain})["x"]


def test_type_that_arrow_cannot_convert_is_unknown() -> None:
    """The error names the type and quotes no value."""
    decimal = pa.array([Decimal("1" * 60)], pa.decimal256(70, 0))

    with pytest.raises(UnknownTypeError, match="decimal256"):
        alike(pa.chunked_array([decimal]))
