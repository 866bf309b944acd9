"""The view execution_log, and the document made from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from projection_scenarios import (
    Given,
    Step,
    at,
    failed,
    folded,
    given,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import RunAnnotated, RunArchived, RunRestored
from lineage.kernel.values import document_text
from projections.documents.execution_log import (
    build_execution_list,
    build_execution_log,
    execution_history,
    file_producers,
    surplus_runs,
)

# The keys that the framework promises for `configs/execution_log.json`.
DOCUMENT_KEYS = {"tasks", "executions", "timestamp", "version", "last_modified"}
TASK_KEYS = {
    "task_type",
    "last_execution",
    "last_status",
    "last_report_path",
    "last_task_run_id",
}
EXECUTION_KEYS = {
    "task_id",
    "task_type",
    "task_run_id",
    "timestamp",
    "success",
    "execution_time",
    "report_path",
    "input_files",
    "output_files",
    "hostname",
}
INPUT_KEYS = {"name", "path"}
OUTPUT_KEYS = {"path", "type", "description"}


def log_of(*steps: Step) -> dict[str, Any]:
    """The document after a history."""
    with folded(*steps) as history:
        return build_execution_log(history.catalog)


def log_of_catalog(history: Given) -> list[Any]:
    """The executions of the document."""
    executions = build_execution_log(history.catalog)["executions"]
    assert isinstance(executions, list)
    return executions


def annotated(**changes: object) -> RunAnnotated:
    """A run whose description is changed."""
    return RunAnnotated(changes=changes)


def whole_run(run: str = "r1", task: str = "t_1") -> Step:
    """A run that reads one file and writes another."""
    events = (
        operation(),
        read("raw/people.csv"),
        wrote("out/people.csv", description="People"),
    )
    return of_run(started(), *events, succeeded(), run=run, task=task)


def test_document_has_every_promised_key() -> None:
    """Each level of the document has all keys of the framework's structure."""
    log = log_of(whole_run())
    execution = log["executions"][0]

    assert log.keys() == DOCUMENT_KEYS
    assert log["tasks"]["t_1"].keys() == TASK_KEYS
    assert execution.keys() >= EXECUTION_KEYS
    assert execution["input_files"][0].keys() == INPUT_KEYS
    assert execution["output_files"][0].keys() == OUTPUT_KEYS


def test_execution_tells_of_its_run() -> None:
    """The values of an execution are those of the run, times with their offset."""
    assert log_of(whole_run())["executions"] == [
        {
            "task_id": "t_1",
            "task_type": "profiling",
            "task_run_id": "r1",
            "timestamp": at(1).isoformat(),
            "success": True,
            "execution_time": 3.5,
            "report_path": "DATA/reports/t_1_report.json",
            "input_files": [{"name": "people", "path": "raw/people.csv"}],
            "output_files": [{"path": "out/people.csv", "type": "csv", "description": "People"}],
            "hostname": "server",
            "status": "succeeded",
        }
    ]


def test_empty_project_has_an_empty_log() -> None:
    """Without runs there are no tasks, no executions and no time."""
    assert log_of() == {
        "tasks": {},
        "executions": [],
        "timestamp": None,
        "version": "1.0.0",
        "last_modified": None,
    }


def test_task_tells_of_its_last_execution() -> None:
    """Of two runs of a task the later one is its last."""
    log = log_of(whole_run("r1"), of_run(started(), failed(), run="r2"))

    assert log["tasks"]["t_1"] == {
        "task_type": "profiling",
        "last_execution": int(at(6).timestamp()),
        "last_status": "failed",
        "last_report_path": "DATA/reports/t_1_report.json",
        "last_task_run_id": "r2",
    }


def test_executions_stand_in_the_order_in_which_they_began() -> None:
    """A run that began earlier and ended later comes first."""
    log = log_of(of_run(started(), run="r1"), whole_run("r2", "t_2"), of_run(succeeded(), run="r1"))

    assert [execution["task_run_id"] for execution in log["executions"]] == ["r1", "r2"]


def test_file_read_twice_is_named_once_in_the_order_of_first_use() -> None:
    """Files are in the order in which they were first read."""
    reads = (read("b.csv"), read("a.csv"), read("b.csv"))
    execution = log_of(of_run(started(), *reads))["executions"][0]

    assert [entry["path"] for entry in execution["input_files"]] == ["b.csv", "a.csv"]


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"success": False}, "success", False),
        ({"execution_time": 99.5}, "execution_time", 99.5),
        ({"report_path": "elsewhere.json"}, "report_path", "elsewhere.json"),
        ({"output_files": []}, "output_files", []),
        ({"comment": "checked by hand"}, "comment", "checked by hand"),
    ],
)
def test_annotation_changes_the_record(changes: dict[str, object], key: str, value: object) -> None:
    """A value that was changed afterwards stands in the record in place of the run's own."""
    annotation = of_run(annotated(**changes))

    assert log_of(whole_run(), annotation)["executions"][0][key] == value


