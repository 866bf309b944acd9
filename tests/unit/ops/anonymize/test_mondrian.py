"""Strict Mondrian cuts as published, keeps its promise on any data, and says what it refuses."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from anonymize_strategies import BASIC_MONDRIAN, class_sizes, complete_adult, covers, frames
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError
from ops.anonymize import partition
from ops.anonymize.constraints import Guarantee
from ops.anonymize.cuts import Cut
from ops.anonymize.mondrian import anonymize, generalize
from ops.measures import utility

QUASI_IDENTIFIERS = ["i", "f", "t"]
Point = tuple[float, ...]


@pytest.mark.parametrize(
    ("k", "gcp_percent", "classes", "dm", "c_avg"),
    [
        (2, 4.97, 7_213, 426_728, 2.0908),
        (5, 8.30, 3_271, 502_940, 1.8442),
        (10, 11.24, 1_795, 673_672, 1.6803),
        (100, 30.09, 205, 4_654_210, 1.4713),
    ],
)
def test_adult_generalized_gives_the_published_numbers(
    k: int, gcp_percent: float, classes: int, dm: int, c_avg: float
) -> None:
    """The 30,162 complete Adult rows give the numbers of the strict Basic Mondrian."""
    original = complete_adult()
    published = anonymize(original, BASIC_MONDRIAN, k=k)
    penalty = utility.measure_certainty_penalty(original, published, BASIC_MONDRIAN)
    found = utility.measure_class_utility(published, BASIC_MONDRIAN, k=k)
    assert round(100 * penalty.gcp, 2) == gcp_percent
    assert (found.classes, found.suppressed_rows) == (classes, 0)
    assert found.discernibility == dm
    assert round(found.c_avg, 4) == c_avg


@pytest.mark.parametrize(
    ("k", "gcp_percent", "classes"), [(2, 1.389, 9_409), (5, 4.228, 4_042), (100, 26.828, 221)]
)
def test_adult_cut_at_midpoints_loses_no_more_than_weighted_mondrian(
    k: int, gcp_percent: float, classes: int
) -> None:
    """The cut nearest to the middle keeps the ranges narrower than the reference, in as many."""
    original = complete_adult()
    published = anonymize(original, BASIC_MONDRIAN, k=k, cut="midpoint")
    penalty = utility.measure_certainty_penalty(original, published, BASIC_MONDRIAN)
    found = utility.measure_class_utility(published, BASIC_MONDRIAN, k=k)
    assert 100 * penalty.gcp <= gcp_percent
    assert found.suppressed_rows == 0
    assert found.classes >= 0.99 * classes


@settings(deadline=None, max_examples=40)
@given(frame=frames(), k=st.integers(1, 8), cut=st.sampled_from(get_args(Cut)))
def test_any_frame_generalized_is_k_anonymous(frame: pd.DataFrame, k: int, cut: Cut) -> None:
    """Counting the published rows one by one finds no class under k."""
    assume(k <= len(frame))
    published = anonymize(frame, QUASI_IDENTIFIERS, k=k, cut=cut)
    assert min(class_sizes(published, QUASI_IDENTIFIERS).values()) >= k


@settings(deadline=None, max_examples=40)
@given(frame=frames(), k=st.integers(1, 8))
def test_any_frame_generalized_covers_every_original_value(frame: pd.DataFrame, k: int) -> None:
    """Each published label stands for the value it replaced, in the row it was in."""
    assume(k <= len(frame))
    published = anonymize(frame, QUASI_IDENTIFIERS, k=k)
    for name in QUASI_IDENTIFIERS:
        pairs = zip(published[name], frame[name], strict=True)
        assert all(covers(label, value, is_number=name != "t") for label, value in pairs)


@settings(deadline=None, max_examples=25)
@given(frame=frames(), k=st.integers(1, 8))
def test_any_frame_generalized_keeps_rows_order_and_other_columns(
    frame: pd.DataFrame, k: int
) -> None:
    """Index, columns and the other values are as before, and the input is not changed."""
    assume(k <= len(frame))
    before = frame.copy(deep=True)
    published = anonymize(frame, QUASI_IDENTIFIERS, k=k)
    assert list(published.columns) == list(frame.columns)
    pd.testing.assert_index_equal(published.index, frame.index)
    pd.testing.assert_series_equal(published["other"], frame["other"])
    pd.testing.assert_frame_equal(frame, before)


@settings(deadline=None, max_examples=40)
@given(
    points=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=60),
    k=st.integers(1, 5),
    spread=st.sampled_from([1, 1000]),
)
def test_any_numbers_are_cut_as_by_plain_recursion(
    points: list[Point], k: int, spread: int
) -> None:
    """Cutting all groups of a round at once gives the groups of one recursive call each.

    Spread numbers have more values than a group has rows.
    """
    points = [(a * spread, b + a * spread, c) for a, b, c in points]
    assume(k <= len(points))
    published = anonymize(pd.DataFrame(points, columns=list("abc")), ["a", "b", "c"], k=k)
    expected = Counter(
        tuple(_range_text(min(axis), max(axis)) for axis in zip(*part, strict=True))
        for part in _recurse(points, _box(points), _box(points), k)
        for _ in part
    )
    assert class_sizes(published, ["a", "b", "c"]) == expected


def test_null_quasi_identifiers_are_published_as_nulls_or_with_other_values() -> None:
    """A class of nulls stays null, a mixed one says so, and no row is dropped."""
    frame = pd.DataFrame({"n": [None, None, 3, 4, 5], "t": [None, "x", "x", "x", "x"]})
    published = anonymize(frame, ["n", "t"], k=2)
    assert len(published) == 5
    assert published["n"].isna().tolist() == [True, True, False, False, False]
    assert published["t"].tolist() == ["<null>|x", "<null>|x", "x", "x", "x"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([17, 25, 17, 25], "17-25"),
        ([7, 7, 7, 7], "7"),
        ([-5, -3, -5, -3], "-5--3"),
        ([1.0, 2.5, 1.0, 2.5], "1-2.5"),
        ([None, 20, 25, None], "<null>|20-25"),
        (["b", "a", "c", "b"], "a|b|c"),
        (["x|y", "\\", None, "<null>"], r"<null>|\<null>|\\|x\|y"),
        ([True, False, True, False], "False|True"),
        ([dt.date(2020, 1, 31), dt.date(2020, 2, 29)] * 2, "2020-01-31/2020-02-29"),
        (pd.to_datetime(["2020-01-31", "2020-02-29"] * 2), "2020-01-31/2020-02-29"),
        ([Decimal("1.50"), Decimal(2)] * 2, "1.50-2"),
        ([2**63 - 1, 2**63 - 2] * 2, "9223372036854775806-9223372036854775807"),
    ],
)
def test_values_of_one_class_read_as_documented(values: object, expected: str) -> None:
    """Ranges, sets, dates, nulls and escapes have the documented form."""
    published = anonymize(pd.DataFrame({"q": values}), ["q"], k=4)
    assert set(published["q"]) == {expected}


def test_ordered_categories_are_cut_by_their_order() -> None:
    """An ordered categorical is cut between neighbours of its order, not of appearance."""
    sizes = pd.Categorical(["L", "S", "M", "XL"], categories=["S", "M", "L", "XL"], ordered=True)
    published = anonymize(pd.DataFrame({"q": sizes}), ["q"], k=2)
    assert published["q"].tolist() == ["L|XL", "M|S", "M|S", "L|XL"]


def test_empty_frame_gives_an_empty_frame() -> None:
    """No rows are k-anonymous for every k."""
    published = anonymize(pd.DataFrame({"a": [], "b": pd.Series([], dtype="str")}), ["a", "b"], k=5)
    assert (len(published), list(published.columns)) == (0, ["a", "b"])


@pytest.mark.parametrize("columns", [["c"], ["c", "n"], ["n"]])
def test_constant_or_single_column_is_generalized(columns: list[str]) -> None:
    """A constant column stays as it is, and one column alone is cut."""
    frame = pd.DataFrame({"c": ["x"] * 6, "n": range(6)})
    published = anonymize(frame, columns, k=3)
    assert set(published["c"]) == {"x"}
    assert [*published[columns[-1]]] == (
        ["x"] * 6 if columns == ["c"] else ["0-2"] * 3 + ["3-5"] * 3
    )


def test_equal_rows_become_one_class() -> None:
    """Rows that are all equal keep their values."""
    frame = pd.DataFrame({"a": [1] * 9, "b": ["x"] * 9})
    published = anonymize(frame, ["a", "b"], k=9)
    assert class_sizes(published, ["a", "b"]) == {("1", "x"): 9}


def test_widest_attribute_that_cannot_be_cut_leaves_the_next_one() -> None:
    """When the widest attribute has one common value, the next widest is cut instead."""
    frame = pd.DataFrame({"wide": [0, 9, 9, 9, 9, 9], "narrow": [1, 1, 1, 2, 2, 9]})
    published = anonymize(frame, ["wide", "narrow"], k=3)
    assert published["narrow"].tolist() == ["1"] * 3 + ["2-9"] * 3


def test_many_distinct_columns_are_packed_without_overflow() -> None:
    """Twelve columns of 300 values each have more tuples than an integer, and stay exact."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.permuted(np.tile(np.arange(300), (12, 1)), axis=1).T).add_prefix("c")
    published = anonymize(frame, list(frame.columns), k=7)
    assert min(class_sizes(published, list(frame.columns)).values()) >= 7


