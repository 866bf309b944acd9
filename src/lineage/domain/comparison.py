"""The rules of a comparison: the result of a rerun is recorded once."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.domain.decider import Decider
from lineage.events import Event, RunCompared
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordComparison:
    """Record how the outputs of a run and of its rerun compare."""

    compared: RunCompared


def decide(is_recorded: bool, command: RecordComparison) -> tuple[Event, ...]:  # noqa: FBT001  # the state
    """Return the event that records a comparison.

    Raises:
        CommandRejectedError: It is already recorded.
    """
    if is_recorded:
        raise CommandRejectedError("comparison", problem="already recorded")
    return (command.compared,)


def evolve(is_recorded: bool, event: Event) -> bool:  # noqa: FBT001  # the state
    """Return whether it has been recorded."""
    return is_recorded or isinstance(event, RunCompared)


COMPARISON: Decider[bool, RecordComparison] = Decider(initial=False, decide=decide, evolve=evolve)
"""The rules of the streams `comparison:<id>`; the state is whether it has been recorded."""
