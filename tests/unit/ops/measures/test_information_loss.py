"""Loss, precision and entropy follow their definitions, and refuse what has no place."""

from __future__ import annotations

import math

import pandas as pd
import pyarrow as pa
import pytest
from anonymize_strategies import frames
from hypothesis import given, settings

from lineage.kernel.errors import AnonymizationError
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
    found = measure_hierarchy_loss(ORIGINAL, published, {"town": TOWNS})
    assert found.by_attribute["town"].loss == pytest.approx((0 + 1 / 3 + 1 + 1) / 4)
    assert found.loss == pytest.approx((0 + 1 / 3 + 1 + 1) / 4)
    assert found.precision == pytest.approx(1 - (0 + 0.5 + 1 + 1) / 4)


def test_numbers_are_leaves_as_text() -> None:
    """39, 39.0 and the category 39 are the leaf "39"."""
    levels = pa.table({"leaf": [39, 40], "top": ["*", "*"]})
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
        measure_hierarchy_loss(ORIGINAL, published, {"town": TOWNS})
    assert "Paris" not in str(refused.value)


@pytest.mark.parametrize(
    "table", [TOWNS.slice(0, 0), TOWNS.select(["leaf"]), pa.concat_tables([TOWNS] * 2)]
)
def test_table_that_is_no_hierarchy_is_refused(table: pa.Table) -> None:
    """No leaf, no level above, or a leaf twice."""
    with pytest.raises(AnonymizationError, match="hierarchy of 'town': found"):
        measure_hierarchy_loss(ORIGINAL, ORIGINAL, {"town": table})


def test_frames_that_differ_in_length_are_refused() -> None:
    """Rows stand side by side."""
    with pytest.raises(AnonymizationError, match="published rows: found 3"):
        measure_entropy_loss(ORIGINAL, ORIGINAL.head(3), ["town"])


def test_empty_frames_have_lost_nothing() -> None:
    """Without rows there is nothing to lose."""
    empty = ORIGINAL.head(0)
    assert measure_entropy_loss(empty, empty, ["town"]) == {"town": 0.0}
    found = measure_hierarchy_loss(empty, empty, {"town": TOWNS})
    assert (found.loss, found.precision) == (0.0, 1.0)
