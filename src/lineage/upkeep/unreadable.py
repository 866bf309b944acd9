"""Find the events of a ledger that are missing or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.kernel.errors import LedgerError
from lineage.ledger import Ledger


def unreadable_events(ledger: Ledger, *, after: int, until: int) -> Iterator[tuple[int, str]]:
    """Yield position and fault of each event that cannot be read, in order.

    A range with a fault is halved until one event is left, so few faults cost little.

    Args:
        ledger: The ledger; its pages may be damaged, too.
        after: The position before the first event to read.
        until: The position of the last one.
    """
    hidden: list[int] = []  # locked or erased, which is no fault
    try:
        read = ledger.read(after=after, until=until, on_unreadable=hidden.append)
        count = sum(1 for _ in read) + len(hidden)
    except LedgerError as error:
        fault = str(error)
    else:
        if count == until - after:
            return
        fault = "missing"
    if until - after == 1:
        yield until, fault
        return
    middle = (after + until) // 2
    yield from unreadable_events(ledger, after=after, until=middle)
    yield from unreadable_events(ledger, after=middle, until=until)
