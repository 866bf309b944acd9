"""The choice of a cut gives the figures of the reference, and the groups of a plain recursion."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from anonymize_strategies import BASIC_MONDRIAN, class_sizes, complete_adult
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ops.anonymize.cuts import Cut
from ops.anonymize.mondrian import anonymize
from ops.measures import utility

Point = tuple[int, ...]


@pytest.mark.parametrize(
    ("k", "gcp_percent", "classes"),
    [(2, 1.389, 9_409), (5, 4.228, 4_042), (10, 7.280, 2_105), (100, 26.828, 221)],
)
def test_adult_cut_around_medians_gives_the_numbers_of_weighted_mondrian(
    k: int, gcp_percent: float, classes: int
) -> None:
    """The 30,162 complete Adult rows give the reference that retries other attributes."""
    original = complete_adult()
    published = anonymize(original, BASIC_MONDRIAN, k=k, cut="around_median")
    penalty = utility.measure_certainty_penalty(original, published, BASIC_MONDRIAN)
    found = utility.measure_class_utility(published, BASIC_MONDRIAN, k=k)
    assert round(100 * penalty.gcp, 3) == gcp_percent
    assert (found.classes, found.suppressed_rows) == (classes, 0)


@settings(deadline=None, max_examples=40)
@given(
    points=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=60),
    k=st.integers(1, 5),
)
def test_any_numbers_are_cut_around_medians_as_by_plain_recursion(
    points: list[Point], k: int
) -> None:
    """Cutting all groups of a round at once gives the groups of one recursive call each."""
    assume(k <= len(points))
    frame = pd.DataFrame(points, columns=list("abc"))
    published = anonymize(frame, list("abc"), k=k, cut="around_median")
    extents = [max(axis) - min(axis) or 1 for axis in zip(*points, strict=True)]
    expected = Counter(
        tuple(_range_text(min(axis), max(axis)) for axis in zip(*part, strict=True))
        for part in _recurse(points, extents, k)
        for _ in part
    )
    assert class_sizes(published, list("abc")) == expected


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ("median", ["1-3"] * 6),
        ("around_median", ["1-2"] * 2 + ["3"] * 4),
    ],
)
def test_common_value_at_the_median_forbids_or_moves_the_cut(cut: Cut, expected: list[str]) -> None:
    """A median above which nothing is left goes above the cut itself, around the median."""
    published = anonymize(pd.DataFrame({"n": [1, 2, 3, 3, 3, 3]}), ["n"], k=2, cut=cut)
    assert published["n"].tolist() == expected


@pytest.mark.parametrize("values", [[1, 2, 2, 3], [2, 2, 2, 3], [1, 2, 2, 2]])
def test_cut_that_leaves_fewer_than_k_on_either_side_of_the_median_is_refused(
    values: list[int],
) -> None:
    """Neither before nor after the median is a cut, so the group stays whole."""
    published = anonymize(pd.DataFrame({"n": values}), ["n"], k=2, cut="around_median")
    assert set(published["n"]) == {f"{values[0]}-{values[-1]}"}


def _recurse(part: list[Point], extents: list[int], k: int) -> list[list[Point]]:
    """Cut one group a call, on bare lists, the widest attribute first."""
    axes = [sorted(axis) for axis in zip(*part, strict=True)]
    widths = [(axis[-1] - axis[0]) / extent for axis, extent in zip(axes, extents, strict=True)]
    for axis in sorted(range(len(axes)), key=lambda a: (-widths[a], a)):
        median = axes[axis][(len(part) - 1) // 2]
        for last in (median, median - 1):
            left = [point for point in part if point[axis] <= last]
            right = [point for point in part if point[axis] > last]
            if min(len(left), len(right)) >= k:
                return _recurse(left, extents, k) + _recurse(right, extents, k)
    return [part]


def _range_text(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"
