"""A run as it happened, event by event."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hand_clock import HandClock
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import (
    append,
    broken,
    done,
    environment,
    error,
    failed,
    metric,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)
from strategies import run_histories

from lineage.events import (
    Event,
    MetricRecorded,
    OperationRetryScheduled,
    OperationSkipped,
    RunArchived,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunRestored,
    RunResumed,
    WarningRaised,
)
from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import RunNotFoundError
from lineage.ledger import Ledger
from projections import Projector
from projections.documents.replay import OpenOperation, ReplayState, replay

RETRY = OperationRetryScheduled(operation=2, attempt=1, wait_s=1.0, error=error())
COUNTS = """
select count(*) filter (where status in ('success', 'warning')) as operations_succeeded,
  count(*) filter (where status = 'error') as operations_failed,
  count(*) filter (where status = 'skipped') as operations_skipped,
  count(*) filter (where status = 'interrupted') as operations_interrupted,
  count(*) filter (where status = 'running') as open_operations,
  (select count(*) from operation_reports) as steps_reported,
  (select count(*) from operation_steps where kind = 'retry') as retries,
  (select count(*) from operation_steps where kind = 'milestone') as milestones,
  (select count(*) from inputs) as inputs,
  (select count(*) from imports) as imports,
  (select count(*) from artifacts) as artifacts,
  (select coalesce(sum(size_bytes::hugeint), 0)::varchar from artifacts) as artifact_bytes,
  (select count(*) from metrics) as metrics,
  (select count(*) from warnings) as warnings,
  (select count(*) from checkpoints) as checkpoints,
  (select count(*) from events) as events
