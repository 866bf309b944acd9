"""The shape of every aggregate: an initial state and two functions.

Source: Jérémie Chassaing, "Functional event sourcing decider" (2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from lineage.events import Event

State = TypeVar("State")
Command = TypeVar("Command")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[State, Command]):
    """The rules of one kind of stream.

    Attributes:
        initial: The state before the first event.
        decide: State and command to the events to record; raises `CommandRejectedError`.
        evolve: State and event to the next state; never raises.
    """

    initial: State
    decide: Callable[[State, Command], tuple[Event, ...]]
    evolve: Callable[[State, Event], State]

    def fold(self, events: Iterable[Event], state: State | None = None) -> State:
        """Return the state after `events`, starting from `state` or from the beginning."""
        return reduce(self.evolve, events, self.initial if state is None else state)
