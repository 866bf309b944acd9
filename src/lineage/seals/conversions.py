"""Where the stored bytes were replaced on record: a ledger that was encrypted later.

Heads that were signed before are over bytes that are not there any more. They hold for a copy of
them, and for nothing else; a new tree begins with the first event.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineage.events import LedgerConverted, streams
from lineage.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The last time that the stored bytes were replaced.

    Attributes:
        until: Position of the last event whose bytes were replaced.
        position: Where that is on record.
        actor: Who did it.
        is_copy_kept: Whether the earlier ledger was kept.
    """

    until: int
    position: int
    actor: str
    is_copy_kept: bool

    @property
    def sentence(self) -> str:
        """What it means for heads that were signed before."""
        kept = "a copy was kept" if self.is_copy_kept else "no copy was kept"
        return (
            f"at position {self.position:,} {self.actor} encrypted the ledger, which replaced the "
            f"bytes of the events before; heads over them hold only for a copy of these bytes "
            f"({kept})"
        )


def last_conversion(ledger: Ledger) -> Conversion | None:
    """Return the last time that the stored bytes were replaced; None if they never were.

    Raises:
        LedgerError: The history cannot be read.
    """
    found = None
    for recorded in ledger.iter_stream(streams.ENCRYPTION):
        event = recorded.event
        if isinstance(event, LedgerConverted) and recorded.position is not None:
            found = Conversion(
                until=event.previous_size,
                position=recorded.position,
                actor=recorded.actor,
                is_copy_kept=event.is_copy_kept,
            )
    return found


def replaced_until(ledger: Ledger) -> int:
    """Return the position of the last event whose bytes were replaced; 0 if none were."""
    found = last_conversion(ledger)
    return 0 if found is None else found.until
