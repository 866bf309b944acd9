"""The rules of a counted process."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import scenarios
import strategies
from hand_clock import START
from hypothesis import given as for_any
from hypothesis import strategies as st

from lineage.domain import PROCESS
from lineage.domain.process import (
    EndProcess,
    ErrorThreshold,
    InOrder,
    NoticeSilence,
    ObserveProcess,
    ProcessStatus,
    StartProcess,
)
from lineage.events import (
    Event,
    ProcessCheckpointed,
    ProcessCounted,
    ProcessEnded,
    ProcessErrorRecorded,
    ProcessInterrupted,
    ProcessStarted,
)
from lineage.events.process import MAX_COUNT, ProcessAlertRaised
from lineage.kernel.errors import CommandRejectedError, ConfigurationError

given = scenarios.of(PROCESS)


def at(seconds: float) -> datetime:
    """A moment after the start."""
    return START + timedelta(seconds=seconds)


def start(seconds: float = 0) -> StartProcess:
    """The command to begin a session."""
    return StartProcess(run_name="r", process_name="p", occurred_at=at(seconds))


def started(seconds: float = 0) -> ProcessStarted:
    """A session of the one process, which first started at 0."""
    return ProcessStarted(
        run_name="r",
        process_name="p",
        session_id=int(START.timestamp()),
        occurred_at=at(seconds),
    )


def counted(processed: int = 0, *, failed: int = 0, bytes_processed: int = 0) -> ProcessCounted:
    """Some items, all of them handled in a second."""
    return ProcessCounted(
        processed=processed,
        successful=processed - failed,
        failed=failed,
        retried=0,
        bytes_processed=bytes_processed,
        worked_us=1_000_000,
    )


def errors(count: int, error_type: str = "E") -> ProcessErrorRecorded:
    """Errors of one type."""
    return ProcessErrorRecorded(error_type=error_type, count=count, message="m", occurred_at=at(1))


def alert(measured: float, **fields: object) -> ProcessAlertRaised:
    """An alert on the number of errors."""
    defaults = {"measure": "error_count", "error_type": None, "threshold": 10}
    return ProcessAlertRaised.model_validate({**defaults, "measured": measured, **fields})


def test_first_session_gives_the_process_its_id() -> None:
    """The session id is the second in which the first session began."""
    given().when(start(0.9)).then(started(0.9))


def test_later_session_keeps_the_id() -> None:
    """Behaviour 68: the session id outlives a restart."""
    given(started()).when(start(60)).then(started(60))


def test_process_silent_for_over_300_s_is_interrupted_when_taken_up() -> None:
    """Behaviour 68: the interruption is counted when the last checkpoint is over 300 s old."""
    checkpoint = ProcessCheckpointed(occurred_at=at(10))
    found = ProcessInterrupted(silent_s=300.5, occurred_at=at(310.5))

    given(started(), checkpoint).when(start(310.5)).then(found, started(310.5))


def test_process_silent_for_300_s_is_not_interrupted() -> None:
    """The silence has to be longer than the limit."""
    given(started(), ProcessCheckpointed(occurred_at=at(10))).when(start(310)).then(started(310))


def test_ended_process_is_not_interrupted_when_started_again() -> None:
    """Behaviour 68: no interruption is counted for a process that had ended."""
    given(started(), ProcessEnded(occurred_at=at(1))).when(start(9999)).then(started(9999))


def test_silence_is_noticed_once() -> None:
    """A second look finds nothing new."""
    notice = NoticeSilence(occurred_at=at(400))

    given(started()).when(notice, notice).then()


def test_each_silence_is_counted() -> None:
    """A process that is taken up late twice has two interruptions."""
    found = ProcessInterrupted(silent_s=400, occurred_at=at(800))

    given(started()).when(start(400), start(800)).then(found, started(800))


def test_facts_before_the_start_are_refused() -> None:
    """Nothing is counted for a process that has not begun."""
    given().when(ObserveProcess(facts=(counted(1),))).refuses(
        CommandRejectedError, match="found 'absent', expected an open process"
    )


def test_facts_after_the_end_are_refused() -> None:
    """Nothing is counted after the end; the message says how to go on."""
    given(started(), ProcessEnded(occurred_at=at(1))).when(
        ObserveProcess(facts=(counted(1),))
    ).refuses(CommandRejectedError, match=r"process 'p' of run 'r'.*start_process\(\) starts it")


def test_facts_after_a_new_start_are_taken() -> None:
    """A process that was started again counts on."""
    given(started(), ProcessEnded(occurred_at=at(1))).when(
        start(2), ObserveProcess(facts=(counted(1),))
    ).then(counted(1))


def test_second_end_changes_nothing() -> None:
    """A process ends once."""
    end = EndProcess(occurred_at=at(5))

    given(started()).when(end, end).then()


def test_end_before_the_start_is_refused() -> None:
    """A process that has not begun cannot end."""
    given().when(EndProcess(occurred_at=at(0))).refuses(CommandRejectedError, match="absent")


def test_counts_beyond_64_bits_are_refused() -> None:
    """Whatever is recorded fits into the catalog's columns."""
    given(started(), counted(bytes_processed=MAX_COUNT)).when(
        ObserveProcess(facts=(counted(1),))
    ).refuses(CommandRejectedError, match="at most 9223372036854775807")


