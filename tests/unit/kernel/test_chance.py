"""Chance stays where it was asked to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.chance import SystemChance


@given(st.floats(-5, 5), st.floats(0, 5))
def test_drawn_number_is_within_its_bounds(low: float, width: float) -> None:
    """No number is drawn outside of what was asked for."""
    assert low <= SystemChance().between(low, low + width) <= low + width


def test_drawn_numbers_differ() -> None:
    """A hundred draws are not all one number."""
    chance = SystemChance()

    assert len({chance.between(0, 1) for _ in range(100)}) > 1
