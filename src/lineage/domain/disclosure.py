"""The rules of showing what pages withhold: with a reason, and once for each asking."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.domain.decider import Decider
from lineage.events import Event, QueryAsked, ValuesDisclosed
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """Record that somebody is shown values, or asks a question that may show them.

    Attributes:
        said: What they ask for.
    """

    said: ValuesDisclosed | QueryAsked


def decide(state: bool, command: Disclose) -> tuple[Event, ...]:  # noqa: FBT001  # the state
    """Return what was asked for.

    Raises:
        CommandRejectedError: The stream has an asking already, or no reason or question is given.
    """
    said = command.said
    if state:
        raise CommandRejectedError("disclosure", problem="it is on record already")
    why = said.reason if isinstance(said, ValuesDisclosed) else said.query
    if not why.strip():
        raise CommandRejectedError("disclosure", problem="it says neither why nor what")
    return (said,)


def evolve(state: bool, event: Event) -> bool:  # noqa: FBT001  # the state
    """Return whether an asking is on record after an event."""
    return state or isinstance(event, ValuesDisclosed | QueryAsked)


DISCLOSURE: Decider[bool, Disclose] = Decider(initial=False, decide=decide, evolve=evolve)
"""The rules of the streams `disclosure:<id>` and `query:<id>`."""
