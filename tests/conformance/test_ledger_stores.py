"""What every store of the ledger keeps to.

A further store is one more entry of `STORES`: a function that makes the URL of an empty ledger
in a fresh folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projection_scenarios import checkpoint
from strategies import events, names

from lineage.events import (
    CheckpointDiscarded,
    Event,
    EventTypes,
    RunArchived,
    RunRefused,
    RunStarted,
    WarningRaised,
    streams,
)
from lineage.kernel import merkle
from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import LedgerConflictError, LedgerError, UnknownEventError
from lineage.ledger import EncryptionSettings, Ledger, NewEvents, RecordedEvent
from lineage.ledger.arrow import ARROW_SCHEMA
from lineage.ledger.envelope import StoredRecord

STORES: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite://{folder}/ledger.db",
    "sqlite, encrypted": lambda folder: f"sqlite://{folder}/ledger.db",
}
MASTER_KEY = "5e" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=1, microseconds=1)
STARTED = RunStarted(
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
NASTY = (
    "",
    " ",
    "null",
    "NaN",
    "\"quoted\" and 'quoted'",
    "a,b;c\td",
    "line\nline\r\nline\u2028line\x85line",
    "\x00\x1e\x1f\x7f",
    "\\n \\u0041 \\",
    "日本 Übersicht 🐍👩‍👩‍👧",
    "\ufeffbom \ufffe\U0010ffff",
    "x" * 100_000,
)


class ScaleRead(Event):
    """A scale was read; version 1 had the weight in pounds."""

    TOPIC: ClassVar[str] = "scale.read"
    SCHEMA_VERSION: ClassVar[int] = 2
    grams: int


def to_grams(old: dict[str, Any]) -> dict[str, Any]:
    """Return version 2 of version 1."""
    return {"grams": old["pounds"] * 500}


SCALES = EventTypes([ScaleRead, WarningRaised], {("scale.read", 1): to_grams})

OpenLedger = Callable[..., Ledger]


@pytest.fixture(params=STORES)
def open_ledger(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenLedger]:
    """Makes the empty ledger of the store, with a clock that steps."""
    opened: list[Ledger] = []
    encryption = EncryptionSettings(is_wanted="encrypted" in request.param)
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)

    def open_it(**arguments: Any) -> Ledger:
        clock = SteppingClock(start=START, step=STEP)
        url = STORES[request.param](tmp_path)
        given = {"clock": clock, "actor": "tester@host", "encryption": encryption, **arguments}
        opened.append(Ledger(url, **given))
        return opened[-1]

    yield open_it
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> Ledger:
    """An empty ledger of the store."""
    return open_ledger()


def warn(message: object) -> WarningRaised:
    """Return an event that holds a text."""
    return WarningRaised(operation=None, name="test", message=str(message))


def fill(ledger: Ledger, *streams: str) -> list[RecordedEvent]:
    """Append one event to each of the streams, in turn."""
    versions = dict.fromkeys(streams, 0)
    recorded: list[RecordedEvent] = []
    for number, stream in enumerate(streams):
        recorded += ledger.append(stream, [warn(number)], expected_version=versions[stream])
        versions[stream] += 1
    return recorded


def arrow_rows(ledger: Ledger, **bounds: Any) -> list[dict[str, Any]]:
    """Return the rows of a bulk read."""
    tables = list(ledger.read_arrow(**bounds))
    assert all(table.schema.equals(ARROW_SCHEMA) for table in tables)
    return [row for table in tables for row in table.to_pylist()]


def as_row(recorded: RecordedEvent) -> dict[str, Any]:
    """Return what a bulk read says of an event."""
    return {
        "position": recorded.position,
        "stream": recorded.stream,
        "version": recorded.version,
        "type": recorded.event.TOPIC,
        "schema_version": recorded.event.SCHEMA_VERSION,
        "recorded_at": recorded.recorded_at,
        "actor": recorded.actor,
        "run": recorded.run,
        "task": recorded.task,
        "causation": recorded.causation,
        "payload": recorded.event.to_payload().decode(),
    }


def test_empty_ledger_has_nothing_to_give(ledger: Ledger) -> None:
    """Every question has an answer before the first event."""
    assert ledger.head() == 0
    assert list(ledger.read()) == []
    assert list(ledger.read_arrow()) == []
    assert ledger.read_stream("a") == []
    assert ledger.runs_of_task("a") == []
    assert ledger.position_at(START) == 0


def test_stream_that_does_not_exist_is_an_empty_table(ledger: Ledger) -> None:
    """A bulk read of one stream always has the columns."""
    table = ledger.read_stream_arrow("a")

    assert table.num_rows == 0
    assert table.schema.equals(ARROW_SCHEMA)


def test_appended_events_come_back_as_they_were_returned(ledger: Ledger) -> None:
    """What an append returns is what every read gives."""
    recorded = ledger.append("a", [warn(1), warn(2)], expected_version=0)

    assert ledger.read_stream("a") == recorded
    assert list(ledger.read()) == recorded
    assert arrow_rows(ledger) == [as_row(event) for event in recorded]


def test_envelope_is_kept_to_the_microsecond(ledger: Ledger) -> None:
    """Who, when, which run, which task and what led to it are stored with each event."""
    ledger.append("a", [warn(1)], expected_version=0)

    recorded = ledger.append(
        "a", [warn(2), warn(3)], expected_version=1, run="r", task="t", causations=[1, None]
    )

    read = ledger.read_stream("a", after=1)
    assert read == recorded
    assert [event.causation for event in read] == [1, None]
    assert (read[0].actor, read[0].run, read[0].task) == ("tester@host", "r", "t")
    assert read[0].recorded_at == START + STEP


def test_events_of_one_append_share_their_time(ledger: Ledger) -> None:
    """What is recorded together is recorded at one time."""
    recorded = ledger.append("a", [warn(1), warn(2)], expected_version=0)

    assert {event.recorded_at for event in recorded} == {START}


def test_positions_and_versions_count_without_gaps(ledger: Ledger) -> None:
    """Positions number the ledger, versions number each stream, both from 1."""
    recorded = fill(ledger, "a", "b", "a", "c", "b", "a")

    assert [event.position for event in recorded] == [1, 2, 3, 4, 5, 6]
    assert [event.version for event in recorded] == [1, 1, 2, 1, 2, 3]
    assert ledger.head() == 6


@pytest.mark.parametrize("expected_version", [0, 1, 3, 100])
def test_append_at_another_version_is_a_conflict(ledger: Ledger, expected_version: int) -> None:
    """A writer that missed an event, or made one up, appends nothing."""
    recorded = fill(ledger, "a", "b", "a")

    with pytest.raises(LedgerConflictError, match=r"stream 'a'.*another writer has just appended"):
        ledger.append("a", [warn("x"), warn("y")], expected_version=expected_version)
    assert list(ledger.read()) == recorded


def test_new_stream_with_a_gap_is_a_conflict(ledger: Ledger) -> None:
    """A stream begins at version 1."""
    with pytest.raises(LedgerConflictError, match="stream 'a'"):
        ledger.append("a", [warn(1)], expected_version=1)


def test_append_after_a_conflict_succeeds(ledger: Ledger) -> None:
    """A refused append leaves no trace, not even a gap."""
    fill(ledger, "a")
    with pytest.raises(LedgerConflictError, match="stream 'a'"):
        ledger.append("a", [warn(1)], expected_version=0)

    (recorded,) = ledger.append("a", [warn(2)], expected_version=1)

    assert (recorded.position, recorded.version) == (2, 2)


def test_append_of_nothing_returns_nothing(ledger: Ledger) -> None:
    """No events are no append."""
    assert ledger.append("a", [], expected_version=7) == []
    assert ledger.head() == 0


def to(stream: str, *messages: object, after: int = 0) -> NewEvents:
    """Return what appends texts to a stream that has so many events."""
    return NewEvents(stream=stream, events=[warn(m) for m in messages], expected_version=after)


def test_streams_of_one_transaction_have_positions_without_gaps(ledger: Ledger) -> None:
    """Events of several streams stand in the order they were given, each stream by itself."""
    fill(ledger, "b")
    recorded = ledger.append_all([to("a", 1, 2), to("b", 3, after=1), to("c"), to("a", 4, after=2)])

    assert [(r.position, r.stream, r.version) for r in recorded] == [
        (2, "a", 1),
        (3, "a", 2),
        (4, "b", 2),
        (5, "a", 3),
    ]
    assert len({r.recorded_at for r in recorded}) == 1
    assert list(ledger.read(after=1)) == recorded


def test_envelope_of_each_stream_is_its_own(ledger: Ledger) -> None:
    """Run, task and cause belong to the stream they were given with."""
    one = NewEvents(
        stream="a", events=[warn(1), warn(2)], expected_version=0, run="r", causations=[None, 1]
    )
    ledger.append_all([one, NewEvents(stream="b", events=[warn(3)], expected_version=0, task="t")])

    found = [(r.run, r.task, r.causation) for r in ledger.read()]
    assert found == [("r", None, None), ("r", None, 1), (None, "t", None)]


@pytest.mark.parametrize("wrong", [to("b", 1, after=2), to("b", 1), to("c", 1, after=1)])
def test_conflict_in_one_stream_leaves_nothing_of_the_others(
    ledger: Ledger, wrong: NewEvents
) -> None:
    """All or none: a stream that has another number of events takes the others with it."""
    before = fill(ledger, "b")

    with pytest.raises(LedgerConflictError, match="one of 3 streams"):
        ledger.append_all([to("x", 1), wrong, to("y", 1)])

    assert list(ledger.read()) == before
    assert ledger.append_all([to("x", 1), to("y", 1)])[-1].position == 3


def test_event_that_cannot_be_stored_takes_the_other_streams_with_it(ledger: Ledger) -> None:
    """All or none, whatever is wrong."""
    with pytest.raises(LedgerError, match="valid UTF-8"):
        ledger.append_all([to("x", 1), to("y", "\ud800")])

    assert ledger.head() == 0


def test_transaction_of_no_events_returns_nothing(ledger: Ledger) -> None:
    """Streams without events are neither checked nor written."""
    assert ledger.append_all([]) == []
    assert ledger.append_all([to("a", after=5)]) == []
    assert ledger.head() == 0


def test_event_that_cannot_be_stored_takes_its_batch_with_it(ledger: Ledger) -> None:
    """A batch is appended whole or not at all."""
    with pytest.raises(LedgerError, match=r"'warning.raised': expected valid UTF-8"):
        ledger.append("a", [warn(1), warn("\udc80"), warn(2)], expected_version=0)

    assert ledger.head() == 0


@pytest.mark.parametrize("text", ["", "a\x1fb", "a\nb", "\x00", "a\udc80"])
@pytest.mark.parametrize("field", ["stream", "run", "task"])
def test_envelope_text_that_cannot_be_told_apart_is_refused(
    ledger: Ledger, field: str, text: str
) -> None:
    """An envelope holds no empty text, which would read as none, and nothing unreadable."""
    envelope = {"stream": "a", field: text}

    with pytest.raises(LedgerError, match="envelope of an event"):
        ledger.append(events=[warn(1)], expected_version=0, **envelope)


def test_actor_that_cannot_be_stored_is_refused(open_ledger: OpenLedger) -> None:
    """The same holds for who records."""
    ledger = open_ledger(actor="a\nb")

    with pytest.raises(LedgerError, match="envelope of an event"):
        ledger.append("a", [warn(1)], expected_version=0)


def test_causations_of_another_number_are_an_error(ledger: Ledger) -> None:
    """Each event has its own causation, or none has."""
    with pytest.raises(ValueError, match="zip"):
        ledger.append("a", [warn(1), warn(2)], expected_version=0, causations=[1])


@pytest.mark.parametrize("after", [-5, 0, 2, 5, 6, 100])
@pytest.mark.parametrize("until", [None, -1, 0, 3, 6, 10**12])
def test_bounds_select_the_same_events_in_both_readers(
    ledger: Ledger, after: int, until: int | None
) -> None:
    """`after` is left out, `until` is taken in, and neither need exist."""
    recorded = fill(ledger, "a", "b", "a", "b", "c", "a")
    last = 6 if until is None else until
    wanted = [event for event in recorded if after < (event.position or 0) <= last]

    assert list(ledger.read(after=after, until=until)) == wanted
    assert arrow_rows(ledger, after=after, until=until) == [as_row(event) for event in wanted]


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_stream_is_read_from_a_version_on(ledger: Ledger, after: int) -> None:
    """A reader that knows the beginning asks for the rest."""
    fill(ledger, "a", "b", "a", "a", "b")

    assert [event.version for event in ledger.read_stream("a", after=after)] == [1, 2, 3][after:]
    assert list(ledger.iter_stream("a", after=after)) == ledger.read_stream("a", after=after)


def test_last_event_of_a_stream_is_found(ledger: Ledger) -> None:
    """The last event of a stream comes with its envelope; a stream without events has none."""
    recorded = fill(ledger, "a", "b", "a", "b")

    assert ledger.last_of_stream("a") == recorded[2]
    assert ledger.last_of_stream("c") is None


def test_ledger_works_on_after_it_was_disconnected(ledger: Ledger) -> None:
    """Nothing is lost when idle connections are closed, and the next call opens its own."""
    (before,) = ledger.append("a", [STARTED], expected_version=0)

    ledger.disconnect()

    assert ledger.read_stream("a") == [before]
    ledger.append("a", [STARTED], expected_version=1)
    assert ledger.head() == 2


def test_stream_in_bulk_is_the_stream(ledger: Ledger) -> None:
    """One stream as a table has its own events and no others."""
    fill(ledger, "a", "b", "a")

    rows = ledger.read_stream_arrow("a").to_pylist()

    assert rows == [as_row(event) for event in ledger.read_stream("a")]


@pytest.mark.parametrize("stream", ["%", "_", "a'b", 'a"b', "A", "a ", "ä", "run:1;--", "NULL"])
def test_stream_name_is_taken_literally(ledger: Ledger, stream: str) -> None:
    """Names are compared as they are, to the last character."""
    fill(ledger, "a", stream, "axb")

    assert [event.stream for event in ledger.read_stream(stream)] == [stream]
    assert ledger.read_stream_arrow(stream)["stream"].to_pylist() == [stream]


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:24])
def test_any_text_in_a_payload_comes_back_from_both_readers(ledger: Ledger, text: str) -> None:
    """Quotes, separators, line ends, control characters and all scripts are kept."""
    event = WarningRaised(operation=None, name=text, message=text, details={text: [text, None]})
    ledger.append("a", [warn("before"), event, warn("after")], expected_version=0)

    assert ledger.read_stream("a")[1].event == event
    assert arrow_rows(ledger)[1]["payload"] == event.to_payload().decode()
    assert len(arrow_rows(ledger)) == 3


@pytest.mark.parametrize("text", ["NULL", "null", "NaN", "0", "1e5", "true", '"', "a,b", "日本 🐍"])
def test_any_text_in_an_envelope_comes_back_from_both_readers(ledger: Ledger, text: str) -> None:
    """What looks like a number or a missing value stays a text."""
    (recorded,) = ledger.append(text, [warn(1)], expected_version=0, run=text, task=text)

    assert list(ledger.read()) == [recorded]
    assert arrow_rows(ledger) == [as_row(recorded)]


def test_missing_values_are_null_in_bulk_reads(ledger: Ledger) -> None:
    """No run, no task and no causation are null, in a table where others have them."""
    ledger.append("a", [warn(1)], expected_version=0)
    ledger.append("a", [warn(2)], expected_version=1, run="r", task="t", causations=[1])

    table = pa.concat_tables(ledger.read_arrow())

    for column, value in (("run", "r"), ("task", "t"), ("causation", 1)):
        assert table[column].to_pylist() == [None, value]


def test_latest_runs_of_a_task_come_newest_first(ledger: Ledger) -> None:
    """Runs count when they began; other events, tasks and refused runs do not."""
    refused = RunRefused(
        task_type="profiling",
        description="",
        report_path="report.json",
        reason="dependency",
        message="",
        depends_on="a",
        depends_on_run=None,
    )
    for run, task, first in (
        ("1", "t", STARTED),
        ("2", "u", STARTED),
        ("3", "t", STARTED),
        ("4", "t", refused),
        ("5", "t", STARTED),
    ):
        ledger.append(streams.run(run), [first], expected_version=0, run=run, task=task)
    ledger.append("run:1", [RunArchived(reason="x")], expected_version=1, run="1", task="t")
    ledger.append("task:t", [warn(1)], expected_version=0, task="t")

    assert ledger.runs_of_task("t") == ["5"]
    assert ledger.runs_of_task("t", limit=2) == ["5", "3"]
    assert ledger.runs_of_task("t", limit=10) == ["5", "3", "1"]
    assert ledger.runs_of_task("T") == []


def test_run_that_does_not_begin_its_stream_is_no_run_of_its_task(ledger: Ledger) -> None:
    """All stores agree on events that our rules would not have recorded."""
    ledger.append("a", [warn(1), STARTED], expected_version=0, run="1", task="t")
    ledger.append("b", [STARTED], expected_version=0, task="t")

    assert ledger.runs_of_task("t", limit=10) == []


def test_checkpoints_of_a_task_come_newest_first(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made and given up in any run of the task comes, in any pages; nothing else does."""
    gone = CheckpointDiscarded(run="1", name="a", reason="limit")
    for run, task, event in (
        ("1", "t", checkpoint("a")),
        ("2", "u", checkpoint("b")),
        ("3", "t", warn(1)),
        ("4", "t", gone),
        ("5", "t", checkpoint("c")),
    ):
        ledger.append(streams.run(run), [event], expected_version=0, run=run, task=task)

    for page in (1, 2, 3, 20):
        monkeypatch.setattr("lineage.ledger.ledger.CHECKPOINT_PAGE", page)
        found = [(r.position, r.run, r.event) for r in ledger.checkpoints_of_task("t")]
        assert found == [(5, "5", checkpoint("c")), (4, "4", gone), (1, "1", checkpoint("a"))]
    assert list(ledger.checkpoints_of_task("T")) == []


