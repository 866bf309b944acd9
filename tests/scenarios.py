"""A little language for rules: `given(*events).when(command).then(*events)`.

A test module binds it to the rules it is about: `given = scenarios.of(RUN)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import pytest

from lineage.domain.decider import Command, Decider, State
from lineage.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Generic[State, Command]):
    """What has happened so far."""

    decider: Decider[State, Command]
    events: tuple[Event, ...]

    @property
    def state(self) -> State:
        """What the rules make of it."""
        return self.decider.fold(self.events)

    def when(self, *commands: Command) -> When[State, Command]:
        """Carry out commands; only the last one is what the test is about."""
        *earlier, last = commands
        events = self.events
        for command in earlier:
            events += self.decider.decide(self.decider.fold(events), command)
        given = Given(decider=self.decider, events=events)
        return When(given=given, command=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Generic[State, Command]):
    """A command that meets what has happened so far."""

    given: Given[State, Command]
    command: Command

    def then(self, *expected: Event) -> None:
        """State exactly which events the command leads to."""
        assert self.given.decider.decide(self.given.state, self.command) == expected

    def refuses(self, error: type[Exception], *, match: str) -> None:
        """State with which error the command is refused."""
        with pytest.raises(error, match=match):
            self.given.decider.decide(self.given.state, self.command)


def of(decider: Decider[State, Command]) -> Callable[..., Given[State, Command]]:
    """Return `given` for the rules of one kind of stream."""

    def given(*events: Event) -> Given[State, Command]:
        return Given(decider=decider, events=events)

    return given
