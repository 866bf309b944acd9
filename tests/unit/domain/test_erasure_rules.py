"""Given the events of an erasure, when something is asked of it, then these events or a refusal."""

from __future__ import annotations

from typing import Literal

import pytest

from lineage.domain.erasure import (
    ERASURE,
    CompleteErasure,
    EndStep,
    ErasureCommand,
    PlanErasure,
)
from lineage.events import (
    ErasureCompleted,
    ErasurePlanned,
    ErasureStep,
    ErasureStepEnded,
    Event,
)
from lineage.kernel.errors import CommandRejectedError

STEP = ErasureStep(
    action="delete_file", subject="artifact", uri="out.csv", sha256="a" * 64, reason="it holds it"
)
PLANNED = ErasurePlanned(kind="run", target="r1", reason="request of 3 May", steps=(STEP, STEP))
COMPLETED = ErasureCompleted(receipt="erased", remaining=())


def ended(step: int, outcome: Literal["done", "kept", "failed"] = "done") -> ErasureStepEnded:
    """A step that ended."""
    return ErasureStepEnded(step=step, outcome=outcome, detail={})


def when(command: ErasureCommand, *given: Event) -> tuple[Event, ...]:
    """The events of a command after others."""
    return ERASURE.decide(ERASURE.fold(given), command)


def test_erasure_is_planned_once() -> None:
    """A second plan would hide what the first left undone."""
    assert when(PlanErasure(planned=PLANNED)) == (PLANNED,)
    with pytest.raises(CommandRejectedError, match="planned already"):
        when(PlanErasure(planned=PLANNED), PLANNED)


def test_plan_without_steps_is_refused() -> None:
    """A receipt for nothing would be a lie."""
    with pytest.raises(CommandRejectedError, match="nothing holds"):
        when(PlanErasure(planned=PLANNED.model_copy(update={"steps": ()})))


@pytest.mark.parametrize("outcome", ["done", "kept"])
def test_step_ends_once(outcome: Literal["done", "kept"]) -> None:
    """Doing it again after a crash changes nothing."""
    command = EndStep(ended=ended(2, outcome))

    assert when(command, PLANNED) == (ended(2, outcome),)
    assert when(command, PLANNED, ended(2, outcome)) == ()


def test_failed_step_is_tried_again() -> None:
    """The failure is on record, and so is what came of the next try."""
    assert when(EndStep(ended=ended(1)), PLANNED, ended(1, "failed")) == (ended(1),)


@pytest.mark.parametrize(
    ("step", "given", "problem"),
    [
        (3, (PLANNED,), "the plan has 2"),
        (1, (), "the plan has 0"),
        (1, (PLANNED, ended(1), ended(2), COMPLETED), "completed"),
    ],
)
def test_step_that_is_not_planned_is_refused(
    step: int, given: tuple[Event, ...], problem: str
) -> None:
    """Nothing is erased that nobody planned."""
    with pytest.raises(CommandRejectedError, match=problem):
        when(EndStep(ended=ended(step)), *given)


def test_erasure_is_completed_when_all_steps_have_ended() -> None:
    """Completing it again changes nothing."""
    done = (PLANNED, ended(2, "kept"), ended(1))

    assert when(CompleteErasure(completed=COMPLETED), *done) == (COMPLETED,)
    assert when(CompleteErasure(completed=COMPLETED), *done, COMPLETED) == ()


@pytest.mark.parametrize(
    ("given", "left"),
    [((), "all"), ((PLANNED,), "1, 2"), ((PLANNED, ended(1), ended(2, "failed")), "2")],
)
def test_erasure_with_open_steps_is_not_completed(given: tuple[Event, ...], left: str) -> None:
    """The receipt never promises what was not done."""
    with pytest.raises(CommandRejectedError, match=f"not ended: {left}"):
        when(CompleteErasure(completed=COMPLETED), *given)