def test_mark_at_a_position_is_that_of_the_event_there(ledger: Ledger) -> None:
    """A catalog is compared with its ledger by stream, version and time of its last event."""
    _, second = fill(ledger, "a", "a")

    assert ledger.mark_at(2) == (second.stream, 2, second.recorded_at)
    assert ledger.mark_at(1) != ledger.mark_at(2)
    assert ledger.mark_at(3) is None


def test_position_at_a_time_is_the_last_one_up_to_it(ledger: Ledger) -> None:
    """The moment of an event belongs to it, the microsecond before does not."""
    recorded = fill(ledger, "a", "b", "a")
    tick = timedelta(microseconds=1)

    assert ledger.position_at(START - tick) == 0
    assert [ledger.position_at(event.recorded_at) for event in recorded] == [1, 2, 3]
    assert [ledger.position_at(event.recorded_at - tick) for event in recorded] == [0, 1, 2]
    assert ledger.position_at(START + timedelta(days=9)) == 3


def test_position_at_a_time_of_another_zone_is_the_same(ledger: Ledger) -> None:
    """A time is a moment, wherever it is told."""
    fill(ledger, "a", "b", "a")

    assert ledger.position_at((START + STEP).astimezone(timezone(timedelta(hours=5)))) == 2


def test_position_at_a_time_survives_a_clock_that_was_set_back(open_ledger: OpenLedger) -> None:
    """Order is by position; the answer is the last position whose time is not later."""
    ledger = open_ledger(clock=SteppingClock(start=START, step=-STEP))
    fill(ledger, "a", "b", "c")

    assert ledger.position_at(START) == 3
    assert ledger.position_at(START - STEP) == 3
    assert ledger.position_at(START - 3 * STEP) == 0


