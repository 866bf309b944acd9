"""What people write for a moment, and which moment that is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.cli.screen import console
from lineage.kernel.errors import MomentError
from projections.catalog import moments

NOW = datetime(2026, 1, 31, 12, 6, 5, 250_000, tzinfo=UTC)
HERE = timezone(timedelta(hours=1))
ZONES = ("CET-1CEST,M3.5.0,M10.5.0/3", "UTC", "EST5EDT,M3.2.0,M11.1.0", "IST-5:30")


@pytest.fixture(params=ZONES[:1])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader in a zone."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def here(*parts: int) -> datetime:
    """A time on the reader's clock, at the end of its second."""
    return datetime(*parts, 999_999, tzinfo=HERE)  # type: ignore[arg-type,misc]  # year to second


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("120", 120),
        ("now", NOW),
        (" Today ", NOW),
        ("yesterday", here(2026, 1, 30, 23, 59, 59)),
        ("2h", NOW - timedelta(hours=2)),
        ("30 min ago", NOW - timedelta(minutes=30)),
        ("3d", NOW - timedelta(days=3)),
        ("1 week ago", NOW - timedelta(weeks=1)),
        ("13:05", here(2026, 1, 31, 13, 5, 0)),
        ("13:06:05", NOW),
        ("13:07", here(2026, 1, 30, 13, 7, 0)),
        ("9:30", here(2026, 1, 31, 9, 30, 0)),
        ("2026-01-30", here(2026, 1, 30, 23, 59, 59)),
        ("2026-01-31", NOW),
        ("2026-01-30 10:00", here(2026, 1, 30, 10, 0, 0)),
        ("2026-01-30T10:00:00", here(2026, 1, 30, 10, 0, 0)),
        ("2026-01-30 10:00:00+01:00", here(2026, 1, 30, 10, 0, 0)),
        ("2026-01-30T09:00:00z", here(2026, 1, 30, 10, 0, 0)),
        ("2026-01-30T09:00:00.5Z", datetime(2026, 1, 30, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-07-01 10:00", datetime(2026, 7, 1, 8, 0, 0, 999_999, tzinfo=UTC)),
    ],
)
def test_text_means_a_moment(text: str, moment: int | datetime) -> None:
    """Words, spans, clocks, days and times, on the reader's clock unless they name a zone."""
    assert moments.parse(text, NOW) == moment


@pytest.mark.parametrize("zone", ZONES, indirect=True)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=st.datetimes(datetime(1980, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis adds it
def test_what_the_screen_shows_is_the_same_second(zone: None, moment: datetime) -> None:
    """A time that is pasted from the screen includes what happened in its second."""
    del zone
    shown = console.shown(moment)

    assert moments.parse(shown, NOW) == moment.replace(microsecond=999_999)
    assert moments.names_zone(shown)


@pytest.mark.parametrize(
    "text", ["25:00", "2026-02-30", "5 parsecs", "tomorrow", "-3", "", "99999999999d"]
)
def test_text_that_means_no_moment_is_refused_with_the_forms(text: str) -> None:
    """The message lists what would have been understood."""
    with pytest.raises(MomentError, match=r"neither a position nor a time, .*30 min ago"):
        moments.parse(text, NOW)


@pytest.mark.parametrize(
    ("text", "is_named"),
    [("2026-01-30 10:00", False), ("2026-01-30", False), ("13:06", False), ("2h", False),
     ("2026-01-30 10:00Z", True), ("2026-01-30 10:00:05-05:00", True)],
)  # fmt: skip
def test_zone_is_named_by_date_and_time_with_offset(text: str, is_named: bool) -> None:  # noqa: FBT001  # a case
    """All else is understood on the reader's clock, which a note says."""
    assert moments.names_zone(text) is is_named
