"""Utility is measured by the published definitions, and never gives NaN."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from anonymize_strategies import ARX_8, class_sizes, complete_adult, frames
from hypothesis import given, settings

from lineage.kernel.errors import AnonymizationError
from ops.measures import utility


def test_adult_at_the_bottom_node_gives_arx_numbers() -> None:
    """AECS, DM and DM* over 8 quasi-identifiers at k = 5 are those of ARX's test-suite."""
    found = utility.measure_class_utility(complete_adult(), ARX_8, k=5)
    assert found.average_class_size == pytest.approx(29.113899613899616, rel=1e-15)
    assert found.discernibility == 463_536_157
    assert found.discernibility_unsuppressed == 485_542


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["sex", "age", "race"], 8_659_004),
        (["sex", "age", "race", "marital-status", "education"], 1_074_930),
    ],
)
def test_adult_raw_gives_the_reference_discernibility(columns: list[str], expected: int) -> None:
    """Without suppression DM is DM*, the sum of squared class sizes."""
    found = utility.measure_class_utility(complete_adult(), columns)
    assert found.discernibility == found.discernibility_unsuppressed == expected


def test_small_classes_count_as_suppressed() -> None:
    """Rows in classes under k cost N each in DM, and are one class more in AECS."""
    frame = pd.DataFrame({"q": ["a", "a", "a", "b", None]})
    found = utility.measure_class_utility(frame, ["q"], k=2)
    assert (found.classes, found.suppressed_rows) == (1, 2)
    assert found.discernibility == 3**2 + 2 * 5
    assert found.average_class_size == 2.5
    assert (found.c_avg, found.suppression_rate) == (1.25, 0.4)


def test_null_quasi_identifiers_are_a_class() -> None:
    """Null is a value of its own, so its rows are neither dropped nor apart."""
    frame = pd.DataFrame({"q": [None, None, "a", "a"]})
    assert utility.measure_class_utility(frame, ["q"]).discernibility == 8


@settings(deadline=None, max_examples=50)
@given(frame=frames())
def test_any_frame_has_the_discernibility_of_a_plain_count(frame: pd.DataFrame) -> None:
    """DM* equals the sum of squares of classes counted row by row."""
    sizes = class_sizes(frame, ["i", "f", "t"]).values()
    found = utility.measure_class_utility(frame, ["i", "f", "t"])
    assert found.discernibility == sum(size**2 for size in sizes)
    assert found.average_class_size == len(frame) / len(sizes)


def test_penalty_is_the_share_of_the_domain_a_label_covers() -> None:
    """NCP adds, for each row, the width of its label over that of the column."""
    original = pd.DataFrame({"n": [0, 5, 8, 10], "t": ["a", "b", "c", "c"]})
    published = pd.DataFrame({"n": ["0-5", "0-5", "8-10", "8-10"], "t": ["*", "*", "*", "c"]})
    found = utility.measure_certainty_penalty(original, published, ["n", "t"])
    assert found.by_attribute == {"n": pytest.approx(2 * 0.5 + 2 * 0.2), "t": pytest.approx(3.0)}
    assert found.gcp == pytest.approx((1.4 + 3.0) / 8)


def test_penalty_of_unchanged_or_wholly_generalized_data_is_zero_or_one() -> None:
    """The original costs nothing, one label for everything costs everything."""
    original = pd.DataFrame({"n": [1.5, None, 3.0], "t": ["a", None, "b"]})
    same = utility.measure_certainty_penalty(original, original, ["n", "t"])
    hidden = pd.DataFrame({"n": ["*"] * 3, "t": ["*"] * 3})
    assert same.gcp == 0.0
    assert utility.measure_certainty_penalty(original, hidden, ["n", "t"]).gcp == 1.0


def test_null_number_stands_one_mean_step_below_the_lowest() -> None:
    """Of null, 0, 10 the label of null and 0 covers half the column."""
    original = pd.DataFrame({"n": [None, 0, 10]})
    published = pd.DataFrame({"n": ["<null>|0", "<null>|0", "10"]})
    found = utility.measure_certainty_penalty(original, published, ["n"])
    assert found.by_attribute["n"] == pytest.approx(2 * 0.5)


def test_penalty_of_frames_that_differ_in_length_is_refused() -> None:
    """Published rows must stand beside the original ones."""
    frame = pd.DataFrame({"n": [1, 2, 3]})
    with pytest.raises(AnonymizationError, match="published rows: found 2, expected as many"):
        utility.measure_certainty_penalty(frame, frame.head(2), ["n"])


def test_k_below_one_is_refused() -> None:
    """There is no class of fewer than one row."""
    with pytest.raises(AnonymizationError, match="parameter k: found 0"):
        utility.measure_class_utility(pd.DataFrame({"n": [1]}), ["n"], k=0)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"q": []}),
        pd.DataFrame({"q": pd.Series([], dtype="str")}),
        pd.DataFrame({"q": [1]}),
        pd.DataFrame({"q": [None, None]}),
        pd.DataFrame({"q": ["x", "x"]}),
    ],
)
def test_degenerate_frames_give_finite_metrics(frame: pd.DataFrame) -> None:
    """No rows, one row, only nulls or a constant give numbers, never NaN."""
    found = utility.measure_class_utility(frame, ["q"], k=5).to_metrics()
    found |= utility.measure_certainty_penalty(frame, frame, ["q"]).to_metrics()
    assert json.dumps(found, allow_nan=False)
    assert found["gcp"] == 0.0
