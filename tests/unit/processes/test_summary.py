"""What a process summary counts, keeps and refuses."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_clock import START, HandClock

from lineage.domain.process import ErrorThreshold
from lineage.events import Event, ProcessCounted, ProcessProgressed, ProcessStarted
from lineage.events.process import ProcessAlertRaised
from lineage.kernel.errors import CommandRejectedError, LedgerUnavailableError, PathRefusedError
from lineage.processes.manager import (
    ProcessSummaryManager,
    create_process_summary,
    save_process_summary,
)
from lineage.processes.summary import ProcessSummary
from lineage.project import Project

KEYS = [
    "process_name",
    "run_name",
    "session_id",
    "start_time",
    "end_time",
    "duration_seconds",
    "is_completed",
    "items_processed",
    "items_successful",
    "items_failed",
    "items_retried",
    "bytes_processed",
    "success_rate_percent",
    "processing_rate_per_second",
    "error_count",
    "error_types",
    "last_error_message",
    "last_error_time",
    "interruption_count",
    "progress_updates_count",
    "progress_updates",
    "custom_metrics",
    "generated_at",
]
STARTED_S = START.timestamp()

Opener = Callable[..., ProcessSummary]


@pytest.fixture
def hand_clock() -> HandClock:
    """A clock that stands until it is moved."""
    return HandClock()


@pytest.fixture
def project(tmp_path: Path, hand_clock: HandClock) -> Iterator[Project]:
    """An empty project."""
    with Project(tmp_path, clock=hand_clock) as opened:
        yield opened


@pytest.fixture
def open_summary(project: Project) -> Opener:
    """Begins a session of the process "collect" of the run "harvard_2024"."""

    def open_one(**options: Any) -> ProcessSummary:
        return ProcessSummary("collect", "harvard_2024", project=project, **options)

    return open_one


@pytest.fixture
def summary(open_summary: Opener) -> ProcessSummary:
    """A summary that has just begun."""
    return open_summary()


@pytest.fixture
def summary_file(project: Project) -> Path:
    """Where it is exported."""
    return project.root / "runs/harvard_2024/process_summary_collect.json"


def recorded(project: Project, kind: type[Event]) -> list[Any]:
    """The recorded events of one type."""
    return [r.event for r in project.ledger.read() if isinstance(r.event, kind)]


def test_summary_of_its_own_project_holds_no_ledger_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between being made and each save nothing is open, so that there is nothing to close."""
    monkeypatch.chdir(tmp_path)
    held_while_open = tmp_path / ".lineage/ledger.db-wal"

    summary = ProcessSummary("collect", "harvard_2024")
    assert not held_while_open.exists()
    for _ in range(2):
        summary.increment_items(processed=1)
        summary.save()
        assert not held_while_open.exists()

    assert ProcessSummary("collect", "harvard_2024").items_processed == 2


def test_summary_leaves_a_given_project_open(summary: ProcessSummary, project: Project) -> None:
    """Who opened the project closes it."""
    summary.save()

    assert (project.state_folder / "ledger.db-wal").exists()


def test_new_summary_has_nothing_counted(summary: ProcessSummary) -> None:
    """A new process starts now, at zero, and is open."""
    assert (summary.process_name, summary.run_name) == ("collect", "harvard_2024")
    assert (summary.session_id, summary.start_time) == (int(STARTED_S), STARTED_S)
    assert (summary.end_time, summary.duration_seconds) == (None, None)
    assert summary.items_processed == summary.items_successful == summary.items_failed == 0
    assert summary.items_retried == summary.bytes_processed == summary.error_count == 0
    assert (summary.error_types, summary.last_error_message, summary.last_error_time) == (
        {},
        None,
        None,
    )
    assert (summary.interruption_count, summary.progress_updates, summary.custom_metrics) == (
        0,
        [],
        {},
    )


