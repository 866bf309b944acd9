"""Records of several frames are compared on one scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.attacks.records import DistinctRecords, align

ROWS = st.lists(
    st.tuples(st.sampled_from([None, 0.0, 0.5, 1.0]), st.sampled_from([None, "a", "b"])),
    min_size=1,
    max_size=9,
)


@given(ROWS, ROWS)
@settings(max_examples=40, deadline=None)
def test_nearest_of_different_records_are_those_of_all(known: list, released: list) -> None:
    """Equal records are compared once, and all of their places are found in order."""
    first, second = (pd.DataFrame(rows, columns=["x", "y"]) for rows in (known, released))
    types = {"x": "float64", "y": "str"}
    here, there, _ = align(first.astype(types), second.astype(types), first.astype(types), [*types])
    distinct = DistinctRecords.of(there)
    for at in range(here.rows):
        distances = there.distances(here, at)
        assert distinct.closest(here, at) == distances.min()
        expected = np.flatnonzero(distances <= distances.min() + 1e-12)
        assert distinct.nearest(here, at).tolist() == expected.tolist()
