"""Periods for which data may be kept: ISO 8601 durations, added to a time."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, datetime, timedelta
from typing import Final

_PERIOD: Final = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?"
)
_MONTHS: Final = 12


def end_of(since: datetime, period: str) -> datetime:
    """Return when a period ends.

    Years and months are those of the calendar; a day that the month lacks becomes its last.

    Args:
        since: Its beginning, timezone-aware.
        period: As `DatasetDeclaration.retention` holds it ("P2Y", "P30D", "P1Y6M").

    Raises:
        ValueError: It is no such period.
        OverflowError: It ends after the year 9999.
    """
    matched = _PERIOD.fullmatch(period)
    if matched is None or not any(matched.groups()):
        raise ValueError(f"not a period: {period}")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in matched.groups())
    moved = _later(since, years * _MONTHS + months)
    return moved + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def _later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * _MONTHS + moment.month - 1 + months, _MONTHS)
    if year > MAXYEAR:
        raise OverflowError("the period ends after the year 9999")
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