def store_old(ledger: Ledger, stream: str, version: int, *, schema_version: int = 1) -> None:
    """Store an event as the release before did."""
    record = StoredRecord(
        originator_id=stream,
        originator_version=version,
        topic="scale.read",
        state=b'{"pounds":4}',
        schema_version=schema_version,
    )
    ledger.recorder.insert_events([record])


def test_old_version_among_present_ones_reads_as_present(open_ledger: OpenLedger) -> None:
    """Old events come as present ones, in the bulk read too; the others are left alone."""
    ledger = open_ledger(event_types=SCALES)
    ledger.append("a", [ScaleRead(grams=1), warn(1)], expected_version=0)
    store_old(ledger, "a", 3)
    present = [ScaleRead(grams=1), warn(1), ScaleRead(grams=2_000)]

    assert [event.event for event in ledger.read_stream("a")] == present
    for table in (*ledger.read_arrow(), ledger.read_stream_arrow("a")):
        assert table.schema.equals(ARROW_SCHEMA)
        assert table["payload"].to_pylist() == [e.to_payload().decode() for e in present]


@pytest.mark.parametrize("event_types", [SCALES, EventTypes([WarningRaised], {})])
def test_event_of_a_newer_release_is_refused_by_every_reader(
    open_ledger: OpenLedger, event_types: EventTypes
) -> None:
    """An unknown type or version is an error, never a row that looks like the others."""
    ledger = open_ledger(event_types=event_types)
    ledger.append("a", [warn(1)], expected_version=0)
    store_old(ledger, "a", 2, schema_version=3)

    for read in (
        lambda: ledger.read_stream("a"),
        lambda: list(ledger.read()),
        lambda: list(ledger.read_arrow()),
        lambda: ledger.read_stream_arrow("a"),
    ):
        with pytest.raises(UnknownEventError, match=r"'scale\.read'.*upgrade"):
            read()


