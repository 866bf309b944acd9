"""The ways in which people write a moment, and what each means."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from lineage.kernel.errors import MomentError
from projections.catalog.moments import Moment

FORMS: Final = (
    "a position (120), a time as the screen shows it (2026-01-31 13:06:05+01:00), a local time "
    "(2026-01-31 13:06), a day (its end), 13:06 (the last one), now, today, yesterday (its end), "
    "or how long ago: 2h, '30 min ago', 3d"
)
"""What `parse` understands, for a message or a help text."""

_AGO: Final = re.compile(r"(\d+)\s*([a-z]+)(?:\s+ago)?")
_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "week", "weeks"), "weeks"),
}


def parse(text: str, now: datetime) -> Moment:
    """Return the moment that a text means.

    A time without a zone is on the reader's clock. A time without a fraction means the end of its
    second, so that what the screen shows includes what happened then. A day means its end; today,
    which has not ended, means now.

    Args:
        text: One of `FORMS`, in upper or lower case.
        now: The present, timezone-aware.

    Returns:
        A position, or a time in the zone of this machine unless the text names one.

    Raises:
        MomentError: The text is none of the forms.
    """
    wanted = " ".join(text.lower().split())
    for read in (_position, _word, _ago, _clock, _day, _date_and_time):
        try:
            found = read(wanted, now.astimezone())
        except (OverflowError, ValueError):  # no such day or hour, too long, or before the year 1
            continue
        if found is not None:
            return found
    raise MomentError(f"time {text!r}", problem="neither a position nor a time", expected=FORMS)


def names_zone(text: str) -> bool:
    """Tell whether a text is a date and time that says in which zone."""
    return re.search(r":.*(?:z|[+-]\d\d(?::?\d\d)?)$", text.strip().lower()) is not None


def _position(text: str, _now: datetime) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def _word(text: str, now: datetime) -> datetime | None:
    if text in {"now", "today"}:
        return now
    return _end(now.date() - timedelta(days=1)) if text == "yesterday" else None


def _ago(text: str, now: datetime) -> datetime | None:
    found = _AGO.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        return None
    return now - timedelta(**{_UNITS[found[2]]: int(found[1])})


def _clock(text: str, now: datetime) -> datetime | None:
    """Return the last time that the clock showed this."""
    if re.fullmatch(r"\d\d?:\d\d(?::\d\d)?", text) is None:
        return None
    shown = time.fromisoformat(text.zfill(len(text) + (text[1] == ":")))
    today = datetime.combine(now.date(), shown).astimezone()
    day = now.date() if today <= now else now.date() - timedelta(days=1)
    return _whole_second(datetime.combine(day, shown).astimezone(), now)


def _day(text: str, now: datetime) -> datetime | None:
    if re.fullmatch(r"[\d-]+", text) is None:
        return None
    day = date.fromisoformat(text)
    return now if day == now.date() else _end(day)


def _date_and_time(text: str, now: datetime) -> datetime | None:
    moment = datetime.fromisoformat(text.upper())
    moment = moment.astimezone() if moment.tzinfo is None else moment
    return moment if "." in text else _whole_second(moment, now)


def _whole_second(moment: datetime, now: datetime) -> datetime:
    """Return the end of a second; now, if that is within it."""
    end = moment.replace(microsecond=999_999)
    return now if moment <= now < end else end


def _end(day: date) -> datetime:
    """Return the last moment of a day on this machine's clock."""
    return datetime.combine(day, time.max).astimezone()
