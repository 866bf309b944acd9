"""Loss, precision and entropy follow their definitions, and refuse what has no place."""

from __future__ import annotations

import math

import pandas as pd
import pyarrow as pa
import pytest
from anonymize_strategies import frames
from hypothesis import given, settings

from lineage.kernel.errors import AnonymizationError
from ops.measures.hierarchies import numeric_intervals, of_table
from ops.measures.information_loss import measure_entropy_loss, measure_hierarchy_loss

TOWNS = pa.table(
    {
        "leaf": ["Ulm", "Bonn", "Lyon", "Nice"],
        "country": ["Germany", "Germany", "France", "France"],
        "top": ["*"] * 4,
    }
)
ORIGINAL = pd.DataFrame({"town": ["Ulm", "Ulm", "Bonn", "Lyon"]})


def test_loss_and_precision_count_leaves_and_levels() -> None:
    """Of four leaves two are a third of what there is to lose; their level is half the height."""
    published = pd.DataFrame({"town": ["Ulm", "Germany", "*", None]})
    found = measure_hierarchy_loss(
        ORIGINAL, published, {"town": of_table("hierarchy of 'town'", TOWNS)}
    )
    assert found.by_attribute["town"].loss == pytest.approx((0 + 1 / 3 + 1 + 1) / 4)
    assert found.loss == pytest.approx((0 + 1 / 3 + 1 + 1) / 4)
    assert found.precision == pytest.approx(1 - (0 + 0.5 + 1 + 1) / 4)


def test_numbers_are_leaves_as_text() -> None:
    """39, 39.0 and the category 39 are the leaf "39"."""
    levels = of_table("age", pa.table({"leaf": [39, 40], "top": ["*", "*"]}))
    for ages in (
        pd.Series([39, 40]),
        pd.Series([39.0, 40.0]),
        pd.Series([39, 40], dtype="category"),
    ):
        frame = pd.DataFrame({"age": ages})
        assert measure_hierarchy_loss(frame, frame, {"age": levels}).loss == 0


def test_entropy_loss_is_the_bits_that_are_missing() -> None:
    """Of two Ulm and one Bonn under one label the rows miss log2(3/2) and log2(3) bits."""
    published = pd.DataFrame({"town": ["Germany", "Germany", "Germany", "Lyon"]})
    found = measure_entropy_loss(ORIGINAL, published, ["town"])
    assert found["town"] == pytest.approx(2 * math.log2(3 / 2) + math.log2(3))


def test_suppressed_cells_lose_all_bits() -> None:
    """A null beside a value is what every row might be."""
    found = measure_entropy_loss(ORIGINAL, pd.DataFrame({"town": [None] * 4}), ["town"])
    assert found["town"] == pytest.approx(2 * math.log2(4 / 2) + 2 * math.log2(4))


@settings(deadline=None, max_examples=30)
@given(frame=frames())
def test_unchanged_rows_have_lost_no_bits(frame: pd.DataFrame) -> None:
    """Nulls that were null before are no loss."""
    assert set(measure_entropy_loss(frame, frame, ["i", "f", "t"]).values()) == {0.0}


def test_value_that_the_hierarchy_does_not_have_is_refused() -> None:
    """The refusal counts rows and shows no value."""
    published = pd.DataFrame({"town": ["Ulm", "Paris", "France", "Lyon"]})
    with pytest.raises(AnonymizationError, match="hierarchy of 'town': 2 rows with") as refused:
        measure_hierarchy_loss(
            ORIGINAL, published, {"town": of_table("hierarchy of 'town'", TOWNS)}
        )
    assert "Paris" not in str(refused.value)


def test_leaf_that_is_listed_twice_counts_once() -> None:
    """Equal rows of a hierarchy are one leaf."""
    published = pd.DataFrame({"town": ["Ulm", "Germany", "*", None]})
    once, twice = (of_table("town", pa.concat_tables([TOWNS] * times)) for times in (1, 2))
    found = [measure_hierarchy_loss(ORIGINAL, published, {"town": h}) for h in (once, twice)]
    assert found[0] == found[1]


def test_leaf_that_the_hierarchy_lacks_is_refused() -> None:
    """The refusal counts values and shows none."""
    known = of_table("town", TOWNS.slice(2))
    with pytest.raises(AnonymizationError, match="town: no row for 2 of 3 values") as refused:
        measure_hierarchy_loss(ORIGINAL, ORIGINAL, {"town": known})
    assert "Ulm" not in str(refused.value)


def test_rule_has_the_values_of_the_column_as_leaves() -> None:
    """Of three ages two are one interval of ten years; null is a leaf until all are one."""
    original = pd.DataFrame({"age": pd.Series([31, 39, 45, None], dtype="Int64")})
    published = pd.DataFrame({"age": ["[30, 40)", "[30, 40)", "45", None]})
    found = measure_hierarchy_loss(original, published, {"age": numeric_intervals("age", [10])})
    assert found.loss == pytest.approx((1 / 3 + 1 / 3) / 4)
    assert found.precision == pytest.approx(1 - (0.5 + 0.5) / 4)


def test_frames_that_differ_in_length_are_refused() -> None:
    """Rows stand side by side."""
    with pytest.raises(AnonymizationError, match="published rows: found 3"):
        measure_entropy_loss(ORIGINAL, ORIGINAL.head(3), ["town"])


def test_empty_frames_have_lost_nothing() -> None:
    """Without rows there is nothing to lose."""
    empty = ORIGINAL.head(0)
    assert measure_entropy_loss(empty, empty, ["town"]) == {"town": 0.0}
    found = measure_hierarchy_loss(empty, empty, {"town": of_table("hierarchy of 'town'", TOWNS)})
    assert (found.loss, found.precision) == (0.0, 1.0)