def test_refused_step_refuses_all_steps() -> None:
    """Commands in order are carried out all or none."""
    steps = (EndProcess(occurred_at=at(1)), ObserveProcess(facts=(counted(1),)))

    given(started()).when(InOrder(commands=steps)).refuses(CommandRejectedError, match="ended")


def test_steps_build_on_each_other() -> None:
    """A step sees what the ones before it led to."""
    steps = (start(), ObserveProcess(facts=(counted(1),)), EndProcess(occurred_at=at(2)))

    given().when(InOrder(commands=steps)).then(
        started(), counted(1), ProcessEnded(occurred_at=at(2))
    )


def test_threshold_that_is_reached_raises_an_alert() -> None:
    """The alert says what was measured and from where on it counts."""
    observe = ObserveProcess(facts=(errors(3),), thresholds=(ErrorThreshold(limit=10),))

    given(started(), errors(8)).when(observe).then(errors(3), alert(11))


def test_threshold_that_was_passed_raises_no_second_alert() -> None:
    """One alert a threshold, also after a restart."""
    observe = ObserveProcess(facts=(errors(5),), thresholds=(ErrorThreshold(limit=10),))

    given(started(), errors(10), started(5)).when(observe).then(errors(5))


def test_threshold_on_a_type_counts_that_type_only() -> None:
    """Errors of other types do not reach it."""
    threshold = ErrorThreshold(limit=10, error_type="F")
    observe = ObserveProcess(facts=(errors(1, "F"),), thresholds=(threshold,))

    given(started(), errors(99), errors(9, "F")).when(observe).then(
        errors(1, "F"), alert(10, error_type="F")
    )


def test_percentage_that_fell_below_its_threshold_raises_again() -> None:
    """A share of failed items may be reached more than once."""
    threshold = ErrorThreshold(limit=50, measure="failed_percent")
    bad, good = counted(1, failed=1), counted(2)
    observe = ObserveProcess(facts=(counted(1, failed=1),), thresholds=(threshold,))

    given(started(), bad, good).when(observe).then(
        bad, alert(50, measure="failed_percent", threshold=50)
    )


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_threshold_that_is_always_reached_is_refused(limit: float) -> None:
    """A limit is above 0."""
    with pytest.raises(ConfigurationError, match="expected above 0"):
        ErrorThreshold(limit=limit)


def test_percentage_of_one_type_of_error_is_refused() -> None:
    """Errors have types, failed items have none."""
    with pytest.raises(ConfigurationError, match="expected none, because it is a share"):
        ErrorThreshold(limit=1, measure="failed_percent", error_type="E")


@for_any(st.lists(strategies.events))
def test_any_history_can_be_folded(events: list[Event]) -> None:
    """`evolve` is total."""
    assert PROCESS.fold(events).status in ProcessStatus


@for_any(st.lists(st.integers(0, 1000), min_size=1), st.data())
def test_counts_add_up_however_they_are_split(numbers: list[int], data: st.DataObject) -> None:
    """One count of a sum and many counts of its parts lead to the same state."""
    parts = [counted(number) for number in numbers]
    whole = ProcessCounted(
        processed=sum(numbers),
        successful=sum(numbers),
        failed=0,
        retried=0,
        bytes_processed=0,
        worked_us=1_000_000 * len(numbers),
    )

    assert PROCESS.fold([started(), *data.draw(st.permutations(parts))]) == PROCESS.fold(
        [started(), whole]
    )