def test_annotation_changes_the_view() -> None:
    """The columns of the view follow the annotations too."""
    changes = annotated(success=False, execution_time=9, report_path="x.json", hostname="h")
    given(whole_run(), of_run(changes)).shows(
        "select success, execution_time, report_path, hostname from execution_log",
        {
            "success": False,
            "execution_time": 9.0,
            "report_path": "x.json",
            "hostname": "h",
        },
    )


def test_archived_run_is_hidden() -> None:
    """An archived run is in neither view nor document, and no longer a task's last one."""
    log = log_of(whole_run("r1"), whole_run("r2"), of_run(RunArchived(reason="a test"), run="r2"))

    assert [execution["task_run_id"] for execution in log["executions"]] == ["r1"]
    assert log["tasks"]["t_1"]["last_task_run_id"] == "r1"


def test_restored_run_is_shown_again() -> None:
    """A run that was taken back from the archive is in the log."""
    events = (RunArchived(reason="a test"), RunRestored(reason="needed"))

    assert len(log_of(whole_run(), of_run(*events))["executions"]) == 1


def test_log_changes_with_the_last_event_of_a_run() -> None:
    """The document's time is that of the last event of any run, not of its making."""
    log = log_of(whole_run(), of_run(annotated(comment="late")))

    assert log["last_modified"] == log["timestamp"] == at(6).isoformat()


def test_document_is_json() -> None:
    """The document can be written as it is."""
    log = log_of(whole_run(), of_run(annotated(note={"nested": [None, 1.5]})))

    assert json.loads(document_text(log)) == log


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ({}, ["r4", "r3", "r2", "r1"]),
        ({"limit": 1}, ["r4"]),
        ({"limit": 0}, []),
        ({"success_only": True}, ["r3", "r1"]),
        ({"task_id": "t_1"}, ["r2", "r1"]),
        ({"task_id": "t_1", "success_only": True, "limit": 5}, ["r1"]),
    ],
)
def test_history_is_told_newest_first(wanted: dict[str, Any], runs: list[str]) -> None:
    """Records of the runs that are asked for, as the document has them."""
    with folded(
        whole_run(),
        of_run(started(), failed(), run="r2"),
        whole_run("r3", "t_2"),
        of_run(started(), run="r4", task="t_2"),
    ) as history:
        found = execution_history(history.catalog, **wanted)
        records = {r["task_run_id"]: r for r in log_of_catalog(history)}

    assert found == [records[run] for run in runs]


def test_producers_of_a_file_are_the_runs_that_wrote_it() -> None:
    """Under any of its names, the latest first; whoever only read it is left out."""
    with folded(whole_run(), of_run(read("out/people.csv"), run="r2"), whole_run("r3")) as history:
        found = file_producers(history.catalog, ["/elsewhere/people.csv", "out/people.csv"])

    assert [record["task_run_id"] for record in found] == ["r3", "r1"]


def test_list_has_a_short_row_for_each_run() -> None:
    """As many files as the record names; times are in UTC."""
    with folded(whole_run()) as history:
        (row,) = build_execution_list(history.catalog)

    assert row == {
        "task_id": "t_1",
        "task_run_id": "r1",
        "timestamp": at(1).isoformat(),
        "success": True,
        "execution_time": 3.5,
        "files_read": 1,
        "files_written": 1,
        "report_path": "DATA/reports/t_1_report.json",
        "imported": False,
    }


@pytest.mark.parametrize(
    ("kept", "days", "runs"),
    [(2, 30, []), (1, 30, ["r1", "r3"]), (0, 30, ["r1", "r2", "r3"]), (9, 0, ["r1", "r2", "r3"])],
)
def test_surplus_runs_are_too_old_or_too_many(kept: int, days: int, runs: list[str]) -> None:
    """Of each task the latest are kept, if they are young enough; an open run always is."""
    with folded(
        whole_run(),
        whole_run("r2"),
        whole_run("r3", "t_2"),
        of_run(started(), run="r4", task="t_2"),
    ) as history:
        found = surplus_runs(history.catalog, max_per_task=kept, max_age_days=days, now=at(99))

    assert [run["task_run_id"] for run in found] == runs
