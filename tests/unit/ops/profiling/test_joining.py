"""Keys join by what they are to people: text, integers, decimals, times."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import OperationError
from ops.profiling.joining import join

TEXTS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.large_string()),
]
INTEGERS = [
    pa.int8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.uint8(),
    pa.uint16(),
    pa.uint32(),
    pa.uint64(),
]


def joined(left: pa.Array, right: pa.Array) -> list[tuple[int, int]]:
    """Join two keys and give the rows that meet."""
    tables = [
        pa.table({"k": keys, name: range(len(keys))}) for keys, name in ((left, "a"), (right, "b"))
    ]
    return [(row["a"], row["b"]) for row in join(*tables, "k").to_pylist()]


def made(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return values as a type, dictionaries by their values."""
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values, kind)


@pytest.mark.parametrize("right", TEXTS, ids=str)
@pytest.mark.parametrize("left", TEXTS, ids=str)
def test_text_joins_text_in_any_form(left: pa.DataType, right: pa.DataType) -> None:
    """What CSV and Parquet call text is one type."""
    assert joined(made(["x", None, "y"], left), made(["y", "z", None], right)) == [(2, 0)]


@settings(deadline=None)
@given(st.data())
def test_integers_join_integers_of_any_width(data: st.DataObject) -> None:
    """Equal numbers meet, whatever holds them, up to the ends of each type."""
    keys = []
    for kind in (data.draw(st.sampled_from(INTEGERS)) for _ in range(2)):
        bits, is_signed = kind.bit_width, pa.types.is_signed_integer(kind)
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if is_signed else (0, 2**bits - 1)
        numbers = st.none() | st.integers(max(low, -2), min(high, 3)) | st.sampled_from([low, high])
        keys.append(pa.array(data.draw(st.lists(numbers, unique=True, max_size=6)), kind))
    left, right = (key.to_pylist() for key in keys)
    expected = [
        (i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b is not None
    ]
    assert sorted(joined(*keys)) == [(i, j) for i, j in expected if left[i] is not None]


@pytest.mark.parametrize("right", [pa.float16(), pa.float32(), pa.float64()], ids=str)
@pytest.mark.parametrize("left", [pa.float32(), pa.float64()], ids=str)
def test_nan_and_null_match_nothing(left: pa.DataType, right: pa.DataType) -> None:
    """Not a number is no key, and neither is nothing."""
    keys = [pa.array([1.0, math.nan, None, math.nan, 2.5], kind) for kind in (left, right)]
    assert joined(*keys) == [(0, 0), (4, 4)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (pa.decimal128(5, 2), pa.decimal32(4, 1)),
        (pa.decimal256(40, 20), pa.decimal64(10, 1)),
        (pa.timestamp("s"), pa.timestamp("ns")),
        (pa.timestamp("us", "UTC"), pa.timestamp("ms", "UTC")),
        (pa.date32(), pa.date64()),
        (pa.time32("s"), pa.time64("us")),
        (pa.uuid(), pa.uuid()),
        (pa.binary(16), pa.binary(16)),
        (pa.duration("s"), pa.duration("s")),
        (pa.bool_(), pa.bool_()),
    ],
    ids=str,
)
def test_equal_values_of_related_types_meet(left: pa.DataType, right: pa.DataType) -> None:
    """Scale and unit are no part of a value."""
    assert joined(*(pa.array([_value(kind), None], kind) for kind in (left, right))) == [(0, 0)]


def _value(kind: pa.DataType) -> object:
    if pa.types.is_decimal(kind):
        return Decimal("1.5")
    if pa.types.is_boolean(kind):
        return True
    return 0 if pa.types.is_temporal(kind) else b"0123456789abcdef"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (pa.array([1]), pa.array(["1"])),
        (pa.array([1]), pa.array([1.0])),
        (pa.array([1.5]), pa.array([Decimal("1.5")])),
        (pa.array([b"a"]), pa.array(["a"])),
        (pa.array([0], pa.timestamp("s")), pa.array([0], pa.timestamp("s", "UTC"))),
        (pa.array([True]), pa.array([1])),
    ],
    ids=lambda key: str(key.type),
)
def test_keys_of_other_types_are_refused(left: pa.Array, right: pa.Array) -> None:
    """Nothing would match, or by chance; the error names both types."""
    with pytest.raises(
        OperationError, match=r"join key 'k': .* in one dataset and .* in the other"
    ):
        joined(left, right)


@pytest.mark.parametrize("key", [pa.array([[1]]), pa.array([{"a": 1}])], ids=["list", "struct"])
def test_key_that_cannot_be_compared_is_named(key: pa.Array) -> None:
    """Arrow's own error does not get out."""
    with pytest.raises(OperationError, match=r"join key 'k': values of type .* cannot be compared"):
        joined(key, key)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["x", "y"], pa.string_view()),
        pa.array([b"x", b"y"], pa.binary_view()),
        pa.RunEndEncodedArray.from_arrays(pa.array([1, 2], pa.int32()), pa.array(["x", "y"])),
        pa.array([[1], [2]]),
    ],
    ids=lambda column: str(column.type),
)
def test_columns_of_any_type_come_along(column: pa.Array) -> None:
    """Rows are taken of views and runs too."""
    left = pa.table({"k": [2, 1], "x": column})
    found = join(left, pa.table({"k": [1], "y": [0]}), "k")
    assert found["x"].to_pylist() == column.to_pylist()[1:]
