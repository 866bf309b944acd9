"""The report of a run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from projection_scenarios import (
    Step,
    at,
    broken,
    digest,
    done,
    environment,
    failed,
    folded,
    metric,
    of_run,
    operation,
    started,
    succeeded,
    wrote,
)
from report_keys import REPORT_KEYS

from lineage.events import (
    ArtifactGrouped,
    FileImported,
    OperationReported,
    OperationSkipped,
    RunInterrupted,
    WarningRaised,
)
from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.values import document_text
from projections import Projector
from projections.documents.report import build_report, report_rows, reported_runs

SYSTEM_KEYS = {"os", "python_version", "user", "machine", "cpu_count", "pamola_version"}
OPERATION_KEYS = {"operation", "timestamp", "status", "details"}
ARTIFACT_KEYS = {
    "type",
    "path",
    "filename",
    "description",
    "category",
    "tags",
    "size_bytes",
    "timestamp",
    "metadata",
}
GROUP_KEYS = {"name", "description", "artifacts", "created_at", "count"}
MESSAGE_KEYS = {"operation", "timestamp", "message", "details"}


def report_of(*steps: Step, run: str = "r1") -> dict[str, Any]:
    """The report of a run after a history."""
    with folded(*steps) as history:
        return build_report(history.catalog, run)


def test_imported_files_say_where_they_came_from() -> None:
    """A file that was copied into the task's folder has source, digest and size."""
    imported = FileImported(
        source_uri="/mnt/codes.csv",
        uri="DATA/processed/t_1/input/codes.csv",
        sha256=digest("codes"),
        size_bytes=5,
    )

    assert report_of(of_run(started(), imported))["imported_files"] == [
        {
            "path": "DATA/processed/t_1/input/codes.csv",
            "source": "/mnt/codes.csv",
            "sha256": digest("codes"),
            "size_bytes": 5,
            "timestamp": at(2).isoformat(),
        }
    ]


def metrics_of(*events: Any) -> Any:
    """The metrics in the report of a run with these events."""
    return report_of(of_run(started(), *events))["metrics"]


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The report of a run in which everything occurs."""
    written = wrote("out/a.json", "abc", artifact_type="json", group="stats", tags=("s",))
    return report_of(
        of_run(
            started(),
            environment(),
            operation(1, "load"),
            done(1, details={"rows": 10}),
            ArtifactGrouped(group="stats", description="Statistics"),
            written,
            metric("row_count", 10),
            WarningRaised(operation=1, name="load", message="odd", details={"fields": ["a"]}),
            operation(2, "measure"),
            broken(2, message="no space"),
            succeeded(operations_failed=1),
        )
    )


def test_report_has_every_promised_key(whole: dict[str, Any]) -> None:
    """Each level of the report has all keys of the framework's structure."""
    assert whole.keys() >= REPORT_KEYS
    assert whole["system_info"].keys() >= SYSTEM_KEYS
    assert whole["artifacts"][0].keys() >= ARTIFACT_KEYS
    assert whole["artifact_groups"]["stats"].keys() == GROUP_KEYS
    assert all(entry.keys() == OPERATION_KEYS for entry in whole["operations"])
    assert all(entry.keys() == MESSAGE_KEYS for entry in whole["warnings"] + whole["errors"])


def test_report_tells_of_its_run(whole: dict[str, Any]) -> None:
    """Task, times and memory of the report are those of the run."""
    expected = {
        "task_id": "t_1",
        "task_description": "Profile the customers",
        "script_path": "/srv/tasks/profile.py",
        "start_time": at(1).isoformat(),
        "end_time": at(11).isoformat(),
        "execution_time_seconds": 3.5,
        "memory_usage_mb": 256.25,
        "run_id": "r1",
        "ledger_position": 11,
    }

    assert {key: whole[key] for key in expected} == expected


def test_operations_stand_in_their_order_with_their_facts(whole: dict[str, Any]) -> None:
    """Facts of an operation, its duration and its error are in its details."""
    assert whole["operations"] == [
        {
            "operation": "load",
            "timestamp": at(4).isoformat(),
            "status": "success",
            "details": {"rows": 10, "execution_time": 1.5},
        },
        {
            "operation": "measure",
            "timestamp": at(10).isoformat(),
            "status": "error",
            "details": {"execution_time": 0.5, "message": "no space"},
        },
    ]


def test_artifact_stands_alone_and_in_its_group(whole: dict[str, Any]) -> None:
    """A grouped artifact is listed with all others and again under its group."""
    (artifact,) = whole["artifacts"]

    assert (artifact["filename"], artifact["sha256"]) == ("a.json", digest("abc"))
    assert whole["artifact_groups"]["stats"] == {
        "name": "stats",
        "description": "Statistics",
        "artifacts": [artifact],
        "created_at": at(5).isoformat(),
        "count": 1,
    }


def test_warnings_and_errors_are_told_apart(whole: dict[str, Any]) -> None:
    """An error carries its type and frames, a warning its facts."""
    assert whole["warnings"] == [
        {
            "operation": "load",
            "timestamp": at(8).isoformat(),
            "message": "odd",
            "details": {"fields": ["a"]},
        }
    ]
    assert whole["errors"] == [
        {
            "operation": "measure",
            "timestamp": at(10).isoformat(),
            "message": "no space",
            "details": {"error_type": "OSError", "traceback": ["a.py:1 f", "b.py:2 g"]},
        }
    ]


