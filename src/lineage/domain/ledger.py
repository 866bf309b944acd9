"""The rules of the ledger itself: it is encrypted once, and stays so."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.domain.decider import Decider
from lineage.events import Event, LedgerConverted
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertLedger:
    """Record that the ledger was encrypted."""

    converted: LedgerConverted


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """What is on record about the ledger.

    Attributes:
        is_converted: Whether it was encrypted after it had begun.
    """

    is_converted: bool = False


def decide(state: LedgerState, command: ConvertLedger) -> tuple[Event, ...]:
    """Return the event.

    Raises:
        CommandRejectedError: It was encrypted before, or more is sealed than there is.
    """
    converted = command.converted
    if state.is_converted:
        raise CommandRejectedError("ledger", problem="it was encrypted before")
    if converted.sealed_size is not None and converted.sealed_size > converted.previous_size:
        raise CommandRejectedError(
            "ledger",
            problem=f"{converted.sealed_size} of {converted.previous_size} events are sealed",
            remedy="run `lineage verify`",
        )
    return (converted,)


def evolve(state: LedgerState, event: Event) -> LedgerState:
    """Return the state after an event."""
    return LedgerState(is_converted=True) if isinstance(event, LedgerConverted) else state


LEDGER: Decider[LedgerState, ConvertLedger] = Decider(
    initial=LedgerState(), decide=decide, evolve=evolve
)
"""The rules of the stream `ledger:encryption`."""
