"""Rates become a risk with an interval by the published formulas."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.attacks.attack_risk import Tally, estimate, wilson


@pytest.mark.parametrize(
    ("attacks", "successes", "low", "high"),
    [(10, 8, 0.4901625, 0.9433178), (20, 0, 0.0, 0.1611252), (100, 50, 0.4038315, 0.5961685)],
)
def test_wilson_interval_is_that_of_the_tables(
    attacks: int, successes: int, low: float, high: float
) -> None:
    """The 95 % interval without a correction for continuity is the published one."""
    assert wilson(Tally(attacks, successes)) == pytest.approx((low, high), abs=1e-6)


def test_risk_is_the_share_of_what_the_control_leaves() -> None:
    """A rate of 0.6 beside 0.2 for the control is half of the remaining 0.8."""
    found = estimate("attack", Tally(100, 60), Tally(100, 20), baseline=Tally(100, 10))
    assert found.risk == pytest.approx(0.5)
    assert (found.rate, found.control_rate, found.baseline_rate) == (0.6, 0.2, 0.1)
    assert 0.35 < found.risk_low < 0.5 < found.risk_high < 0.65


def test_attack_that_is_no_better_than_a_guess_is_not_informative() -> None:
    """Its risk of 0 assures nothing."""
    found = estimate("attack", Tally(10, 1), Tally(10, 1), baseline=Tally(10, 1))
    assert not found.is_informative
    assert found.to_metrics()["is_informative"] is False


_TALLIES = st.integers(0, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(max_examples=40, deadline=None)
@given(attack=_TALLIES, control=_TALLIES)
def test_any_rates_give_ordered_intervals(
    attack: tuple[int, int], control: tuple[int, int]
) -> None:
    """Rate and risk lie within their intervals, and all in [0, 1]."""
    found = estimate("attack", Tally(*attack), Tally(*control), baseline=Tally(0, 0))
    assert 0 <= found.low <= found.rate <= found.high <= 1
    assert 0 <= found.risk_low <= found.risk <= found.risk_high <= 1
