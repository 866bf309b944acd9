"""A bin of a histogram has at least k rows, and its ends are no value of a row."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.profiling import histogram
from ops.profiling.histogram import Bin


def dates(*days: date | datetime, k: int = 2) -> tuple[Bin, ...] | None:
    """Return the histogram of dates."""
    pairs = pc.value_counts(pa.array(days))
    return histogram.of_dates(pairs.field("values"), pairs.field("counts").to_numpy(), k)


@settings(max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("inf")), max_size=60), st.integers(2, 6))
def test_bins_of_numbers_hold_all_rows_and_at_least_k_each(cells: list[float], k: int) -> None:
    """Every finite number is in exactly one bin, none of which is small."""
    values, counts = np.unique(np.array(cells, dtype=float), return_counts=True)
    bins = histogram.of_numbers(values, counts, (-1e5, 1e5), k)
    finite = [cell for cell in cells if cell != float("inf")]
    if bins is None:
        return
    assert sum(found.rows for found in bins) == len(finite)
    for found in bins:
        low, high = found.low or -float("inf"), found.high or float("inf")
        assert isinstance(low, float)
        assert isinstance(high, float)
        if found.low != 0.0 and found.high != 0.0:
            assert found.rows == sum(low <= cell < high for cell in finite) >= k
    assert bins[0].low is None
    assert bins[-1].high is None


def test_even_numbers_fill_the_bins_evenly() -> None:
    """Twenty bins of one width; the ends beyond low and high are open."""
    values = np.arange(100.0)
    bins = histogram.of_numbers(values, np.ones(100, dtype=np.int64), (0.0, 100.0), 5)
    assert bins is not None
    assert [found.rows for found in bins] == [5] * 20
    assert (bins[1].low, bins[1].high) == (5.0, 10.0)


@pytest.mark.parametrize(
    ("values", "ends"),
    [([], (0.0, 1.0)), ([1.0], (0.0, 2.0)), ([3.0] * 9, (3.0, 3.0)), ([1.0, 2.0], (-1e308, 1e308))],
)
def test_few_or_equal_numbers_have_no_histogram(
    values: list[float], ends: tuple[float, float]
) -> None:
    """One bin would say no more than the number of rows."""
    found, counts = np.unique(np.array(values, dtype=float), return_counts=True)
    assert histogram.of_numbers(found, counts, ends, 2) is None


def test_dates_are_counted_by_day_month_or_year() -> None:
    """The finest unit is taken that gives few enough bins; small ones are merged."""
    days = dates(*[date(2024, 1, day) for day in (1, 1, 2, 3, 3)])
    assert days == (
        Bin(low=None, high="2024-01-02", rows=2),
        Bin(low="2024-01-02", high=None, rows=3),
    )
    months = dates(*[date(2024, month, 1) for month in (1, 1, 4, 4)])
    assert months is not None
    assert months[0].high == "2024-02"
    years = dates(*[date(year, 5, 5) for year in (1990, 1990, 2020, 2020)])
    assert years is not None
    assert (years[0].high, years[-1].low) == ("1991", "1991")
    assert dates(*[datetime(2024, 1, day, 12) for day in (1, 1, 2, 2)]) is not None  # noqa: DTZ001


def test_centuries_are_counted_in_groups_of_years() -> None:
    """There are never more than forty bins."""
    found = dates(*[date(year, 1, 1) for year in range(1, 2001)])
    assert found is not None
    assert len(found) <= 40
    assert sum(each.rows for each in found) == 2000


@pytest.mark.parametrize(
    "kind", [pa.date32(), pa.date64(), pa.timestamp("ns"), pa.timestamp("s", "UTC")]
)
def test_dates_of_any_type_have_a_histogram(kind: pa.DataType) -> None:
    """Unit and zone do not matter."""
    values = pa.array([0, 86_400_000_000_000 // 1_000_000_000], pa.timestamp("s")).cast(kind)
    found = histogram.of_dates(values, np.array([3, 4]), 2)
    assert found == (
        Bin(low=None, high="1970-01-02", rows=3),
        Bin(low="1970-01-02", high=None, rows=4),
    )
    assert histogram.of_dates(values[:0], np.array([], dtype=np.int64), 2) is None
