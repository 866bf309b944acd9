"""The view execution_log, and the document made from it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from projection_scenarios import (
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
from projections.documents.execution_log import build_execution_log

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
    """Files stand in the order in which they were first read."""
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
