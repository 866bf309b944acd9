"""Distances of distributions follow their definitions and are 0 for equal datasets."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest
from anonymize_strategies import frames
from hypothesis import given, settings

from ops.measures.distances import measure_distances


def test_numbers_have_three_distances() -> None:
    """Of 0, 0, 10, 10 against 0, 10, 10, 10 a quarter moves over the whole range."""
    one, other = pd.DataFrame({"n": [0, 0, 10, 10]}), pd.DataFrame({"n": [10.0, 0, 10, 10]})
    found = measure_distances(one, other, ["n"]).by_column["n"]
    assert found.kind == "numbers"
    assert (found.tvd, found.ks, found.wasserstein) == (0.25, 0.25, 0.25)


def test_wasserstein_counts_how_far_values_move() -> None:
    """A shift of all values by a tenth of the range is a tenth, while tvd and ks are 1 and less."""
    one, other = pd.DataFrame({"n": range(10)}), pd.DataFrame({"n": range(1, 11)})
    found = measure_distances(one, other, ["n"]).by_column["n"]
    assert found.wasserstein == pytest.approx(0.1)
    assert found.tvd == pytest.approx(0.1)


def test_categories_have_the_total_variation_distance() -> None:
    """Shares .5/.5 against .25/.25/.5 differ by a half; null is a value."""
    one = pd.DataFrame({"t": ["a", "a", "b", "b"]})
    other = pd.DataFrame({"t": pd.Categorical(["a", "b", None, None])})
    found = measure_distances(one, other, ["t"]).by_column["t"]
    assert (found.kind, found.tvd, found.ks, found.wasserstein) == ("categories", 0.5, None, None)


def test_labels_of_ranges_are_categories() -> None:
    """Numbers and the texts that they became share no value."""
    one, other = pd.DataFrame({"n": [1, 2]}), pd.DataFrame({"n": ["1-2", "1-2"]})
    found = measure_distances(one, other, ["n"]).by_column["n"]
    assert (found.kind, found.tvd) == ("categories", 1.0)


def test_correlations_are_compared_in_pairs() -> None:
    """Columns that rose together and now fall apart differ by 2, the greatest difference."""
    one = pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3], "c": [5, 5, 5]})
    found = measure_distances(one, one.assign(b=[3, 2, 1]), ["a", "b", "c"])
    assert found.correlation_max == pytest.approx(2)
    assert found.correlation_mean == pytest.approx(2 / 3)


@settings(deadline=None, max_examples=30)
@given(frame=frames())
def test_any_frame_is_at_no_distance_from_itself_in_another_order(frame: pd.DataFrame) -> None:
    """Order and container make no difference, nulls and great numbers included."""
    table = pa.Table.from_pandas(frame.iloc[::-1], preserve_index=False)
    found = measure_distances(frame, table, ["i", "f", "t"])
    for each in found.by_column.values():
        assert each.tvd == pytest.approx(0, abs=1e-12)
        assert each.ks in (None, pytest.approx(0, abs=1e-12))
        assert each.wasserstein in (None, pytest.approx(0, abs=1e-9))
    assert found.correlation_max in (None, pytest.approx(0, abs=1e-6))


@settings(deadline=None, max_examples=30)
@given(one=frames(), other=frames())
def test_distances_of_any_two_frames_are_shares(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """All are in [0, 1], and ks is not above tvd."""
    found = measure_distances(one, other, ["i", "f", "t"])
    for each in found.by_column.values():
        assert 0 <= each.tvd <= 1
        assert each.ks is None or 0 <= each.ks <= each.tvd + 1e-9
        assert each.wasserstein is None or 0 <= each.wasserstein <= 1
    assert json.dumps(found.to_metrics(), allow_nan=False)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"n": pd.Series([], dtype="float64"), "t": pd.Series([], dtype="object")}),
        pd.DataFrame({"n": [None, None], "t": [None, None]}),
        pd.DataFrame({"n": [1], "t": ["x"]}),
    ],
)
def test_degenerate_frames_give_finite_metrics(frame: pd.DataFrame) -> None:
    """No rows, only nulls or one row give numbers or nothing, never NaN."""
    other = pd.DataFrame({"n": [1.0, 2.0], "t": ["x", None]})
    for pair in ((frame, other), (other, frame), (frame, frame)):
        found = measure_distances(*pair, ["n", "t"]).to_metrics()
        assert json.dumps(found, allow_nan=False)
