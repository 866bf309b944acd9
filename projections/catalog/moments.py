"""Which events a query about the past uses: two clocks, kept apart.

One clock says when something happened, the other when it was recorded. They differ for events
recorded late: a run imported from elsewhere, and what a counted process keeps in memory until
its next save. Such an event carries its time as `occurred_at`; all others happened when they
were recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import duckdb

from lineage.kernel.errors import MomentError
from lineage.ledger import Ledger
from projections.catalog.catalog import CONFIGURATION

if TYPE_CHECKING:
    import pyarrow as pa

Moment: TypeAlias = int | datetime
"""A position of the ledger, or a timezone-aware time."""

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

_HAPPENED_BY: Final = """
select coalesce((payload->>'$.occurred_at')::timestamptz <= ?, false) from dated
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The events that a query about the past uses.

    Attributes:
        known: The last position that counts as known.
        settled: Every event up to this position counts; at most `known`.
        happened_by: Later events up to `known` count if their own time is not after this; None
            if no later event counts.
    """

    known: int
    settled: int
    happened_by: datetime | None = None

    def events(self, ledger: Ledger) -> Iterator[pa.Table]:
        """Yield the events in order, in tables as `Ledger.read_arrow` does.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        yield from ledger.read_arrow(until=self.settled)
        if self.happened_by is None:
            return
        import pyarrow as pa  # noqa: PLC0415  # start-up time
        from pyarrow import compute  # noqa: PLC0415

        topics = pa.array(sorted(dated_topics()))
        for table in ledger.read_arrow(after=self.settled, until=self.known):
            dated = table.filter(compute.is_in(table["type"], topics))
            if dated.num_rows:
                yield dated.filter(_had_happened(dated, self.happened_by))


def past(ledger: Ledger, as_of: Moment | None = None, as_known_at: Moment | None = None) -> Past:
    """Return which events to use.

    Args:
        ledger: The ledger with the events.
        as_of: What had happened. A time means the events that had happened by then, whenever
            they were recorded; a position means the events up to it.
        as_known_at: What was known: the events up to this position, or those recorded by this
            time. If a clock was set back, every event before one recorded by then counts, too.

    Raises:
        MomentError: A time has no offset or is in the future, or a position is outside the ledger.
        LedgerError: The ledger cannot be read.
    """
    head = ledger.head()
    known = head if as_known_at is None else _position(ledger, as_known_at, head)
    if as_of is None:
        return Past(known=known, settled=known)
    happened = _position(ledger, as_of, head)
    if not isinstance(as_of, datetime) or happened >= known:
        return Past(known=known, settled=min(happened, known))
    return Past(known=known, settled=happened, happened_by=as_of)


def dated_topics() -> frozenset[str]:
    """Return the type words of the events that carry the time when they happened."""
    from lineage.events import VOCABULARY  # noqa: PLC0415  # start-up time

    return frozenset(cls.TOPIC for cls in VOCABULARY if "occurred_at" in cls.model_fields)


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
    for read in (_ordinal, _word, _ago, _clock, _day, _date_and_time):
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


def _position(ledger: Ledger, moment: Moment, head: int) -> int:
    if not isinstance(moment, datetime):
        if not 0 <= moment <= head:
            raise MomentError(
                f"position {moment}",
                expected=f"one from 0 to {head}, the end of the ledger",
                remedy="leave it out to see the present",
            )
        return moment
    _check_offset(moment)
    position = ledger.position_at(moment)
    if position == head and _is_future(ledger, moment, head):
        raise MomentError(
            f"time {moment.isoformat()!r}",
            problem="in the future",
            remedy="leave it out to see the present",
        )
    return position


def _check_offset(moment: datetime) -> None:
    subject = f"time {moment.isoformat()!r}"
    if moment.tzinfo is None:
        raise MomentError(
            subject,
            problem="no UTC offset",
            remedy=f"write '{moment.isoformat()}Z' for UTC",
        )
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise MomentError(subject, expected="a time in the years 1 to 9999 UTC") from None


def _is_future(ledger: Ledger, moment: datetime, head: int) -> bool:
    if moment <= ledger.clock.now():
        return False
    # a clock that was set back must not hide events it has recorded
    last = ledger.mark_at(head)
    return last is None or moment > last[2]


def _had_happened(dated: pa.Table, moment: datetime) -> pa.Array:
    with duckdb.connect(config={**CONFIGURATION, "threads": 1}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("dated", dated)
        answer = connection.sql(_HAPPENED_BY, params=[moment.astimezone(UTC)]).to_arrow_table()
    return answer.column(0).combine_chunks()


def _ordinal(text: str, _now: datetime) -> int | None:
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
