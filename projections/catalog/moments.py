"""Which events a query about the past uses: two clocks, kept apart.

One clock says when something happened, the other when it was recorded. They differ for events
recorded late: a run imported from elsewhere, and what a counted process keeps in memory until
its next save. Such an event carries its time as `occurred_at`; all others happened when they
were recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import duckdb

from lineage.kernel.errors import MomentError
from lineage.ledger import Ledger
from projections.catalog.catalog import CONFIGURATION

if TYPE_CHECKING:
    import pyarrow as pa

Moment: TypeAlias = int | datetime
"""A position of the ledger, or a timezone-aware time."""

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
    last = next(ledger.read(after=head - 1, until=head), None)
    return last is None or moment > last.recorded_at


def _had_happened(dated: pa.Table, moment: datetime) -> pa.Array:
    with duckdb.connect(config={**CONFIGURATION, "threads": 1}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("dated", dated)
        answer = connection.sql(_HAPPENED_BY, params=[moment.astimezone(UTC)]).to_arrow_table()
    return answer.column(0).combine_chunks()
