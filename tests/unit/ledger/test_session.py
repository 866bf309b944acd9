"""A session decides on what the ledger holds, and is never ahead of it unsaid."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import run_commands

from lineage.domain import RUN, TASK, Decider, RunState
from lineage.domain.run import (
    AnnotateRun,
    ArchiveRun,
    BeginOperation,
    BeginRun,
    EndOperation,
    EndRun,
    ImportRun,
    Observe,
    RunCommand,
    RunStatus,
)
from lineage.domain.task import ConfigureTask, RegisterTask
from lineage.events import (
    Event,
    MetricRecorded,
    OperationSucceeded,
    RunImported,
    RunStarted,
    RunSucceeded,
    TaskConfigured,
    TaskRegistered,
)
from lineage.kernel.errors import (
    CommandRejectedError,
    LedgerConflictError,
    LedgerError,
    LedgerUnavailableError,
    OperationNotStartedError,
    RunClosedError,
    RunExistsError,
)
from lineage.ledger import Ledger, Session
from lineage.ledger.session import BUFFER_LIMIT, MAX_CONFLICTS

RunSession = Session[RunState, RunCommand]

BEGIN = BeginRun(
    started=RunStarted(
        task_type="profiling",
        description="",
        task_version="1",
        product_version="1",
        script_path="task.py",
        report_path="report.json",
        host="host",
        pid=1,
        process_started_at=1.0,
    )
)
END = EndRun(outcome=RunSucceeded(duration_s=1, peak_memory_mb=None))


def observe(*values: object) -> Observe:
    """Return a command that measures something."""
    return Observe(
        facts=tuple(
            MetricRecorded(operation=None, category=None, name="x", value=value) for value in values
        )
    )


def values(ledger: Ledger) -> list[object]:
    """Return what the run in the ledger has measured."""
    found = (recorded.event for recorded in ledger.read_stream("run:1"))
    return [event.value for event in found if isinstance(event, MetricRecorded)]


def open_session(ledger: Ledger, stream: str = "run:1", *, is_new: bool = False) -> RunSession:
    """Return a session of a run."""

    def causation(state: RunState, event: Event) -> int | None:
        return state.version_of(getattr(event, "operation", None))

    return Session(ledger, RUN, stream, run="1", task="t", causation=causation, is_new=is_new)


@pytest.fixture
def session(ledger: Ledger) -> RunSession:
    """A session of a run that has begun."""
    opened = open_session(ledger)
    opened.handle(BEGIN)
    return opened


def test_durable_command_is_recorded_before_it_returns(session: RunSession, ledger: Ledger) -> None:
    """What `handle` returns is what the ledger holds, under the session's run and task."""
    recorded = session.handle(observe(1, 2))

    assert recorded == ledger.read_stream("run:1", after=1)
    assert {(event.run, event.task) for event in recorded} == {("1", "t")}


def test_buffered_events_are_not_recorded_before_the_next_durable_command(
    session: RunSession, ledger: Ledger
) -> None:
    """Buffered events wait, and then commit together with what made them durable."""
    assert session.handle(observe(1), durably=False) == []
    assert session.handle(observe(2), durably=False) == []
    assert values(ledger) == []

    recorded = session.handle(observe(3))

    assert values(ledger) == [1, 2, 3]
    assert len({event.recorded_at for event in recorded}) == 1


def test_flush_records_what_is_buffered_once(session: RunSession, ledger: Ledger) -> None:
    """A second flush has nothing left to do."""
    session.handle(observe(1), durably=False)

    assert len(session.flush()) == 1
    assert session.flush() == []
    assert values(ledger) == [1]


def test_full_buffer_is_recorded_by_itself(session: RunSession, ledger: Ledger) -> None:
    """A buffer holds a thousand events and no more."""
    for number in range(BUFFER_LIMIT):
        session.handle(observe(number), durably=False)

    assert values(ledger) == list(range(BUFFER_LIMIT))
    assert session.flush() == []


def test_state_counts_buffered_events(session: RunSession) -> None:
    """The next decision knows what was decided before, recorded or not."""
    begin = BeginOperation(name="a", class_name="A", code_version="1", parameters={})
    session.handle(begin, durably=False)
    session.handle(begin, durably=False)

    assert session.state.operations == 2


def test_causation_is_the_version_that_led_to_each_event(session: RunSession) -> None:
    """Also within one command, and when the cause itself was only buffered."""
    begin = BeginOperation(name="a", class_name="A", code_version="1", parameters={})
    outcome = OperationSucceeded(operation=1, status="success", duration_s=1, key="0" * 64)
    metric = MetricRecorded(operation=1, category=None, name="x", value=1)
    session.handle(observe(0), durably=False)
    session.handle(begin, durably=False)

    recorded = session.handle(EndOperation(outcome=outcome, facts=(metric,)))

    assert [(event.version, event.causation) for event in recorded] == [
        (2, None),
        (3, None),
        (4, 3),
        (5, 3),
    ]