from operations
where operation is not null
"""
OF_THE_RUN = (
    "run_id, status, started_at, ended_at, duration_s, peak_memory_mb, message, resumed_by,"
    " is_archived"
)


def replayed(*events: Event) -> list[ReplayState]:
    """How a run with these events stood after each, recorded one second apart."""
    with Ledger("memory://", clock=SteppingClock()) as ledger:
        append(ledger, of_run(*events))
        return [state for _, state in replay(ledger, "r1")]


def test_each_event_comes_with_how_the_run_stood_after_it() -> None:
    """Operations open and close, files and metrics add up, time passes, the end is told."""
    states = replayed(
        started(),
        environment(),
        operation(1, "load"),
        read("a.csv", "1"),
        wrote("b.csv", "four"),
        metric("n", 1),
        done(1),
        succeeded(),
    )

    assert [s.events for s in states] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [s.elapsed_s for s in states] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert states[2].open_operations == (OpenOperation(number=1, name="load"),)
    assert (states[4].inputs, states[4].artifacts, states[4].artifact_bytes) == (1, 1, 4)
    assert (states[6].operations_done, states[6].open_operations) == (1, ())
    assert [s.status for s in states] == ["running"] * 7 + ["succeeded"]
    assert (states[-1].duration_s, states[-1].peak_memory_mb) == (3.5, 256.25)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([started(), failed("no room")], {"status": "failed", "message": "no room"}),
        (
            [started(), operation(), RunInterrupted(reason="keyboard", detail="Ctrl-C")],
            {"status": "interrupted", "message": "Ctrl-C", "operations_interrupted": 1},
        ),
        ([started(), operation(), operation(2), broken(2)], {"operations_failed": 1}),
        ([started(), operation(), operation(2), RETRY], {"retries": 1, "status": "running"}),
        ([started(), WarningRaised(operation=None, name="w", message="m")], {"warnings": 1}),
        (
            [started(), OperationSkipped(operation=1, name="a", reason="reused")],
            {"operations_skipped": 1, "operations_done": 1},
        ),
        (
            [
                RunRefused(
                    task_type="t",
                    description="",
                    report_path="",
                    reason="dependency",
                    message="t_0 has never run",
                    depends_on="t_0",
                    depends_on_run=None,
                )
            ],
            {"status": "refused", "message": "t_0 has never run", "is_open": False},
        ),
        ([started(), failed(), RunResumed(resumed_by="r2")], {"resumed_by": "r2"}),
        ([started(), failed(), RunArchived(reason="x")], {"is_archived": True}),
        (
            [started(), failed(), RunArchived(reason="x"), RunRestored(reason="y")],
            {"is_archived": False},
        ),
        (
            [
                RunImported(
                    occurred_at=datetime(2020, 1, 1, tzinfo=UTC),
                    is_success=True,
                    record={"execution_time": 2, "input_files": [{"path": "a"}]},
                    source="log.json",
                )
            ],
            {
                "status": "succeeded",
                "started_at": datetime(2020, 1, 1, tzinfo=UTC),
                "duration_s": 2.0,
                "inputs": 1,
            },
        ),
    ],
)
def test_run_stands_as_its_last_event_says(
    events: list[Event], expected: dict[str, object]
) -> None:
    """Every way to end, and what may come after an end, shows."""
    last = replayed(*events)[-1]

    assert {key: getattr(last, key) for key in expected} == expected


def test_clock_that_is_set_back_does_not_turn_the_seconds_round() -> None:
    """Seconds since the start never fall."""
    clock = HandClock()
    with Ledger("memory://", clock=clock) as ledger:
        for seconds, event in ((0.0, started()), (5.0, environment()), (-9.0, succeeded())):
            clock.move(seconds)
            append(ledger, of_run(event))

        assert [s.elapsed_s for _, s in replay(ledger, "r1")] == [0, 5, 5]


def test_replay_goes_on_after_a_state() -> None:
    """What was recorded since is all that comes."""
    with Ledger("memory://") as ledger:
        append(ledger, of_run(started()))
        ((_, before),) = replay(ledger, "r1")
        append(ledger, of_run(succeeded()))

        assert [s.status for _, s in replay(ledger, "r1", after=before)] == ["succeeded"]


def test_unknown_run_is_refused() -> None:
    """A run without events is no run that did nothing."""
    with Ledger("memory://") as ledger, pytest.raises(RunNotFoundError, match="not recorded"):
        list(replay(ledger, "nobody"))


@settings(max_examples=25)
@given(history=run_histories(), data=st.data())
def test_state_agrees_with_the_catalog(history: tuple[Event, ...], data: st.DataObject) -> None:
    """After any event of any run, what replay says is what the same events fold to."""
    cut = data.draw(st.integers(1, len(history)))
    with Ledger("memory://", clock=SteppingClock()) as ledger:
        append(ledger, of_run(*history))
        state = [s for _, s in replay(ledger, "r1")][cut - 1]
        with Projector(ledger, Path("unused.duckdb")).of_run("r1", until=cut) as catalog:
            row = catalog.row(f"select {OF_THE_RUN} from runs")
            counts = catalog.row(COUNTS)

    found = {key: getattr(state, key) for key in (*(row or {}), *(counts or {}))}
    found["open_operations"] = len(state.open_operations)
    found["artifact_bytes"] = str(state.artifact_bytes)
    assert found == {**(row or {}), **(counts or {})}


@pytest.fixture
def long_run() -> Iterator[Ledger]:
    """A run of 100,000 metrics."""
    with Ledger("memory://") as ledger:
        append(ledger, of_run(started()))
        for start in range(1, 100_001, 10_000):
            events = [
                MetricRecorded(operation=None, category=None, name=f"m{i}", value=i)
                for i in range(start, start + 10_000)
            ]
            ledger.append("run:r1", events, expected_version=start, run="r1", task="t_1")
        yield ledger


@pytest.mark.slow
def test_long_run_is_replayed_in_the_room_of_a_short_one(long_run: Ledger) -> None:
    """Neither events nor states pile up."""
    tracemalloc.start()
    try:
        state = None
        for _, state in replay(long_run, "r1"):  # noqa: B007  # the last one is asked below
            pass
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert state is not None
    assert state.metrics == 100_000
    assert peak_bytes < 20 * 2**20