def test_report_is_json(whole: dict[str, Any]) -> None:
    """The report can be written as it is."""
    assert json.loads(document_text(whole)) == whole


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "running"),
        ([succeeded()], "completed"),
        ([succeeded(operations_failed=1)], "completed_with_errors"),
        ([failed()], "failed"),
        ([RunInterrupted(reason="signal", detail="asked to end")], "interrupted"),
    ],
)
def test_status_says_how_the_run_stands(events: list[Any], status: str) -> None:
    """A report never looks more finished than its run is."""
    assert report_of(of_run(started(), *events))["status"] == status


def test_open_run_has_a_report_without_an_end() -> None:
    """A report of a running run has no end and no duration."""
    report = report_of(of_run(started(), operation()))

    assert (report["end_time"], report["execution_time_seconds"]) == (None, None)
    assert report["operations"][0]["status"] == "running"


def test_plain_metric_stands_at_the_top() -> None:
    """A metric without category and operation is under its name."""
    assert metrics_of(metric("field_count", 25), metric("ratio", 0.5)) == {
        "field_count": 25,
        "ratio": 0.5,
    }


def test_metrics_of_a_category_stand_under_it() -> None:
    """Metrics of one category are nested as in the framework's example."""
    measured = [metric(n, v, category="uniqueness") for n, v in (("average", 0.35), ("max", 0.98))]

    assert metrics_of(*measured) == {"uniqueness": {"average": 0.35, "max": 0.98}}


def test_metrics_of_an_operation_stand_under_its_name() -> None:
    """An operation's metrics, and their categories, stand under the operation."""
    measured = (metric("k", 5, by=1), metric("max", 1, by=1, category="risk"))

    assert metrics_of(operation(1, "anonymize"), *measured) == {
        "anonymize": {"k": 5, "risk": {"max": 1}}
    }


def test_operations_of_one_name_are_told_apart_by_number() -> None:
    """Where a name occurs twice, each heading carries the operation's number."""
    events = (operation(1, "load"), operation(2, "load"), operation(3, "save"))
    measured = (metric("n", number, by=number) for number in (1, 2, 3))

    assert metrics_of(*events, *measured) == {
        "load#1": {"n": 1},
        "load#2": {"n": 2},
        "save": {"n": 3},
    }


@pytest.mark.parametrize("is_first", [True, False])
def test_metric_named_like_a_category_goes_inside_of_it(*, is_first: bool) -> None:
    """Neither the plain metric nor the nested ones are lost, whichever came first."""
    plain, nested = metric("risk", 0.5), metric("max", 0.9, category="risk")
    measured = (plain, nested) if is_first else (nested, plain)

    assert metrics_of(*measured) == {"risk": {"": 0.5, "max": 0.9}}


def test_structure_named_like_a_category_is_joined_with_it() -> None:
    """A metric that is a structure and metrics of that category stand side by side."""
    measured = (metric("risk", {"min": 0.1}), metric("max", 0.9, category="risk"))

    assert metrics_of(*measured) == {"risk": {"min": 0.1, "max": 0.9}}


def test_metric_measured_again_has_its_latest_value() -> None:
    """A later value replaces the earlier one, whole structures included."""
    measured = (metric("n", {"a": 1, "b": 2}), metric("n", {"a": 3}))

    assert metrics_of(*measured) == {"n": {"a": 3}}


def test_metric_without_a_number_is_kept_as_text() -> None:
    """NaN is no JSON; the report says it in words."""
    assert metrics_of(metric("n", math.nan), metric("m", None)) == {"n": "NaN", "m": None}


def test_skipped_operation_names_what_was_reused() -> None:
    """The report of a resumed run says whose results were reused."""
    skipped = OperationSkipped(
        operation=1, name="load", reason="done before", reused_run="r0", reused_operation=4
    )
    (entry,) = report_of(of_run(started(), skipped))["operations"]

    assert entry["status"] == "skipped"
    assert entry["details"] == {
        "message": "done before",
        "reused_run": "r0",
        "reused_operation": 4,
    }


def test_step_stated_by_a_program_is_an_operation() -> None:
    """What `add_operation` states stands among the operations with its details."""
    stated = OperationReported(name="Load Data", status="success", details={"rows": 25})
    (entry,) = report_of(of_run(started(), stated))["operations"]

    assert (entry["operation"], entry["details"]) == ("Load Data", {"rows": 25})


def test_report_holds_nothing_of_other_runs() -> None:
    """A report does not change by what happens in other runs."""
    own = of_run(started(), metric("n", 1), wrote("a.csv"), succeeded())
    others = of_run(
        started(), operation(), broken(), metric("n", 2), wrote("b.csv"), failed(), run="r2"
    )

    assert report_of(own) == report_of(own, others)


def test_unknown_run_has_no_report() -> None:
    """A run that nobody recorded is refused by its name."""
    with pytest.raises(RunNotFoundError, match="run 'nobody': not recorded"):
        report_of(of_run(started()), run="nobody")


def test_each_report_path_shows_the_latest_run_that_began() -> None:
    """Of the runs with one report path the latest counts, whether or not it has ended."""
    with folded(
        of_run(started(report_path="b.json"), environment(), succeeded(), run="r1"),
        of_run(started(report_path="b.json"), environment(), run="r2"),
        of_run(started(report_path="a.json"), environment(), failed(), run="r3"),
    ) as history:
        assert list(reported_runs(history.catalog).items()) == [("a.json", "r3"), ("b.json", "r2")]


def test_place_of_a_report_is_the_recorded_one() -> None:
    """Where a report is exported is said when the run begins."""
    with folded(of_run(started(report_path="a.json"))) as history:
        projector = Projector(history.ledger, Path("unused.duckdb"))
        assert report_rows(history.ledger, projector, "r1").run["report_path"] == "a.json"
        with pytest.raises(RunNotFoundError, match="run 'nobody': not recorded"):
            report_rows(history.ledger, projector, "nobody")