def test_refused_command_leaves_state_and_buffer_as_they_were(
    session: RunSession, ledger: Ledger
) -> None:
    """Asking for what cannot be done costs nothing."""
    session.handle(observe(1), durably=False)
    before = session.state
    outcome = OperationSucceeded(operation=1, status="success", duration_s=1, key="0" * 64)

    with pytest.raises(OperationNotStartedError, match="one that is running"):
        session.handle(EndOperation(outcome=outcome, facts=observe(2).facts))

    assert session.state == before
    session.flush()
    assert values(ledger) == [1]


def test_command_is_decided_anew_when_another_session_was_faster(
    session: RunSession, ledger: Ledger
) -> None:
    """Both writers' events are recorded, and both know them."""
    other = open_session(ledger)
    session.handle(observe(1), durably=False)
    other.handle(observe("other"))

    recorded = session.handle(observe(2))

    assert values(ledger) == ["other", 1, 2]
    assert [event.version for event in recorded] == [3, 4]
    other.catch_up()
    assert session.state == other.state == RUN.fold(e.event for e in ledger.read_stream("run:1"))


def test_run_that_another_session_ended_takes_nothing_more(
    session: RunSession, ledger: Ledger
) -> None:
    """Buffered or not, no fact is recorded after the end, and the session knows of it."""
    open_session(ledger).handle(END)
    assert session.handle(observe(1), durably=False) == []

    with pytest.raises(RunClosedError, match="succeeded"):
        session.handle(observe(2))

    assert ledger.head() == 2
    assert session.state.status is RunStatus.SUCCEEDED
    assert session.flush() == []


def test_catching_up_with_the_end_drops_what_is_buffered(
    session: RunSession, ledger: Ledger
) -> None:
    """What can no longer be recorded is refused aloud, and then forgotten."""
    session.handle(observe(1), durably=False)
    open_session(ledger).handle(END)

    with pytest.raises(RunClosedError, match="succeeded"):
        session.catch_up()

    assert session.state == RUN.fold(event.event for event in ledger.read_stream("run:1"))
    assert session.flush() == []
    assert [e.event.TOPIC for e in session.handle(ArchiveRun(reason="x"))] == ["run.archived"]


def test_catching_up_keeps_what_is_buffered(session: RunSession, ledger: Ledger) -> None:
    """The news come first, what is buffered after them."""
    session.handle(observe(1), durably=False)
    open_session(ledger).handle(observe("other"))

    session.catch_up()

    assert session.state.version == 3
    session.flush()
    assert values(ledger) == ["other", 1]


def test_refusal_is_never_based_on_an_old_state(ledger: Ledger) -> None:
    """What another session has made possible meanwhile is done."""
    session = open_session(ledger)
    open_session(ledger).handle(BEGIN)

    assert len(session.handle(observe(1))) == 1


def test_nothing_to_do_is_never_based_on_an_old_state(ledger: Ledger) -> None:
    """A configuration that another session has replaced meanwhile is recorded again."""
    first = Session(ledger, TASK, "task:t")
    registered = TaskRegistered(
        task_type="x", description="", version="1", class_name="A", source_sha256=None
    )
    one, two = (
        ConfigureTask(configured=TaskConfigured(configuration={}, config_sha256=digit * 64))
        for digit in "12"
    )
    first.handle(RegisterTask(registered=registered))
    first.handle(one)
    Session(ledger, TASK, "task:t").handle(two)

    assert len(first.handle(one)) == 1
    assert first.handle(one) == []


def test_event_that_cannot_be_stored_leaves_the_session_in_step(
    session: RunSession, ledger: Ledger
) -> None:
    """After an event was refused by the store, the session goes on from what is recorded."""
    with pytest.raises(LedgerError, match="UTF-8"):
        session.handle(
            Observe(facts=(MetricRecorded(operation=None, category=None, name="\udc80", value=1),))
        )

    assert session.state == RUN.fold(event.event for event in ledger.read_stream("run:1"))
    session.handle(observe(2))
    assert values(ledger) == [2]


def test_unavailable_ledger_leaves_the_session_in_step(ledger_path: Path) -> None:
    """What could not be recorded is not remembered as if it were, and does not come later."""
    with (
        closing(Ledger(f"sqlite://{ledger_path}", lock_timeout_s=0.1)) as ledger,
        closing(sqlite3.connect(ledger_path, isolation_level=None)) as intruder,
    ):
        session = open_session(ledger)
        session.handle(BEGIN)
        session.handle(observe(1), durably=False)
        intruder.execute("begin immediate")
        with pytest.raises(LedgerUnavailableError, match="locked"):
            session.handle(END)
        intruder.execute("rollback")

        assert session.state.status is RunStatus.RUNNING
        assert session.state.version == 1
        session.handle(observe(2))
        assert values(ledger) == [2]