@pytest.mark.parametrize("span", [3, 10_000])
def test_weights_are_added_by_key_whether_counted_or_sorted(span: int) -> None:
    """A span too wide to count gives the same sums by sorting."""
    keys = np.array([2, 0, 2, 2], dtype=np.int64) * (span // 3)
    found, sums = partition.sum_by_key(keys, np.array([1.0, 2.0, 3.0, 4.0]), span)
    assert found.tolist() == [0, 2 * (span // 3)]
    assert sums.tolist() == [2.0, 8.0]


def test_widest_groups_are_suppressed_up_to_the_limit() -> None:
    """An outlier's group goes first, and no row more than the limit allows."""
    frame = pd.DataFrame({"a": [1, 1, 2, 2, 3, 99], "b": list("uvwxyz")})
    published = generalize(frame, ["a"], Guarantee(k=2, suppression_limit=0.4)).published
    assert published["a"].tolist() == ["1", "1", "2", "2"]
    assert published["b"].tolist() == list("uvwx")
    fewer = generalize(frame, ["a"], Guarantee(k=2, suppression_limit=0.3))
    assert (len(fewer.published), fewer.suppressed) == (6, 0)


def test_k_above_the_number_of_rows_is_refused() -> None:
    """K-anonymity that cannot be reached is an error that names both numbers."""
    with pytest.raises(AnonymizationError, match="k = 4: 3 rows, expected at least k"):
        anonymize(pd.DataFrame({"a": [1, 2, 3]}), ["a"], k=4)


@pytest.mark.parametrize("k", [0, -1, True, 2.0, None])
def test_k_that_is_no_positive_whole_number_is_refused(k: int) -> None:
    """K must be a whole number of at least 1."""
    with pytest.raises(AnonymizationError, match="parameter k"):
        anonymize(pd.DataFrame({"a": [1, 2, 3]}), ["a"], k=k)


@pytest.mark.parametrize("columns", [["b"], ["a", "a"], []])
def test_column_list_that_does_not_fit_is_refused(columns: list[str]) -> None:
    """A missing, repeated or absent quasi-identifier is an error."""
    with pytest.raises(AnonymizationError, match="column list"):
        anonymize(pd.DataFrame({"a": [1, 2, 3]}), columns, k=1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0, 4711.25, float("inf")], "it has infinite numbers"),
        ([["4711.25"], ["b"], ["c"]], "its values cannot be compared"),
    ],
)
def test_values_without_a_place_are_refused_unnamed(values: list[object], reason: str) -> None:
    """Infinite and unhashable values are refused by column, and no value is shown."""
    with pytest.raises(AnonymizationError, match=f"column 'a': {reason}") as refused:
        anonymize(pd.DataFrame({"a": values}), ["a"], k=2)
    assert "4711" not in str(refused.value)


