"""Which events a question about the past is answered from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hand_clock import START, HandClock
from projection_scenarios import append, of, of_run, started, succeeded, tables

from lineage.events import (
    ProcessEnded,
    ProcessProgressed,
    ProcessStarted,
    RunAnnotated,
    RunImported,
)
from lineage.kernel.errors import MomentError
from lineage.ledger import Ledger
from projections import Projector
from projections.catalog.moments import dated_topics

HOUR_S = 3600


def after(hours: float) -> datetime:
    """A time some hours after the clock's start."""
    return START + timedelta(hours=hours)


def imported(hours: float) -> RunImported:
    """A run that happened elsewhere at a time, as a log of that place says."""
    return RunImported(
        occurred_at=after(hours), is_success=True, record={"task_type": "test"}, source="log.json"
    )


@pytest.fixture
def clock() -> HandClock:
    """A clock that is moved by hand."""
    return HandClock()


@pytest.fixture
def projector(clock: HandClock) -> Iterator[Projector]:
    """A run recorded at 0 h and 2 h; at 4 h runs of -5 h, 1 h and 3 h are imported, one noted."""
    with Ledger("memory://", clock=clock) as ledger:
        append(ledger, of_run(started(), run="own"))
        clock.move(2 * HOUR_S)
        append(ledger, of_run(succeeded(), run="own"))
        clock.move(2 * HOUR_S)
        for run, hours in (("old", -5), ("one", 1), ("three", 3)):
            append(ledger, of_run(imported(hours), run=run))
        append(ledger, of_run(RunAnnotated(changes={"note": "seen"}), run="one"))
        yield Projector(ledger, Path("unused.duckdb"))


def runs(projector: Projector, **asked: datetime | int) -> dict[str, str]:
    """Run id to status, in the order of the ledger."""
    with projector.as_of(asked.get("as_of"), as_known_at=asked.get("as_known_at")) as catalog:
        return {
            r["run_id"]: r["status"] for r in catalog.rows("from runs order by started_position")
        }


def test_events_that_say_when_they_happened_are_known() -> None:
    """The first clock reads these; an event that is new to the list needs a line in time.md."""
    assert {
        "process.checkpointed",
        "process.ended",
        "process.error_recorded",
        "process.interrupted",
        "process.progressed",
        "process.started",
        "run.imported",
    } == dated_topics()


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (-6, {}),
        (-5, {"old": "succeeded"}),
        (0, {"own": "running", "old": "succeeded"}),
        (1, {"own": "running", "old": "succeeded", "one": "succeeded"}),
        (2.5, {"own": "succeeded", "old": "succeeded", "one": "succeeded"}),
        (4, {"own": "succeeded", "old": "succeeded", "one": "succeeded", "three": "succeeded"}),
    ],
)
def test_as_of_a_time_shows_what_had_happened_whenever_it_was_recorded(
    projector: Projector, hours: float, expected: dict[str, str]
) -> None:
    """An imported run stands in the past it belongs to, though it was recorded hours later."""
    assert runs(projector, as_of=after(hours)) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(-5, {}), (1, {"own": "running"}), (3, {"own": "succeeded"})]
)
def test_as_known_at_a_time_shows_what_was_on_record(
    projector: Projector, hours: float, expected: dict[str, str]
) -> None:
    """What was imported later was not known, however long ago it happened."""
    assert runs(projector, as_known_at=after(hours)) == expected


@pytest.mark.parametrize("known", [after(3), 2])
def test_both_clocks_together_show_what_was_known_of_a_past(
    projector: Projector, known: datetime | int
) -> None:
    """What had happened by 1 h, as the ledger knew it at 3 h, is the run of its own, open."""
    assert runs(projector, as_of=after(1), as_known_at=known) == {"own": "running"}
    assert runs(projector, as_of=after(1), as_known_at=4) == {
        "own": "running",
        "old": "succeeded",
        "one": "succeeded",
    }


def test_two_positions_mean_the_earlier_one(projector: Projector) -> None:
    """A position is always the events up to it, also beside another one."""
    assert runs(projector, as_of=1, as_known_at=3) == runs(projector, as_of=3, as_known_at=1)


def test_what_was_changed_later_had_not_happened(projector: Projector) -> None:
    """An annotation carries no time of its own: it happened when it was recorded."""
    with projector.as_of(after(3)) as catalog:
        assert catalog.rows("from run_annotations") == []
        assert catalog.position == 5


def test_now_is_everything(projector: Projector, clock: HandClock) -> None:
    """As of now, by either clock, nothing is left out, not even what claims to be to come."""
    append(projector._ledger, of_run(imported(999), run="future"))
    with projector.as_of() as whole:
        everything = tables(whole)
    for asked in (projector.as_of(clock.now()), projector.as_of(as_known_at=clock.now())):
        with asked as catalog:
            assert tables(catalog) == everything


def test_time_of_another_zone_is_the_same_moment(projector: Projector) -> None:
    """An offset moves the hands, not the moment."""
    elsewhere = after(1).astimezone(timezone(timedelta(hours=-9)))

    assert runs(projector, as_of=elsewhere) == runs(projector, as_of=after(1))


def test_process_saved_late_stands_in_its_own_time(clock: HandClock) -> None:
    """A process that recorded everything at its end is shown as it was on the way."""
    with Ledger("memory://", clock=clock) as ledger:
        clock.move(10 * HOUR_S)
        begun = ProcessStarted(run_name="r", process_name="p", session_id=1, occurred_at=after(1))
        said = ProcessProgressed(message="half", occurred_at=after(2))
        append(ledger, of("process:p", begun, said, ProcessEnded(occurred_at=after(3))))
        projector = Projector(ledger, Path("unused.duckdb"))

        with projector.as_of(after(2)) as catalog:
            assert catalog.rows(
                "select is_completed, progress_updates_count from process_stages"
            ) == [{"is_completed": False, "progress_updates_count": 1}]


def test_clock_that_was_set_back_takes_nothing_out_of_the_middle(clock: HandClock) -> None:
    """What was recorded before an event that counts, counts, whatever its time says."""
    with Ledger("memory://", clock=clock) as ledger:
        clock.move(5 * HOUR_S)
        append(ledger, of_run(started()))
        clock.move(-4 * HOUR_S)
        append(ledger, of_run(succeeded()))
        projector = Projector(ledger, Path("unused.duckdb"))

        assert runs(projector, as_of=after(1)) == {"r1": "succeeded"}


@pytest.mark.parametrize(
    ("moment", "match"),
    [
        (7, "position 7: expected one from 0 to 6"),
        (-1, "position -1"),
        (after(4.1), "in the future"),
        (datetime(2026, 1, 1), "no UTC offset; write '2026-01-01T00:00:00Z' for UTC"),  # noqa: DTZ001  # that is the test
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "the years 1 to 9999 UTC"),
        (datetime.max.replace(tzinfo=UTC), "in the future"),
    ],
)
def test_moment_that_cannot_be_answered_is_refused(
    projector: Projector, moment: datetime | int, match: str
) -> None:
    """A guess would be drawn as if it were an answer."""
    with pytest.raises(MomentError, match=match):
        projector.as_of(moment)
    with pytest.raises(MomentError, match=match):
        projector.as_of(as_known_at=moment)