def test_event_of_a_newer_release_outside_the_bounds_harms_nobody(
    open_ledger: OpenLedger,
) -> None:
    """What is not asked for is not loaded."""
    ledger = open_ledger(event_types=SCALES)
    ledger.append("a", [warn(1)], expected_version=0)
    store_old(ledger, "a", 2, schema_version=3)

    assert len(list(ledger.read(until=1))) == 1
    assert len(arrow_rows(ledger, until=1)) == 1


def test_batch_of_ten_thousand_events_is_appended_whole(ledger: Ledger) -> None:
    """A batch may be larger than any page of the readers."""
    batch = [warn(number) for number in range(10_000)]

    recorded = ledger.append("a", batch, expected_version=0)

    assert [event.position for event in recorded] == list(range(1, 10_001))
    assert [event.event for event in ledger.read_stream("a")] == batch


def test_bulk_read_comes_in_tables_of_limited_size(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger of any length is read in pieces, none empty, together everything."""
    recorded = fill(ledger, *"abcabca")
    monkeypatch.setattr("lineage.ledger.ledger.BATCH_SIZE", 3)

    tables = list(ledger.read_arrow())

    assert [table.num_rows for table in tables] == [3, 3, 1]
    assert arrow_rows(ledger) == [as_row(event) for event in recorded]
    assert list(ledger.read()) == recorded


def test_reader_does_not_see_what_is_appended_meanwhile(ledger: Ledger) -> None:
    """A read ends where the ledger ended when it began."""
    recorded = fill(ledger, "a", "b")
    reader = ledger.read()
    first = next(reader)
    ledger.append("c", [warn(9)], expected_version=0)

    assert [first, *reader] == recorded


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(names, st.lists(events, max_size=3)), max_size=4))
def test_both_readers_agree_on_any_history(
    open_ledger: OpenLedger, appends: list[tuple[str, list[Event]]]
) -> None:
    """Row by row, types, nulls and texts are the same, whatever was recorded."""
    ledger = open_ledger()
    start = ledger.head()
    for stream, batch in appends:
        version = len(ledger.read_stream(stream))
        ledger.append(stream, batch, expected_version=version, run=stream)

    assert arrow_rows(ledger, after=start) == [as_row(e) for e in ledger.read(after=start)]


def leaf_without_us(row: dict[str, Any]) -> bytes:
    """Return the leaf of a bulk read's row, as the documentation says."""
    moment = (row["recorded_at"] - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    columns = [row[name] for name in ARROW_SCHEMA.names if name != "payload"]
    columns[ARROW_SCHEMA.names.index("recorded_at")] = moment
    texts = ["" if value is None else str(value) for value in columns]
    return "\x1f".join([*texts, row["payload"]]).encode()


def test_leaves_are_the_same_on_every_store(ledger: Ledger) -> None:
    """What is hashed of an event depends on its columns alone, in bulk and one by one."""
    ledger.append("a", [warn(text) for text in NASTY], expected_version=0)
    ledger.append("ü", [warn(1)], expected_version=0, run="r", task="t", causations=[7])

    rows = arrow_rows(ledger)
    leaves = [ledger.leaf(position) for position in range(1, ledger.head() + 1)]
    envelopes = [leaf_without_us({**row, "payload": ""}) for row in rows]
    assert all(map(bytes.startswith, leaves, envelopes))
    if not ledger.is_encrypted:  # what such a ledger stores, nobody can foretell
        assert leaves == [leaf_without_us(row) for row in rows]
    hashes = [h for batch in ledger.leaf_hashes(after=0, until=ledger.head()) for h in batch]
    assert hashes == [merkle.leaf_hash(leaf) for leaf in leaves]


def test_leaves_are_those_of_the_range(ledger: Ledger) -> None:
    """A range begins after its lower bound and ends with the ledger at the latest."""
    fill(ledger, "a", "b", "c")

    def positions(after: int, until: int) -> list[bytes]:
        return [h for batch in ledger.leaf_hashes(after=after, until=until) for h in batch]

    assert positions(1, 2) == [merkle.leaf_hash(ledger.leaf(2))]
    assert positions(1, 99) == [merkle.leaf_hash(ledger.leaf(p)) for p in (2, 3)]
    assert positions(3, 99) == []
    assert ledger.leaf(4) == b""
