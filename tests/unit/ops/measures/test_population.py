"""Risk in a known population counts its people, and refuses a population of others."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from anonymize_strategies import class_sizes, frames
from hypothesis import given, settings

from lineage.kernel.errors import AnonymizationError
from ops.measures.population import measure_population_risk

POPULATION = pd.DataFrame({"q": ["a"] * 2 + ["b"] * 10 + [None] * 4, "x": range(16)})


def test_risk_counts_the_people_of_the_population() -> None:
    """One of two, one of ten and two of four people are at 1/2, 1/10 and twice 1/4."""
    sample = pd.DataFrame({"q": pd.Categorical(["a", "b", None, None])})
    for frame in (sample, pa.Table.from_pandas(sample)):
        found = measure_population_risk(frame, POPULATION, ["q"], threshold=3)
        assert (found.k_map, found.journalist_max, found.population_rows) == (2, 0.5, 16)
        assert found.journalist_average == pytest.approx((0.5 + 0.1 + 0.25 + 0.25) / 4)
        assert found.rows_below_threshold == 1


@settings(deadline=None, max_examples=30)
@given(frame=frames())
def test_any_frame_has_the_k_map_of_a_plain_count(frame: pd.DataFrame) -> None:
    """A part of the rows has, in all rows, the least class size among its own."""
    columns = ["i", "f", "t"]
    part = frame.iloc[::2]
    sizes = class_sizes(frame, columns)
    found = measure_population_risk(part, frame, columns, threshold=2)
    assert found.k_map == min(sizes[key] for key in class_sizes(part, columns))


def test_people_outside_of_the_population_are_refused() -> None:
    """A class with more rows than people counts, and so does a number against a text."""
    for value in ("z", "a"):
        with pytest.raises(AnonymizationError, match="population: 3 rows of the dataset"):
            measure_population_risk(
                pd.DataFrame({"q": [value] * 3}), POPULATION, ["q"], threshold=2
            )
    numbers = pd.DataFrame({"q": [1, 2]})
    with pytest.raises(AnonymizationError, match="population: 2 rows of the dataset"):
        measure_population_risk(numbers, numbers.astype(str), ["q"], threshold=2)


def test_dataset_without_rows_has_no_risk() -> None:
    """All figures are 0."""
    found = measure_population_risk(POPULATION.head(0), POPULATION, ["q"], threshold=2)
    assert (found.k_map, found.journalist_max, found.journalist_average) == (0, 0.0, 0.0)
