"""Find the events of a ledger that are missing or cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lineage.kernel.errors import LedgerError
from lineage.ledger import Ledger


def unreadable_events(
    ledger: Ledger, *, after: int, until: int, on_hidden: Callable[[int], object]
) -> Iterator[tuple[int, str]]:
    """Yield position and fault of each event that cannot be read, in order.

    A range with a fault is halved until one event is left, so few faults cost little.

    Args:
        ledger: The ledger; its pages may be damaged, too.
        after: The position before the first event to read.
        until: The position of the last one.
        on_hidden: Called with the position of an event that is locked or erased, which is no
            fault; perhaps more than once.
    """
    hidden: list[int] = []
    try:
        read = ledger.read(after=after, until=until, on_unreadable=hidden.append)
        count = sum(1 for _ in read) + len(hidden)
        for position in hidden:
            on_hidden(position)
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
    yield from unreadable_events(ledger, after=after, until=middle, on_hidden=on_hidden)
    yield from unreadable_events(ledger, after=middle, until=until, on_hidden=on_hidden)
