"""A period ends on the day that a calendar shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lineage.policies.periods import end_of


@pytest.mark.parametrize(
    ("since", "period", "ends"),
    [
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2023-11-30", "P3M", "2024-02-29"),
        ("2024-01-31", "P1Y1M1D", "2025-03-01"),
        ("2024-01-01", "P2W", "2024-01-15"),
        ("2024-12-31", "P30D", "2025-01-30"),
        ("2024-01-01", "PT36H", "2024-01-02 12:00"),
        ("2024-01-01", "P0D", "2024-01-01"),
    ],
)
def test_period_ends_by_the_calendar(since: str, period: str, ends: str) -> None:
    """Months and years keep the day, or take the last one that there is."""
    begun, ended = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (since, ends))

    assert end_of(begun, period) == ended


@pytest.mark.parametrize("period", ["", "P", "PT", "1Y", "P-1D", "P1H"])
def test_text_that_is_no_period_is_an_error(period: str) -> None:
    """Nothing is taken for zero days."""
    with pytest.raises(ValueError, match="not a period"):
        end_of(datetime(2024, 1, 1, tzinfo=UTC), period)


@pytest.mark.parametrize("period", ["P9000Y", "P9999999D"])
def test_period_without_end_is_an_error(period: str) -> None:
    """A date after the year 9999 is told."""
    with pytest.raises(OverflowError):
        end_of(datetime(2024, 1, 1, tzinfo=UTC), period)