def test_increments_add_up(summary: ProcessSummary) -> None:
    """Each parameter has its counter."""
    summary.increment_items(processed=10, successful=8, failed=2, retried=1, bytes_count=1024)
    summary.increment_items(5, 4, 1, 0, 512)

    assert summary.items_processed == 15
    assert summary.items_successful == 12
    assert summary.items_failed == 3
    assert summary.items_retried == 1
    assert summary.bytes_processed == 1536


def test_numpy_numbers_are_counted(summary: ProcessSummary) -> None:
    """Whole numbers of any type count, and come out as plain ones."""
    numbers: list[Any] = [np.int64(3), np.uint8(2), True]
    summary.increment_items(*numbers)

    assert (summary.items_processed, summary.items_successful, summary.items_failed) == (3, 2, 1)
    assert type(summary.items_processed) is int


@pytest.mark.parametrize("number", [-1, 1.5, 2**63, np.float64(1)])
def test_number_that_counts_nothing_is_refused(summary: ProcessSummary, number: Any) -> None:
    """A count is a whole number from 0; nothing of the call is counted."""
    with pytest.raises(CommandRejectedError, match=r"a whole number from 0|at most 92233"):
        summary.increment_items(processed=1, bytes_count=number)

    assert summary.items_processed == 0


def test_counts_beyond_64_bits_are_refused_when_they_are_made(summary: ProcessSummary) -> None:
    """The refusal comes with the call that is too much, not with the save."""
    summary.increment_items(bytes_count=2**62)

    with pytest.raises(CommandRejectedError, match="at most 9223372036854775807 in total"):
        summary.increment_items(bytes_count=2**62)


def test_errors_are_counted_by_type(summary: ProcessSummary, hand_clock: HandClock) -> None:
    """The last error gives message and time."""
    summary.add_error("NetworkError", "timeout")
    summary.add_error("ValidationError", "bad")
    hand_clock.move(5)
    summary.add_error("NetworkError", "reset")

    assert summary.error_types == {"NetworkError": 2, "ValidationError": 1}
    assert summary.error_count == 3
    assert summary.last_error_message == "reset"
    assert summary.last_error_time == STARTED_S + 5


def test_last_error_is_the_last_after_a_restart(
    summary: ProcessSummary, open_summary: Opener
) -> None:
    """Errors aggregated by type keep their order by the last of each."""
    for error_type, message in (("A", "first"), ("B", "second"), ("A", "third")):
        summary.add_error(error_type, message)
    summary.save()

    assert open_summary().last_error_message == "third"


def test_over_long_message_is_cut(summary: ProcessSummary) -> None:
    """The history does not grow with what an exception quotes; what is missing is said."""
    summary.add_error("E" * 5000, "x" * 5000)

    assert summary.last_error_message == "x" * 1000 + "... (4000 more characters)"
    assert list(summary.error_types) == ["E" * 1000 + "... (4000 more characters)"]


def test_password_in_a_message_is_hidden(summary: ProcessSummary) -> None:
    """A message is kept as given, but for passwords."""
    summary.add_error("DbError", "no route to postgres://me:hunter2@host/db")

    assert summary.last_error_message == "no route to postgres://me:***@host/db"


