"""The summary that is rebuilt from the ledger, against the one the process wrote itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import strategies
from hand_clock import START, HandClock
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.events import (
    Event,
    ProcessCounted,
    ProcessEnded,
    ProcessErrorRecorded,
    ProcessInterrupted,
    ProcessMetricSet,
    ProcessProgressed,
    ProcessStarted,
)
from lineage.events.process import MAX_COUNT, ProcessAlertRaised
from lineage.kernel.values import document_text
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from projections import Catalog
from projections.documents.processes.process_summary import build_process_summaries

STARTED_S = START.timestamp()

STARTED = ProcessStarted(
    run_name="r", process_name="p", session_id=int(STARTED_S), occurred_at=START
)


def counted(processed: int, failed: int = 0, **more: int) -> ProcessCounted:
    """Some items, handled in two seconds."""
    fields = {"retried": 0, "bytes_processed": 0, "worked_us": 2_000_000, **more}
    return ProcessCounted(
        processed=processed, successful=processed - failed, failed=failed, **fields
    )


def errors(error_type: str, count: int, second: int) -> ProcessErrorRecorded:
    """Errors of one type, the last of them at a time."""
    return ProcessErrorRecorded(
        error_type=error_type,
        count=count,
        message=f"{error_type} at {second}",
        occurred_at=START + timedelta(seconds=second),
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose ledger is in memory."""
    monkeypatch.setenv("LINEAGE_LEDGER", "memory://")
    with Project(tmp_path, clock=HandClock()) as opened:
        yield opened


def catalog_of(project: Project, *events: Event) -> Catalog:
    """The catalog after a history of the process "p" of the run "r"."""
    project.ledger.append("process:r/p", events, expected_version=0)
    return project.projector.as_of(project.ledger.head())


def shown(project: Project, *events: Event) -> dict[str, Any]:
    """The summary after a history."""
    with catalog_of(project, *events) as catalog:
        (document,) = build_process_summaries(catalog)
        return document


def test_counts_of_all_sessions_are_summed(project: Project) -> None:
    """Counts, bytes and seconds of work add up over sessions."""
    document = shown(
        project, STARTED, counted(10, bytes_processed=5), STARTED, counted(20, 4, retried=3)
    )

    assert (document["items_processed"], document["items_failed"]) == (30, 4)
    assert (document["items_retried"], document["bytes_processed"]) == (3, 5)
    assert document["processing_rate_per_second"] == 30 / 4
    assert document["success_rate_percent"] == 100 * 26 / 30


def test_process_that_ended_has_end_and_duration(project: Project) -> None:
    """Times are seconds since 1970."""
    ended = ProcessEnded(occurred_at=START + timedelta(seconds=9.5))
    document = shown(project, STARTED, counted(1), ended)

    assert (document["start_time"], document["end_time"]) == (STARTED_S, STARTED_S + 9.5)
    assert (document["duration_seconds"], document["is_completed"]) == (2, True)


def test_process_started_again_is_open(project: Project) -> None:
    """An end that another session followed is none."""
    document = shown(project, STARTED, ProcessEnded(occurred_at=START), STARTED)

    assert (document["end_time"], document["duration_seconds"]) == (None, None)
    assert document["is_completed"] is False


def test_nothing_processed_gives_rates_of_0(project: Project) -> None:
    """Behaviour 69: rates and percentages are 0, not an error, when nothing was processed."""
    document = shown(project, STARTED)

    assert document["success_rate_percent"] == document["processing_rate_per_second"] == 0


def test_errors_are_summed_by_type(project: Project) -> None:
    """Types are in alphabetical order; message and time are those of the last event."""
    document = shown(project, STARTED, errors("B", 2, 1), errors("A", 1, 9), errors("B", 3, 5))

    assert document["error_count"] == 6
    assert list(document["error_types"].items()) == [("A", 1), ("B", 5)]
    assert document["last_error_message"] == "B at 5"
    assert document["last_error_time"] == STARTED_S + 5


def test_progress_shows_what_was_counted_until_then(project: Project) -> None:
    """Counts after an update do not change it."""
    progressed = ProcessProgressed(message="m", context={"k": [1, None]}, occurred_at=START)
    document = shown(project, STARTED, counted(5, 1), progressed, counted(7))

    assert document["progress_updates"] == [
        {
            "timestamp": STARTED_S,
            "elapsed_seconds": 2,
            "message": "m",
            "items_processed": 5,
            "items_successful": 4,
            "items_failed": 1,
            "k": [1, None],
        }
    ]


