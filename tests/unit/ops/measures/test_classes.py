"""Keys, sorted or counted in place, give the classes of a plain count."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from anonymize_strategies import class_sizes, frames
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.measures import risk
from ops.measures.cells import tabulate
from ops.measures.classes import LARGEST_KEY, Keys, count_keys

_PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=60)


@settings(deadline=None, max_examples=40)
@given(frame=frames())
def test_any_arrow_table_has_the_class_sizes_of_a_plain_count(frame: pd.DataFrame) -> None:
    """The histogram of class sizes of a table is that of its rows counted one by one."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    found = risk.measure_risk(table, ["i", "f", "t"])
    assert dict(found.class_sizes) == Counter(class_sizes(frame, ["i", "f", "t"]).values())


@settings(deadline=None, max_examples=40)
@given(frame=frames())
def test_a_further_column_never_lowers_risk_or_raises_k(frame: pd.DataFrame) -> None:
    """Splitting classes exposes people more."""
    coarse = risk.measure_risk(frame, ["i"])
    fine = risk.measure_risk(frame, ["i", "t"])
    assert fine.k <= coarse.k
    assert fine.prosecutor_average >= coarse.prosecutor_average
    assert fine.uniques >= coarse.uniques
    assert fine.rows_below_threshold >= coarse.rows_below_threshold


@settings(deadline=None, max_examples=40)
@given(frame=frames())
def test_diversity_and_closeness_of_any_frame_are_in_their_ranges(frame: pd.DataFrame) -> None:
    """1 <= entropy l <= distinct l <= the number of values, and 0 <= t <= 1."""
    values = frame["t"].nunique(dropna=False)
    measured = risk.measure_privacy(frame, ["i"], ["t", "f"])
    varied = measured.diversity["t"]
    assert 1 - 1e-9 <= varied.entropy_l <= varied.distinct_l + 1e-9
    assert varied.distinct_l <= values
    assert all(0 <= close.t <= 1 for close in measured.closeness.values())


@pytest.mark.parametrize("factor", [1, 1_000_000, LARGEST_KEY // 8])
@settings(deadline=None, max_examples=30)
@given(pairs=_PAIRS)
def test_cells_are_counted_alike_however_large_the_keys_are(
    factor: int, pairs: list[tuple[int, int]]
) -> None:
    """Counting in place, sorting, and keys that leave no room for values give the same cells."""
    keys = np.array([key * factor for key, _ in pairs], dtype=np.int64)
    codes = np.array([code for _, code in pairs], dtype=np.int64)
    found = tabulate(Keys(keys=keys, cardinality=3 * factor + 1), codes, 5)
    expected = sorted(Counter(pairs).items())
    assert found.counts.tolist() == [count for _, count in expected]
    assert found.codes.tolist() == [code for (_, code), _ in expected]
    assert found.class_sizes.tolist() == [
        count for _, count in sorted(Counter(key for key, _ in pairs).items())
    ]
    assert keys.tolist() == [key * factor for key, _ in pairs]


@pytest.mark.parametrize("cardinality", [4, 10**12])
def test_keys_are_counted_in_order(cardinality: int) -> None:
    """Both ways give the distinct keys ascending."""
    found, counts = count_keys(np.array([3, 0, 3, 1] * 20), cardinality)
    assert (found.tolist(), counts.tolist()) == ([0, 1, 3], [20, 20, 40])