def test_progress_update_shows_the_counts_until_then(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """An update has its time, the seconds of work, the counts and what the caller added."""
    summary.increment_items(processed=50, successful=49, failed=1)
    hand_clock.move(3.14)
    summary.add_progress_update("Processing batch 1", batch_size=50)
    summary.increment_items(processed=50)

    assert summary.progress_updates == [
        {
            "timestamp": STARTED_S + 3.14,
            "elapsed_seconds": 3.14,
            "message": "Processing batch 1",
            "items_processed": 50,
            "items_successful": 49,
            "items_failed": 1,
            "batch_size": 50,
        }
    ]


def test_progress_summary_shows_the_last_five(summary: ProcessSummary) -> None:
    """The first, the latest and the five latest updates, and how many there are."""
    for number in range(10):
        summary.add_progress_update(f"Update {number}")

    shown: dict[str, Any] = summary.get_progress_summary()

    assert shown["total_updates"] == 10
    assert [u["message"] for u in shown["recent_updates"]] == [f"Update {n}" for n in range(5, 10)]
    assert shown["first_update"]["message"] == "Update 0"
    assert shown["latest_update"]["message"] == "Update 9"


def test_progress_summary_without_updates_is_empty(summary: ProcessSummary) -> None:
    """There is nothing to show before the first update."""
    assert summary.get_progress_summary() == {}


def test_custom_metric_has_its_latest_value(summary: ProcessSummary) -> None:
    """A metric that is set again keeps its place and changes its value."""
    summary.set_custom_metric("books", 1)
    summary.set_custom_metric("storage", "minio")
    summary.save()
    summary.set_custom_metric("books", 2)

    assert list(summary.custom_metrics.items()) == [("books", 2), ("storage", "minio")]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "NaN"),
        (np.float32(0.5), 0.5),
        ({1: {"a", "b"}, "2": (1, 2)}, {"1": ["a", "b"], "2": [1, 2]}),
        (Decimal("1.10"), "1.10"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        (b"\x00", "base64:AA=="),
        (2**80, 2**80),
        ("\udcff", "\\udcff"),
        (Path("a/b"), "a/b"),
    ],
)
def test_any_value_becomes_json(
    summary: ProcessSummary, summary_file: Path, value: object, kept: object
) -> None:
    """Metrics and progress details take what people have at hand."""
    summary.set_custom_metric("m", value)
    summary.add_progress_update("p", detail=value)
    summary.save()

    exported = json.loads(summary_file.read_text())
    assert exported["custom_metrics"]["m"] == kept
    assert exported["progress_updates"][0]["detail"] == kept


def test_text_under_a_secret_name_is_hidden(summary: ProcessSummary, project: Project) -> None:
    """A key that slips into a metric or an update is not recorded; a number of tokens is."""
    summary.set_custom_metric("api_key", "s3cr3t-marker")
    summary.add_progress_update("p", password="s3cr3t-marker", tokens=5)  # noqa: S106  # planted
    summary.save()

    assert summary.custom_metrics == {"api_key": "***"}
    assert summary.progress_updates[0]["tokens"] == 5
    assert all(b"s3cr3t-marker" not in r.event.to_payload() for r in project.ledger.read())


def test_summary_has_the_documented_keys_in_order(summary: ProcessSummary) -> None:
    """The document is the one of the process summary format."""
    assert list(summary.get_summary_dict()) == KEYS