def test_metrics_have_their_latest_value_in_the_order_they_were_first_set(
    project: Project,
) -> None:
    """A metric set again keeps its place."""
    sets = [ProcessMetricSet(key=k, value=v) for k, v in (("b", 1), ("a", {"x": 2.5}), ("b", None))]
    document = shown(project, STARTED, *sets)

    assert list(document["custom_metrics"].items()) == [("b", None), ("a", {"x": 2.5})]


def test_interruptions_are_counted(project: Project) -> None:
    """Each silence that was found is one."""
    found = ProcessInterrupted(silent_s=301, occurred_at=START)

    assert shown(project, STARTED, found, STARTED, found)["interruption_count"] == 2


def test_document_is_as_of_the_last_event(project: Project) -> None:
    """`generated_at` comes from the ledger, so that a rebuild gives the same bytes."""
    assert shown(project, STARTED)["generated_at"] == "2026-01-01T00:00:00.000000Z"


def test_alerts_stand_in_a_view(project: Project) -> None:
    """Alerts can be asked for, and are counted with the process."""
    raised = ProcessAlertRaised(measure="error_count", error_type=None, threshold=3, measured=4)
    with catalog_of(project, STARTED, raised) as catalog:
        alert = catalog.row("select stream, threshold, measured from process_alerts")
        count = catalog.value("select alert_count from process_stages")

    assert alert == {"stream": "process:r/p", "threshold": 3, "measured": 4}
    assert count == 1


def test_sum_beyond_64_bits_does_not_stop_the_catalog(project: Project) -> None:
    """The rules let no process get there, but no history may make the views fail."""
    most = counted(MAX_COUNT, worked_us=MAX_COUNT)

    assert shown(project, STARTED, most, most)["items_processed"] == MAX_COUNT


def test_project_without_processes_has_no_summaries(project: Project) -> None:
    """A summary is built of what was recorded."""
    with catalog_of(project) as catalog:
        assert list(build_process_summaries(catalog)) == []


def test_every_column_of_the_process_tables_is_documented(project: Project) -> None:
    """Tables and views are public: each column says what it holds."""
    with project.projector.open() as catalog:
        undocumented = catalog.rows(
            """
            select table_name, column_name
            from duckdb_columns()
            where table_name like 'process%' and comment is null
            """
        )

    assert undocumented == []


Action = tuple[Any, ...]
actions: st.SearchStrategy[Action] = st.one_of(
    st.tuples(st.just("count"), *[st.integers(0, 10**6)] * 5),
    st.tuples(st.just("error"), st.sampled_from(["A", "B", "ä"]), strategies.texts),
    st.tuples(
        st.just("progress"),
        strategies.texts,
        st.dictionaries(
            st.sampled_from(["a", "timestamp", "items_failed"]), strategies.json_values
        ),
    ),
    st.tuples(
        st.just("metric"), st.sampled_from(["a", "b"]) | strategies.texts, strategies.json_values
    ),
    st.tuples(st.just("move"), st.floats(0, 1000)),
    st.tuples(st.sampled_from(["checkpoint", "silence", "save", "restart", "end"])),
)


def act(  # noqa: C901  # one case an action
    summary: ProcessSummary, project: Project, action: Action
) -> ProcessSummary:
    """Do what a pipeline may do to its summary, and return the summary to go on with."""
    match action:
        case ("move", seconds):
            clock = project.clock
            assert isinstance(clock, HandClock)
            clock.move(seconds)
        case ("save",):
            summary.save()
        case ("restart",):
            return ProcessSummary("p", "r", project=project)
        case ("end",):
            summary.end_process()
        case ("silence",):
            summary.detect_interruption()
        case _ if summary.end_time is not None:
            summary.start_process()
        case ("count", *numbers):
            summary.increment_items(*numbers)
        case ("error", error_type, message):
            summary.add_error(error_type, message)
        case ("progress", message, context):
            summary.add_progress_update(message, **context)
        case ("metric", key, value):
            summary.set_custom_metric(key, value)
        case ("checkpoint",):
            summary.checkpoint()
    return summary


@settings(max_examples=40)
@given(st.lists(actions, max_size=12))
def test_rebuilt_summary_is_the_exported_one(
    tmp_path_factory: pytest.TempPathFactory, history: list[Action]
) -> None:
    """Whatever a process does, the projection rebuilds its file byte for byte."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LINEAGE_LEDGER", "memory://")
        project = Project(tmp_path_factory.mktemp("project"), clock=HandClock())
    summary = ProcessSummary("p", "r", project=project)
    for action in history:
        summary = act(summary, project, action)
    summary.save()
    exported = (project.root / "runs/r/process_summary_p.json").read_text()
    with project.projector.as_of(project.ledger.head()) as catalog:
        (rebuilt,) = build_process_summaries(catalog)

    assert document_text(rebuilt) == exported
    assert document_text(summary.get_summary_dict()) == exported