def test_writer_that_is_always_too_late_gives_up_and_forgets(ledger: Ledger) -> None:
    """After a hundred conflicts the command fails, and its events never come to light."""
    rival = open_session(ledger)
    rival.handle(BEGIN)
    turns = iter(range(MAX_CONFLICTS))

    def decide(state: RunState, command: RunCommand) -> tuple[Event, ...]:
        if isinstance(command, Observe) and next(turns, None) is not None:
            rival.handle(AnnotateRun(changes={"by": "rival"}))
        return RUN.decide(state, command)

    late = Session(ledger, Decider(initial=RunState(), decide=decide, evolve=RUN.evolve), "run:1")

    with pytest.raises(LedgerConflictError, match=f"{MAX_CONFLICTS} conflicts in a row"):
        late.handle(observe(1))

    late.handle(END)
    assert values(ledger) == []
    assert late.state == RUN.fold(event.event for event in ledger.read_stream("run:1"))


def test_session_of_a_known_stream_begins_where_it_stands(
    session: RunSession, ledger: Ledger
) -> None:
    """A session folds what was recorded before it was opened."""
    session.handle(observe(1))

    assert open_session(ledger).state == session.state


def test_threads_of_one_session_record_every_command(session: RunSession, ledger: Ledger) -> None:
    """A session may be shared: nothing is lost, and the buffer is not recorded twice."""

    def work(thread: int) -> None:
        for number in range(20):
            session.handle(observe(thread * 20 + number), durably=number % 3 == 0)

    run_threads([lambda thread=thread: work(thread) for thread in range(8)])
    session.flush()

    assert sorted(map(int, map(str, values(ledger)))) == list(range(160))
    assert session.state.version == ledger.head()


def test_threads_with_sessions_of_their_own_record_every_command(ledger: Ledger) -> None:
    """Many sessions of one stream queue up instead of failing."""
    open_session(ledger).handle(BEGIN)

    def work(thread: int) -> None:
        session = open_session(ledger)
        for number in range(10):
            session.handle(observe(thread * 10 + number))

    run_threads([lambda thread=thread: work(thread) for thread in range(6)])

    assert sorted(map(int, map(str, values(ledger)))) == list(range(60))


def run_threads(works: list[Callable[[], None]]) -> None:
    """Do several things at once and wait for all."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1]), run_commands, st.booleans()), min_size=1, max_size=12
    )
)
def test_sessions_that_take_turns_agree_with_the_ledger(
    steps: list[tuple[int, RunCommand, bool]],
) -> None:
    """Whatever two sessions do, each one's state is the fold of what was recorded."""
    with closing(Ledger("memory://")) as ledger:
        sessions = [open_session(ledger), open_session(ledger)]
        sessions[0].handle(BEGIN)
        for who, command, durably in steps:
            with suppress(CommandRejectedError):
                sessions[who].handle(command, durably=durably)
        for session in sessions:
            with suppress(CommandRejectedError):
                session.flush()
            with suppress(CommandRejectedError):
                session.catch_up()

        truth = RUN.fold(event.event for event in ledger.read_stream("run:1"))
        sessions[0].catch_up()
        assert [session.state for session in sessions] == [truth, truth]


def test_sessions_flushed_together_are_recorded_together(ledger: Ledger) -> None:
    """Commands of many streams are decided one by one and appended in the order given."""
    sessions = [open_session(ledger, stream) for stream in ("run:2", "run:1")]
    for session in sessions:
        session.handle(BEGIN, durably=False)
    sessions[1].handle(observe(1), durably=False)
    assert ledger.head() == 0

    recorded = Session.flush_all(sessions)

    assert [(event.stream, event.version) for event in recorded] == [
        ("run:2", 1),
        ("run:1", 1),
        ("run:1", 2),
    ]
    assert [session.state.version for session in sessions] == [1, 2]
    assert Session.flush_all([]) == Session.flush_all(sessions) == []


def test_session_that_is_thought_new_finds_out_what_another_has_recorded(ledger: Ledger) -> None:
    """A stream that is not looked at is decided again when the append finds it taken."""
    open_session(ledger, "run:1").handle(BEGIN)
    imported = RunImported(
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC), is_success=True, record={}, source="x"
    )
    sessions = [open_session(ledger, stream, is_new=True) for stream in ("run:1", "run:2")]
    for session in sessions:
        session.handle(ImportRun(imported=imported), durably=False)

    recorded = Session.flush_all(sessions)

    assert [event.stream for event in recorded] == ["run:2"]
    assert sessions[0].state.status is RunStatus.RUNNING


def test_command_that_became_impossible_leaves_nothing_of_the_others(ledger: Ledger) -> None:
    """Sessions that are flushed together are recorded all or none, and stay in step."""
    sessions = [open_session(ledger, stream) for stream in ("run:1", "run:2")]
    for session in sessions:
        session.handle(BEGIN, durably=False)
    open_session(ledger, "run:2").handle(BEGIN)

    with pytest.raises(RunExistsError, match="running"):
        Session.flush_all(sessions)

    assert [event.stream for event in ledger.read()] == ["run:2"]
    assert [session.state.version for session in sessions] == [0, 1]