def test_rates_are_0_when_nothing_was_processed(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """Behaviour 69: rates and percentages are 0, not an error, when nothing was processed."""
    hand_clock.move(10)
    shown = summary.get_summary_dict()

    assert (shown["success_rate_percent"], shown["processing_rate_per_second"]) == (0, 0)


def test_rate_is_0_when_no_time_has_passed(summary: ProcessSummary) -> None:
    """Behaviour 69: a clock that has not moved is no division by zero."""
    summary.increment_items(processed=1, successful=1)
    shown = summary.get_summary_dict()

    assert (shown["success_rate_percent"], shown["processing_rate_per_second"]) == (100, 0)


def test_rates_are_per_item_and_per_second_of_work(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """The rate of a running process is as of now."""
    summary.increment_items(processed=1000, successful=995, failed=5)
    hand_clock.move(50)
    shown = summary.get_summary_dict()

    assert (shown["success_rate_percent"], shown["processing_rate_per_second"]) == (99.5, 20)
    assert shown["duration_seconds"] is None


def test_end_gives_time_and_duration(summary: ProcessSummary, hand_clock: HandClock) -> None:
    """Times are seconds since 1970, the duration is measured by the monotonic clock."""
    hand_clock.move(49.5)
    summary.end_process()
    hand_clock.move(10)

    assert summary.end_time == STARTED_S + 49.5
    assert summary.duration_seconds == 49.5
    assert summary.get_summary_dict()["is_completed"] is True


@pytest.mark.parametrize(
    "count",
    [
        lambda summary: summary.increment_items(processed=1),
        lambda summary: summary.add_error("E", "m"),
        lambda summary: summary.add_progress_update("m"),
        lambda summary: summary.set_custom_metric("k", 1),
        lambda summary: summary.checkpoint(),
    ],
)
def test_nothing_is_counted_after_the_end(
    summary: ProcessSummary, count: Callable[[ProcessSummary], None]
) -> None:
    """An ended process takes nothing until it is started again."""
    summary.end_process()
    with pytest.raises(CommandRejectedError, match=r"start_process\(\) starts it"):
        count(summary)

    summary.start_process()
    count(summary)


def test_second_end_is_without_effect(summary: ProcessSummary, hand_clock: HandClock) -> None:
    """A `finally` may end what has ended."""
    summary.end_process()
    hand_clock.move(5)
    summary.end_process()

    assert summary.end_time == STARTED_S


def test_process_started_again_counts_on(
    summary: ProcessSummary, open_summary: Opener, hand_clock: HandClock
) -> None:
    """Counts and id go on, the end is gone, and the time in between is nobody's work."""
    summary.increment_items(processed=1)
    hand_clock.move(10)
    summary.end_process()
    summary.save()
    hand_clock.move(1000)
    again = open_summary()
    again.start_process()
    again.increment_items(processed=1)
    assert (again.end_time, again.items_processed) == (None, 2)
    hand_clock.move(5)
    again.end_process()

    assert again.duration_seconds == 15
    assert (again.session_id, again.start_time) == (int(STARTED_S), STARTED_S)
    assert again.interruption_count == 0


def test_start_of_an_untouched_process_is_now(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """Until something is counted, `start_process` sets the clock back."""
    hand_clock.move(7)
    summary.start_process()

    assert summary.start_time == summary.last_checkpoint_time == STARTED_S + 7


def test_start_of_a_process_under_way_is_a_checkpoint(
    summary: ProcessSummary, hand_clock: HandClock, project: Project
) -> None:
    """A second start does not make a second session."""
    summary.increment_items(processed=1)
    hand_clock.move(7)
    summary.start_process()
    summary.save()

    assert (summary.start_time, summary.last_checkpoint_time) == (STARTED_S, STARTED_S + 7)
    assert len(recorded(project, ProcessStarted)) == 1


def test_checkpoint_moves_the_checkpoint_time(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """The last checkpoint counts."""
    hand_clock.move(7)
    summary.checkpoint()

    assert summary.last_checkpoint_time == STARTED_S + 7


def test_silence_of_over_300_s_is_an_interruption(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """It is counted once, and gone with the next checkpoint."""
    hand_clock.move(300)
    assert not summary.detect_interruption()
    hand_clock.move(1)

    assert summary.detect_interruption()
    assert summary.detect_interruption()
    assert summary.interruption_count == 1
    summary.checkpoint()
    assert not summary.detect_interruption()


def test_checkpoint_that_is_not_saved_yet_breaks_the_silence(
    summary: ProcessSummary, hand_clock: HandClock
) -> None:
    """What counts is when a checkpoint was made, not when it was recorded."""
    hand_clock.move(299)
    summary.checkpoint()
    hand_clock.move(299)

    assert not summary.detect_interruption()


def test_everything_saved_survives_a_restart(
    summary: ProcessSummary, open_summary: Opener, hand_clock: HandClock
) -> None:
    """Behaviour 68: items, failures, retries, bytes and errors by type survive; id is kept."""
    summary.increment_items(processed=10, successful=7, failed=3, retried=2, bytes_count=99)
    summary.add_error("NetworkError", "timeout")
    summary.add_progress_update("half", share=0.5)
    summary.set_custom_metric("storage", "minio")
    summary.save()
    before = summary.get_summary_dict()
    hand_clock.move(60)

    after = open_summary().get_summary_dict()

    changing = {"generated_at"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


def test_interrupted_process_is_found_when_taken_up(
    summary: ProcessSummary, open_summary: Opener, hand_clock: HandClock
) -> None:
    """Behaviour 68: the last checkpoint is over 5 minutes old and the process had not ended."""
    hand_clock.move(10)
    summary.checkpoint()
    summary.save()
    hand_clock.move(301)
    taken_up = open_summary()

    assert taken_up.interruption_count == 1
    assert taken_up.detect_interruption()
    assert taken_up.session_id == summary.session_id


@pytest.mark.parametrize(("silent_s", "has_ended"), [(299, False), (9999, True)])
def test_restart_without_silence_or_after_the_end_is_no_interruption(
    summary: ProcessSummary,
    open_summary: Opener,
    hand_clock: HandClock,
    silent_s: float,
    has_ended: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Behaviour 68: a quick restart, or an end, leaves the interruptions alone."""
    if has_ended:
        summary.end_process()
    summary.save()
    hand_clock.move(silent_s)

    assert open_summary().interruption_count == 0


def test_counts_become_one_event_per_save(summary: ProcessSummary, project: Project) -> None:
    """A thousand increments and checkpoints are one count and one checkpoint."""
    summary.save()
    head = project.ledger.head()
    for _ in range(1000):
        summary.increment_items(processed=1)
        summary.add_error("E", "m")
        summary.set_custom_metric("k", 1)
        summary.checkpoint()
    summary.save()

    assert project.ledger.head() == head + 4


def test_save_without_news_records_nothing(summary: ProcessSummary, project: Project) -> None:
    """Saving in a loop does not fill the ledger."""
    summary.save()
    head = project.ledger.head()
    summary.save()

    assert project.ledger.head() == head


def test_exported_file_is_the_summary(summary: ProcessSummary, summary_file: Path) -> None:
    """After a save the file and `get_summary_dict` say the same."""
    summary.increment_items(processed=3)
    summary.add_progress_update("three")
    summary.save()

    assert json.loads(summary_file.read_text()) == summary.get_summary_dict()
    assert list(json.loads(summary_file.read_text())) == KEYS


def test_what_cannot_be_recorded_is_kept_for_the_next_save(
    summary: ProcessSummary, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that refuses is an error, and costs nothing that was counted."""
    summary.increment_items(processed=5)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("os.getpid", lambda: -1)  # as in a fork, where the ledger refuses
        with pytest.raises(LedgerUnavailableError, match="forked"):
            summary.save()
    summary.increment_items(processed=5)
    summary.save()

    assert [counted.processed for counted in recorded(project, ProcessCounted)] == [5, 5]


def test_file_that_cannot_be_written_does_not_stop_the_process(
    summary: ProcessSummary, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """The counts are recorded, the missing file is logged."""
    (project.root / "runs").write_text("in the way")
    summary.increment_items(processed=5)
    summary.save()

    assert [counted.processed for counted in recorded(project, ProcessCounted)] == [5]
    assert "the ledger has it all" in caplog.text


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"process_name": "collect"}', "\x00\x01", "[" * 100_000]
)
def test_damaged_file_is_set_aside_and_rebuilt(
    summary: ProcessSummary,
    project: Project,
    summary_file: Path,
    content: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Behaviour 70: a damaged export is set aside with a warning and rebuilt from the ledger."""
    summary.increment_items(processed=5)
    summary.end_process()
    summary.save()
    good = summary_file.read_bytes()
    summary_file.write_text(content)

    manager = ProcessSummaryManager("harvard_2024", "collect", project=project)
    asyncio.run(manager.load_or_create_summary())

    assert summary_file.read_bytes() == good
    assert summary_file.with_name(summary_file.name + ".damaged-1").read_text() == content
    assert [r.levelno for r in caplog.records] == [logging.WARNING]


def test_summary_of_another_process_in_the_place_is_set_aside(
    summary: ProcessSummary, summary_file: Path
) -> None:
    """Behaviour 70: a file that is a summary, but not of this process, is as good as damaged."""
    summary.save()
    other = summary_file.read_text().replace('"collect"', '"sync"')
    summary_file.write_text(other)
    summary.save()
    summary_file.write_text(other)
    summary.save()

    assert json.loads(summary_file.read_text())["process_name"] == "collect"
    assert len(list(summary_file.parent.glob("*.damaged-[12]"))) == 2


def test_missing_file_is_written_again(summary: ProcessSummary, summary_file: Path) -> None:
    """The file is an export: losing it loses nothing."""
    summary.save()
    content = summary_file.read_bytes()
    summary_file.unlink()
    summary.save()

    assert summary_file.read_bytes() == content


def test_cleanup_removes_the_file_and_not_the_history(
    summary: ProcessSummary, project: Project, summary_file: Path, open_summary: Opener
) -> None:
    """The ledger keeps what was counted; a second cleanup finds nothing to do."""
    summary.increment_items(processed=5)
    summary.save()
    manager = ProcessSummaryManager("harvard_2024", "collect", project=project)
    asyncio.run(manager.cleanup_summary())
    asyncio.run(manager.cleanup_summary())

    assert not summary_file.exists()
    assert open_summary().items_processed == 5


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "nul\x00", "~", "CON", "x" * 256, "\udcff"]
)
def test_hostile_name_is_refused(project: Project, name: str) -> None:
    """A name that is to become a folder or file cannot lead elsewhere."""
    with pytest.raises(PathRefusedError, match="expected"):
        ProcessSummaryManager(name, "collect", project=project)
    with pytest.raises(PathRefusedError, match="expected"):
        ProcessSummary(name, "harvard_2024", project=project)


def test_folder_that_leads_outside_is_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A link in the place of the folder does not take the summaries elsewhere."""
    (project.root / "runs").symlink_to(tmp_path_factory.mktemp("outside"))

    with pytest.raises(PathRefusedError, match="expected a path inside"):
        ProcessSummary("collect", "harvard_2024", project=project)


def test_odd_but_legal_names_are_used_as_they_are(project: Project) -> None:
    """Spaces, dots, ampersands and other scripts are no reason to refuse."""
    summary = ProcessSummary("R&D..v2 été", "run 1", project=project)
    summary.save()

    assert (project.root / "runs/run 1/process_summary_R&D..v2 été.json").exists()


def test_summary_of_another_process_is_not_saved(summary: ProcessSummary, project: Project) -> None:
    """A manager saves the process it was made for."""
    manager = ProcessSummaryManager("harvard_2024", "sync", project=project)

    with pytest.raises(CommandRejectedError, match=r"found \('harvard_2024', 'collect'\)"):
        asyncio.run(manager.save_summary(summary))


def test_alert_is_recorded_and_logged(
    open_summary: Opener, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors that reach a threshold leave an event and a warning, once."""
    summary = open_summary(thresholds=[ErrorThreshold(limit=3, error_type="NetworkError")])
    for _ in range(2):
        for _ in range(4):
            summary.add_error("NetworkError", "timeout")
        summary.save()

    alerts = recorded(project, ProcessAlertRaised)
    assert [(a.error_type, a.threshold, a.measured) for a in alerts] == [("NetworkError", 3, 4)]
    said = "error_count of NetworkError is 4, the threshold is 3"
    assert caplog.messages == [f"process 'collect' of run 'harvard_2024': {said}"]


def test_creating_starts_an_ended_process_again(project: Project) -> None:
    """A pipeline that ran to its end can be run once more under the same names."""

    async def run_twice() -> ProcessSummary:
        for _ in range(2):
            summary = await create_process_summary("r", "p", project=project)
            summary.increment_items(processed=1)
            summary.end_process()
            await save_process_summary(summary)
        return summary

    assert asyncio.run(run_twice()).items_processed == 2
    assert len(recorded(project, ProcessStarted)) == 2


def test_loading_an_ended_process_leaves_it_ended(
    summary: ProcessSummary, project: Project
) -> None:
    """The manager loads; it is `start_process` that begins again."""
    summary.end_process()
    summary.save()
    head = project.ledger.head()
    manager = ProcessSummaryManager("harvard_2024", "collect", project=project)
    loaded = asyncio.run(manager.load_or_create_summary())

    assert loaded.end_time == STARTED_S
    assert project.ledger.head() == head


def test_two_sessions_of_one_process_add_up(summary: ProcessSummary, open_summary: Opener) -> None:
    """Counts of sessions that run side by side are all recorded; each sees the others' saves."""
    other = open_summary()
    for _ in range(5):
        summary.increment_items(processed=1)
        summary.save()
        other.increment_items(processed=10)
        other.save()

    assert other.items_processed == open_summary().items_processed == 55


def test_counts_left_when_another_session_ended_can_be_saved_after_a_start(
    summary: ProcessSummary, open_summary: Opener
) -> None:
    """They are refused, kept, and recorded once the process is started again."""
    summary.save()
    other = open_summary()
    other.end_process()
    other.save()
    summary.increment_items(processed=5)
    with pytest.raises(CommandRejectedError, match="'ended'"):
        summary.save()
    summary.start_process()
    summary.save()

    assert summary.items_processed == open_summary().items_processed == 5


def test_end_left_when_another_session_ended_can_be_saved_after_a_start(
    summary: ProcessSummary, open_summary: Opener
) -> None:
    """Counts and end that came too late follow the new start, which leaves the process open."""
    summary.save()
    other = open_summary()
    other.end_process()
    other.save()
    summary.increment_items(processed=5)
    summary.end_process()
    with pytest.raises(CommandRejectedError, match="'ended'"):
        summary.save()
    summary.start_process()
    summary.increment_items(processed=1)
    summary.save()

    assert (summary.end_time, open_summary().items_processed) == (None, 6)


def test_million_increments_by_eight_tasks_add_up(project: Project) -> None:
    """Behaviour 71: 1,000,000 increments by 8 tasks of one event loop add up, saves between."""
    each = 1_000_000 // 8

    async def count(summary: ProcessSummary) -> None:
        for number in range(each):
            summary.increment_items(processed=1, bytes_count=2)
            if number % 10_000 == 0:
                await asyncio.sleep(0)

    async def run() -> None:
        summary = await create_process_summary("r", "p", project=project)
        counting = asyncio.gather(*(count(summary) for _ in range(8)))
        while not counting.done():
            await save_process_summary(summary)
        await counting
        await save_process_summary(summary)

    asyncio.run(run())

    reopened = ProcessSummary("p", "r", project=project)
    assert (reopened.items_processed, reopened.bytes_processed) == (1_000_000, 2_000_000)


def test_increments_of_many_threads_add_up(summary: ProcessSummary, open_summary: Opener) -> None:
    """Threads that count, report and save at once lose nothing."""

    def work() -> None:
        for number in range(2_000):
            summary.increment_items(processed=1)
            if number % 100 == 0:
                summary.add_progress_update("on")
                summary.save()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    summary.save()

    assert open_summary().items_processed == 8_000
    assert len(open_summary().progress_updates) == 80


def test_summary_without_a_project_makes_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline that knows nothing of projects gets one in its folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)
    summary = asyncio.run(create_process_summary("harvard_2024", "collect"))
    summary.increment_items(processed=1)
    asyncio.run(save_process_summary(summary))

    assert (
        json.loads((tmp_path / "runs/harvard_2024/process_summary_collect.json").read_text())[
            "items_processed"
        ]
        == 1
    )
    assert (tmp_path / ".lineage/ledger.db").exists()


def test_key_of_an_update_gives_way_to_the_callers(
    summary: ProcessSummary, project: Project
) -> None:
    """Who states a count of their own in an update means it."""
    summary.add_progress_update("x", items_processed="about 7")
    summary.save()

    assert summary.progress_updates[0]["items_processed"] == "about 7"
    assert recorded(project, ProcessProgressed)[0].context == {"items_processed": "about 7"}
