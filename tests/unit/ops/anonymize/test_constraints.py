"""Classes are as diverse and as close as demanded, or the demand is refused by name."""

from __future__ import annotations

import re
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from anonymize_strategies import frames, holds
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.constraints import Demand, Guarantee, Sensitive, verify
from ops.anonymize.cuts import Cut
from ops.anonymize.mondrian import generalize

DEMANDS = st.sampled_from(
    [
        Demand(column="s", l=2),
        Demand(column="s", l=1.7, l_kind="entropy"),
        Demand(column="s", l=2, l_kind="recursive", c=2.0),
        Demand(column="s", t=0.3, t_distance="equal"),
        Demand(column="s", t=0.2, t_distance="ordered"),
        Demand(column="s", l=2, t=0.4),
    ]
)


@settings(deadline=None, max_examples=40)
@given(
    frame=frames(),
    demand=DEMANDS,
    cut=st.sampled_from(get_args(Cut)),
    limit=st.sampled_from([0.0, 0.3]),
    draw=st.data(),
)
def test_any_frame_cut_by_mondrian_is_as_demanded_or_refused(
    frame: pd.DataFrame, demand: Demand, cut: Cut, limit: float, draw: st.DataObject
) -> None:
    """Each published class satisfies the demand, counted one by one, with k = 2."""
    assume(len(frame) >= 2)
    values = st.lists(st.integers(0, 3), min_size=len(frame), max_size=len(frame))
    frame["s"] = everybody = draw.draw(values)
    try:
        asked = Guarantee(k=2, demands=[demand], suppression_limit=limit)
        found = generalize(frame, ["i", "f", "t"], asked, cut=cut)
    except AnonymizationError:
        assert not holds(demand, everybody, everybody)
        return
    published = found.published
    assert len(published) >= (1 - limit) * len(frame) > 0
    for _, rows in published.groupby(["i", "f", "t"], dropna=False, observed=True):
        assert len(rows) >= 2
        assert holds(demand, rows["s"].tolist(), everybody)


@pytest.mark.parametrize(
    ("demand", "refusal"),
    [
        (Demand(column="s", l=4), "distinct l-diversity of 's' with l = 4: .* reached is l = 3"),
        (Demand(column="s", l=3, l_kind="entropy"), "entropy l-diversity of 's' .* l = 1.895"),
        (
            Demand(column="s", l=3, l_kind="recursive", c=1),
            r"recursive \(c, l\)-diversity of 's' .* takes a c above 8; raise c",
        ),
    ],
)
def test_demand_that_all_rows_together_miss_is_refused(demand: Demand, refusal: str) -> None:
    """No cut can help: the error names the demand, the best and the remedy, and no value."""
    frame = pd.DataFrame({"q": range(10), "s": ["secret"] * 8 + ["b", "c"]})
    with pytest.raises(AnonymizationError) as refused:
        generalize(frame, ["q"], Guarantee(k=2, demands=[demand]))
    assert re.search(refusal, str(refused.value))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("c", "is_diverse"), [(3, False), (4, False), (4.1, True)])
def test_recursive_diversity_sorts_the_counts_descending(c: float, *, is_diverse: bool) -> None:
    """Counts 1/8/1 are (c, 2)-diverse for c above 4 only, in whatever order they come."""
    column = pd.Series(["a"] + ["b"] * 8 + ["c"])
    demand = Demand(column="s", l=2, l_kind="recursive", c=c)
    values = Sensitive.of(demand, column, np.zeros(10, dtype=np.int64))
    assert values.are_satisfied().tolist() == [is_diverse]


def test_closeness_compares_distributions_value_by_value() -> None:
    """A class of .1/.9 among .9/.1 is 0.8 away, not 0; the message says how far."""
    column = pd.Series(["a"] * 90 + ["b"] * 10)
    labels = np.r_[np.full(1, 0), np.full(89, 1), np.full(9, 0), np.full(1, 1)]
    values = Sensitive.of(Demand(column="s", t=0.5), column, labels)
    assert values.are_satisfied().tolist() == [False, True]
    with pytest.raises(AnonymizationError, match=r"t = 0.5: the best that was reached is t = 0.8"):
        values.require()


def test_rows_are_verified_anew() -> None:
    """Published rows that are not as demanded are refused, whoever made them."""
    frame = pd.DataFrame({"q": ["x"] * 3 + ["y"] * 3, "s": list("aabaaa")})
    kept = np.array([True] * 3 + [False] * 3)
    demands = [Demand(column="s", l=2)]
    verify(frame, kept, ["q"], demands)
    with pytest.raises(AnonymizationError, match="distinct l-diversity of 's'"):
        verify(frame, ~kept, ["q"], demands)
