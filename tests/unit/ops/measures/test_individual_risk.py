"""Risks of weighted records are those of sdcMicro's unit tests."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError
from ops.measures.individual_risk import Method, individual_risks, measure_individual_risk

WEIGHTS = [18, 45.5, 39, 17, 92, 8, 123.5, 51]
SAMPLE = pd.DataFrame(
    {
        "a": [2, 3, 2, 2, 3, 3, 1, 2],
        "b": [3, 3, 3, 3, 3, 3, 4, 3],
        "c": [1, 3, 1, 2, 1, 1, 1, 1],
        "weight": WEIGHTS,
    }
)
APPROXIMATE = [
    0.01369863,
    0.08579129,
    0.01369863,
    0.17707583,
    0.01877883,
    0.01877883,
    0.03931625,
    0.01369863,
]


def test_approximate_risks_are_those_of_sdcmicro() -> None:
    """Classes of one, two and three records have the risks of its unit tests."""
    for frame in (SAMPLE, pa.Table.from_pandas(SAMPLE)):
        found = individual_risks(frame, ["a", "b", "c"], "weight")
        assert found == pytest.approx(APPROXIMATE, abs=5e-9)


def test_exact_risks_are_those_of_sdcmicro() -> None:
    """Only classes of three records differ from the approximation."""
    expected = [0.01355297 if round(risk, 8) == 0.01369863 else risk for risk in APPROXIMATE]
    found = individual_risks(SAMPLE, ["a", "b", "c"], "weight", method="exact")
    assert found == pytest.approx(expected, abs=5e-9)


def test_null_as_wildcard_matches_everything() -> None:
    """With gaps in a and c records are in classes of 3, 1, 4, 2, 3, 3, 1 and 5."""
    frame = SAMPLE.astype({"a": "Int64", "c": "Int64"})
    frame.loc[7, "a"] = frame.loc[2, "c"] = frame.loc[6, "c"] = pd.NA
    expected = [
        0.013698630,
        0.085791288,
        0.010554090,
        0.032466112,
        0.009836066,
        0.009836066,
        0.039316254,
        0.005973716,
    ]
    found = individual_risks(frame, ["a", "b", "c"], "weight", nulls="wildcard")
    assert found == pytest.approx(expected, abs=5e-9)


def test_null_as_value_is_a_class_of_its_own() -> None:
    """Two records with a null in the same column are two of one class."""
    frame = pd.DataFrame({"q": [None, None, "x"], "weight": [2, 2, 4]})
    found = individual_risks(frame, ["q"], "weight")
    assert found[0] == found[1] == pytest.approx(1 - math.log(2))
    assert found[2] == pytest.approx(math.log(4) / 3)


@pytest.mark.parametrize("method", ["approximate", "exact"])
def test_records_that_stand_for_themselves_have_one_in_the_class_size(method: Method) -> None:
    """Without a population beyond the sample, risk is that of a prosecutor."""
    frame = pd.DataFrame({"q": ["a"] * 4 + ["b"], "weight": 1})
    found = individual_risks(frame, ["q"], "weight", method=method)
    assert found.tolist() == [0.25] * 4 + [1.0]


@settings(deadline=None, max_examples=30)
@given(size=st.integers(1, 60), weight=st.floats(1.01, 100))
def test_exact_risk_is_the_mean_over_all_possible_populations(size: int, weight: float) -> None:
    """The risk is the sum over class sizes F of 1 / F by the negative binomial distribution."""
    frame = pd.DataFrame({"q": ["a"] * size, "weight": weight})
    found = individual_risks(frame, ["q"], "weight", method="exact")[0]
    p = 1 / weight
    people = np.arange(size, 100_000)
    steps = np.log(people / (people - size + 1)) + math.log(1 - p)
    chances = np.exp(size * math.log(p) + np.concatenate([[0], np.cumsum(steps)[:-1]]))
    assert found == pytest.approx((chances / people).sum(), rel=1e-8)


def test_operation_metrics_are_finite_without_rows() -> None:
    """Nobody is at risk."""
    found = measure_individual_risk(SAMPLE.head(0), ["a"], "weight")
    assert found.to_metrics() == {
        "individual_max": 0.0,
        "individual_average": 0.0,
        "expected_reidentifications": 0.0,
    }


@pytest.mark.parametrize("weight", [None, 0.5, -1, math.inf, "many"])
def test_weight_that_stands_for_nobody_is_refused(weight: object) -> None:
    """A record stands for itself at least."""
    frame = pd.DataFrame({"q": ["a", "b"], "weight": pd.Series([2, weight], dtype="object")})
    with pytest.raises(AnonymizationError, match="weights in column 'weight': some are null"):
        individual_risks(frame, ["q"], "weight")
