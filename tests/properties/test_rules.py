"""Laws that hold for the rules of every kind of stream."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import events, run_commands, run_histories

from lineage.domain import COMPARISON, LOG_IMPORT, PROCESS, RUN, TASK, Decider
from lineage.domain.run import EndRun, RunCommand, RunStatus
from lineage.events import (
    Event,
    OperationFailed,
    OperationSkipped,
    OperationStarted,
    OperationSucceeded,
    RunFailed,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunStarted,
    RunSucceeded,
)
from lineage.kernel.errors import CommandRejectedError

TERMINAL = (RunSucceeded, RunFailed, RunInterrupted, RunRefused, RunImported)
ANY_DECIDER = pytest.mark.parametrize(
    "decider",
    [RUN, TASK, PROCESS, COMPARISON, LOG_IMPORT],
    ids=["run", "task", "process", "comparison", "import"],
)


@ANY_DECIDER
@given(st.lists(events, max_size=10))
def test_any_event_can_be_folded(decider: Decider[Any, Any], history: list[Event]) -> None:
    """`evolve` is total: no sequence of known events, however odd, is an error."""
    state = decider.fold(history)

    assert isinstance(state, type(decider.initial))


@ANY_DECIDER
@given(st.lists(events, max_size=10), st.integers(0, 10))
def test_fold_can_be_split_anywhere(
    decider: Decider[Any, Any], history: list[Event], cut: int
) -> None:
    """Folding a history in two parts is folding it at once."""
    first, rest = history[:cut], history[cut:]

    assert decider.fold(rest, decider.fold(first)) == decider.fold(history)


@given(run_histories(), run_commands)
def test_decision_is_the_same_each_time_and_changes_nothing(
    history: tuple[Event, ...], command: RunCommand
) -> None:
    """`decide` is pure: same state and command, same answer, and both are as before."""
    state = RUN.fold(history)
    before = deepcopy((state, command))
    answers = []
    for _ in range(2):
        try:
            answers.append(("events", RUN.decide(state, command)))
        except CommandRejectedError as error:
            answers.append((type(error).__name__, str(error)))

    assert answers[0] == answers[1]
    assert (state, command) == before


@given(st.lists(run_commands, max_size=12))
def test_recorded_history_folds_to_the_state_that_was_decided_on(
    commands: list[RunCommand],
) -> None:
    """Whatever the commands, what was recorded is all there is to know."""
    state, history = RUN.initial, ()
    for command in commands:
        with suppress(CommandRejectedError):
            decided = RUN.decide(state, command)
            state, history = RUN.fold(decided, state), history + decided

    assert RUN.fold(history) == state
    assert state.version == len(history)


@given(run_histories())
def test_history_of_a_run_has_one_beginning_and_at_most_one_end(
    history: tuple[Event, ...],
) -> None:
    """No sequence of commands begins a run twice, or ends it twice."""
    beginnings = [event for event in history if isinstance(event, RunStarted)]
    ends = [event for event in history if isinstance(event, TERMINAL)]

    assert len(beginnings) == 1
    assert isinstance(history[0], RunStarted)
    assert len(ends) <= 1


@given(run_histories())
def test_operations_of_a_history_begin_in_order_and_end_once(history: tuple[Event, ...]) -> None:
    """No sequence of commands ends what did not begin, or ends it twice, or leaves a number out."""
    begun = [e.operation for e in history if isinstance(e, OperationStarted | OperationSkipped)]
    ended = [e.operation for e in history if isinstance(e, OperationSucceeded | OperationFailed)]
    started = {e.operation for e in history if isinstance(e, OperationStarted)}

    assert begun == list(range(1, len(begun) + 1))
    assert len(ended) == len(set(ended))
    assert set(ended) <= started


@given(run_histories())
def test_successful_run_has_an_end_of_every_operation(history: tuple[Event, ...]) -> None:
    """No sequence of commands leads to a success with work under way."""
    state = RUN.fold(history)

    assert not (state.status is RunStatus.SUCCEEDED and state.open_operations)


@given(run_histories(), run_commands)
def test_only_its_description_changes_after_the_end(
    history: tuple[Event, ...], command: RunCommand
) -> None:
    """After the end of a run no command changes how it stands."""
    state = RUN.fold(history)
    if state.status is RunStatus.RUNNING:
        end = EndRun(outcome=RunInterrupted(reason="keyboard", detail="Ctrl-C"))
        state = RUN.fold(RUN.decide(state, end), state)
    with suppress(CommandRejectedError):
        after = RUN.fold(RUN.decide(state, command), state)

        assert (after.status, after.operations) == (state.status, state.operations)