@pytest.mark.slow
def test_ten_million_rows_are_generalized() -> None:
    """10 M rows with 8 M distinct tuples are k-anonymous afterwards."""
    rng = np.random.default_rng(1)
    bounds = {"age": 74, "zip": 1000, "sex": 2, "education": 16, "job": 30}
    frame = pd.DataFrame({name: rng.integers(0, n, 10_000_000) for name, n in bounds.items()})
    published = anonymize(frame, list(bounds), k=10)
    assert published.groupby(list(bounds), observed=True).size().min() >= 10


def _recurse(part: list[Point], box: list[Point], domain: list[Point], k: int) -> list[list[Point]]:
    """Cut as the paper's pseudocode does, one group a call, on bare lists."""
    box = [tuple(side) for side in box]
    untried = list(range(len(box)))
    while untried:
        axis = max(untried, key=lambda a: (_width(box[a]) / (_width(domain[a]) or 1), -a))
        untried.remove(axis)
        values = sorted(point[axis] for point in part)
        box[axis] = (values[0], values[-1])
        median = values[max(len(values) // 2 - 1, 0)]
        left = [point for point in part if point[axis] <= median]
        right = [point for point in part if point[axis] > median]
        if min(len(left), len(right)) >= k:
            lower, upper = list(box), list(box)
            lower[axis] = (values[0], median)
            upper[axis] = (min(point[axis] for point in right), values[-1])
            return _recurse(left, lower, domain, k) + _recurse(right, upper, domain, k)
    return [part]


def _box(points: list[Point]) -> list[Point]:
    return [(min(axis), max(axis)) for axis in zip(*points, strict=True)]


def _width(side: Point) -> float:
    return side[1] - side[0]


def _range_text(low: float, high: float) -> str:
    return str(low) if low == high else f"{low}-{high}"
