"""The rules of an erasure: planned once, its steps carried out in any order, then completed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, assert_never

from lineage.domain.decider import Decider
from lineage.events import ErasureCompleted, ErasurePlanned, ErasureStepEnded, Event
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanErasure:
    """Record what is going to be erased; from then on it can only be finished."""

    planned: ErasurePlanned


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStep:
    """Record how a step ended; one that failed may be tried again."""

    ended: ErasureStepEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteErasure:
    """Record the receipt."""

    completed: ErasureCompleted


ErasureCommand: TypeAlias = PlanErasure | EndStep | CompleteErasure


class ErasureState(NamedTuple):
    """What is on record about an erasure.

    Attributes:
        planned: The plan; None before it.
        ended: Numbers of the steps that need not be tried again.
        is_completed: Whether its receipt is on record.
    """

    planned: ErasurePlanned | None = None
    ended: frozenset[int] = frozenset()
    is_completed: bool = False

    @property
    def open_steps(self) -> tuple[int, ...]:
        """The steps that have not ended, in their order."""
        steps = () if self.planned is None else range(1, len(self.planned.steps) + 1)
        return tuple(step for step in steps if step not in self.ended)


def decide(state: ErasureState, command: ErasureCommand) -> tuple[Event, ...]:
    """Return the events of a command.

    Raises:
        CommandRejectedError: It is planned twice or has no steps, a step does not exist, or not
            all steps have ended.
    """
    match command:
        case PlanErasure(planned=planned):
            if state.planned is not None:
                raise CommandRejectedError("erasure", problem="it is planned already")
            if not planned.steps:
                raise CommandRejectedError("erasure", problem="nothing holds what is to be erased")
            return (planned,)
        case EndStep(ended=ended):
            _check_step(state, ended.step)
            return () if ended.step in state.ended else (ended,)
        case CompleteErasure(completed=completed):
            if state.is_completed:
                return ()
            if state.planned is None or state.open_steps:
                left = ", ".join(map(str, state.open_steps)) or "all"
                raise CommandRejectedError("erasure", problem=f"steps have not ended: {left}")
            return (completed,)
    assert_never(command)


def evolve(state: ErasureState, event: Event) -> ErasureState:
    """Return what is on record after an event."""
    match event:
        case ErasurePlanned():
            return state._replace(planned=event)
        case ErasureStepEnded() if event.outcome != "failed":
            return state._replace(ended=state.ended | {event.step})
        case ErasureCompleted():
            return state._replace(is_completed=True)
    return state


ERASURE: Decider[ErasureState, ErasureCommand] = Decider(
    initial=ErasureState(), decide=decide, evolve=evolve
)
"""The rules of the streams `erasure:<id>`."""


def _check_step(state: ErasureState, step: int) -> None:
    steps = 0 if state.planned is None else len(state.planned.steps)
    if state.is_completed or step > steps:
        raise CommandRejectedError(
            f"step {step} of an erasure",
            problem="the erasure is completed" if state.is_completed else f"the plan has {steps}",
        )
