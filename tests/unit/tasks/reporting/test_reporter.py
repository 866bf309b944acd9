"""What a reporter keeps, and what its report says."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_tasks import make_project, recorded, topics

from lineage.events import ArtifactWritten, RunStarted
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import ReportingError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import ArtifactGroup, TaskReporter, create_task_progress_manager
from projections import Catalog, Projector

CHILD = Path(__file__).parents[3] / "integration/report_artifacts.py"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with the dataset people.csv; it is the current folder."""
    with make_project(tmp_path / "project") as opened:
        monkeypatch.chdir(opened.root)
        yield opened


def make_reporter(task_id: str = "t_one", report: str = "DATA/reports/t_one.json") -> TaskReporter:
    """Return a reporter that stands alone."""
    return TaskReporter(task_id, "test", "a test", report)


@pytest.fixture
def reporter(project: Project) -> Iterator[TaskReporter]:
    """A reporter that stands alone in the project."""
    alone = make_reporter()
    yield alone
    alone.close()


@pytest.fixture
def recorder(project: Project) -> RunRecorder:
    """The history of a run under way."""
    begun = RunRecorder(project, "t_one")
    begun.begin(run_started(task_type="", description="", report_path="DATA/reports/r.json"))
    return begun


def report_on(recorder: RunRecorder) -> TaskReporter:
    """Return a reporter of a run under way."""
    return TaskReporter("t_one", "", "", "DATA/reports/r.json", recorder=recorder)


# where it stands


def test_reporter_alone_begins_a_run_in_the_project_of_its_report(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report's folder says which project the run belongs to, wherever the program stands."""
    monkeypatch.chdir(tmp_path)

    reporter = make_reporter(report=str(project.root / "DATA/reports/deep/new.json"))

    assert topics(project, reporter.run_id)[0] == "run.started"
    assert recorded(project, RunStarted.TOPIC)[0].report_path == "DATA/reports/deep/new.json"
    assert list(tmp_path.iterdir()) == [project.root]


def test_reporter_outside_of_any_project_makes_the_current_folder_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no project the current folder becomes one, and the report is saved."""
    monkeypatch.chdir(tmp_path)

    path = make_reporter(report="out/report.json").save_report()

    assert path == tmp_path / "out/report.json"
    assert (tmp_path / ".lineage/ledger.db").exists()


def test_reporter_in_a_subfolder_uses_the_project_around_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report in an allowed folder outside belongs to the project of the current folder."""
    reports = tmp_path / "reports"
    reports.mkdir()
    settings = json.dumps({"allowed_external_paths": [str(reports)]})
    (project.root / "configs/prj_config.json").write_text(settings)
    monkeypatch.chdir(project.root / "DATA")

    path = make_reporter(report=str(reports / "r.json")).save_report()

    assert path == reports / "r.json"
    assert not (project.root / "DATA/.lineage").exists()


def test_report_outside_of_the_current_folder_is_refused_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that would lie outside is refused, and no project is made for it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    with pytest.raises(ReportingError, match="elsewhere"):
        make_reporter(report=str(tmp_path / "elsewhere/report.json"))
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("path", ["../evil.json", "~/evil.json", "a\x00b.json"])
def test_dangerous_report_path_is_refused(project: Project, path: str) -> None:
    """A report path that climbs out or has control characters is refused."""
    with pytest.raises(ReportingError, match="report"):
        make_reporter(report=path)
    assert recorded(project, RunStarted.TOPIC) == []


def test_reporter_of_a_run_under_way_begins_none(project: Project, recorder: RunRecorder) -> None:
    """A reporter that is given a recorder adds to its run."""
    reporter = report_on(recorder)
    reporter.add_metric("a", 1)

    assert reporter.run_id == recorder.run_id
    assert len(recorded(project, RunStarted.TOPIC)) == 1


# how long it holds the ledger


@pytest.fixture
def held_while_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in an empty current folder that exists while a ledger there is open."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".lineage/ledger.db-wal"


@pytest.mark.parametrize(
    "letting_go",
    [
        TaskReporter.save_report,
        TaskReporter.close,
        lambda reporter: reporter.add_task_summary(success=True),
        lambda reporter: reporter.__exit__(None, None, None),
    ],
    ids=["report saved", "closed", "run ended", "block ended"],
)
def test_ledger_is_held_until_the_reporter_has_done(
    held_while_open: Path, letting_go: Callable[[TaskReporter], None]
) -> None:
    """A run of the reporter's own keeps the ledger open only as long as its docstring says."""
    reporter = make_reporter(report="r.json")
    assert held_while_open.exists()

    letting_go(reporter)

    assert not held_while_open.exists()


def test_closed_reporter_opens_the_ledger_for_each_call(held_while_open: Path) -> None:
    """After `close` the run still takes facts and answers, and nothing stays open."""
    reporter = make_reporter(report="r.json")
    reporter.close()

    reporter.add_metric("a", 1)
    assert not held_while_open.exists()

    assert (reporter.metrics, reporter.success) == ({"a": 1}, None)
    assert not held_while_open.exists()


def test_refused_beginning_leaves_no_ledger_open(held_while_open: Path, tmp_path: Path) -> None:
    """A report path that the project refuses closes what was opened to find that out."""
    Project(tmp_path).close()

    with pytest.raises(ReportingError, match="elsewhere"):
        make_reporter(report=str(tmp_path.parent / "elsewhere/r.json"))
    assert not held_while_open.exists()


def test_ledger_of_a_given_recorder_stays_open(project: Project, recorder: RunRecorder) -> None:
    """Who opened the project closes it; a reporter that was given the run does not."""
    report_on(recorder).close()

    assert (project.state_folder / "ledger.db-wal").exists()


# what an answer costs


class CountingProjector(Projector):
    """Counts how often a run is folded."""

    folds = 0

    def of_run(self, run_id: str, *, until: int | None = None) -> Catalog:
        """Fold a run."""
        self.folds += 1
        return super().of_run(run_id, until=until)


@pytest.fixture
def counting(project: Project) -> CountingProjector:
    """The projector of the project."""
    projector = CountingProjector(project.ledger, project.projector.path)
    project.projector = projector
    return projector


def test_run_is_folded_once_for_all_questions(
    recorder: RunRecorder, counting: CountingProjector
) -> None:
    """Only what is recorded in between costs another fold."""
    reporter = report_on(recorder)
    for _ in range(3):
        assert (reporter.metrics, reporter.artifacts, reporter.status) == ({}, [], "running")
        assert reporter.generate_report()["run_id"] == reporter.run_id
    assert counting.folds == 1

    reporter.add_metric("a", 1)

    assert reporter.metrics == {"a": 1}
    assert counting.folds == 2


def test_group_is_added_by_one_question(recorder: RunRecorder, counting: CountingProjector) -> None:
    """Whether the group is new is all that is asked, and nothing is if that is known."""
    reporter = report_on(recorder)
    reporter.add_artifact_group("tables", "all of them")
    assert counting.folds == 1

    for _ in range(3):
        reporter.add_artifact_group("tables")

    assert counting.folds == 2


def test_report_shows_what_another_process_recorded(
    project: Project, recorder: RunRecorder
) -> None:
    """An answer that is kept is not used once somebody else has added to the run."""
    reporter = report_on(recorder)
    assert (reporter.metrics, reporter.success) == ({}, None)

    with Project(project.root) as elsewhere:
        other = RunRecorder(elsewhere, "t_one", run_id=recorder.run_id)
        other.measure("a", 1)
        assert reporter.metrics == {"a": 1}
        other.succeed()

    assert (reporter.success, reporter.status) == (True, "completed")


def test_answer_belongs_to_who_asked(reporter: TaskReporter) -> None:
    """Changing what an answer says changes no later one."""
    reporter.add_metric("a", {"b": 1})

    reporter.metrics["a"]["b"] = 2
    reporter.generate_report()["metrics"].clear()

    assert reporter.metrics == {"a": {"b": 1}}


def test_part_of_the_report_cannot_be_set(reporter: TaskReporter) -> None:
    """The report says what is recorded, and nothing else."""
    with pytest.raises(AttributeError, match="'metrics' of a report cannot be set"):
        reporter.metrics = {"a": 1}


# operations


@pytest.mark.parametrize("status", ["running", "success", "warning", "error", "my own word"])
def test_operation_is_reported_with_its_status(reporter: TaskReporter, status: str) -> None:
    """Every status is taken, and shown with the details."""
    reporter.add_operation("Load Data", status=status, details={"rows": 10})

    entry = reporter.operations[0]
    assert entry["operation"] == "Load Data"
    assert entry["status"] == status
    assert entry["details"]["rows"] == 10
    assert dt.datetime.fromisoformat(entry["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(("status", "level"), [("warning", "warnings"), ("error", "errors")])
def test_operation_with_a_message_is_a_warning_or_error(
    reporter: TaskReporter, status: str, level: str
) -> None:
    """Behaviour 21: the message of the details becomes the text of the warning or error."""
    reporter.add_operation("Check", status, {"message": "too unique", "fields": ["email"]})

    entry = reporter.generate_report()[level][0]
    assert (entry["operation"], entry["message"]) == ("Check", "too unique")
    assert entry["details"]["fields"] == ["email"]
    assert dt.datetime.fromisoformat(entry["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(
    ("status", "level", "message"),
    [("warning", "warnings", "Unknown warning"), ("error", "errors", "Unknown error")],
)
@pytest.mark.parametrize("details", [None, {}, {"fields": []}])
def test_operation_without_a_message_has_the_documented_words(
    reporter: TaskReporter, status: str, level: str, message: str, details: Any
) -> None:
    """Behaviour 21: "Unknown warning" and "Unknown error" stand in for a missing message."""
    reporter.add_operation("Check", status, details)

    assert [e["message"] for e in reporter.generate_report()[level]] == [message]


def test_operation_is_told_to_the_progress_manager(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """With a progress manager each operation is a line of its log."""
    manager = create_task_progress_manager("t_one", "test", logging.getLogger("task.t_one"), 1)
    reporter = TaskReporter("t_one", "test", "", "DATA/reports/r.json", manager)

    with caplog.at_level(logging.INFO):
        reporter.add_operation("Load Data")

    assert caplog.messages == ["operation Load Data: success"]


# artifacts and groups


def test_artifact_that_exists_has_size_time_and_digest(reporter: TaskReporter) -> None:
    """Behaviour 23: size and timestamp of an artifact come from the file."""
    path = Path("DATA/a.json")
    path.write_text("{}")
    os.utime(path, (0, 0))

    reporter.add_artifact("json", path, "a file", "metrics", ["x"], metadata={"n": 1})

    assert reporter.artifacts == [
        {
            "type": "json",
            "path": "DATA/a.json",
            "filename": "a.json",
            "description": "a file",
            "category": "metrics",
            "tags": ["x"],
            "size_bytes": 2,
            "timestamp": "1970-01-01T00:00:00+00:00",
            "metadata": {"n": 1},
            "sha256": sha256_bytes(b"{}"),
            "rows": None,
            "columns": [],
        }
    ]


def test_artifact_that_is_missing_has_no_size(reporter: TaskReporter) -> None:
    """Behaviour 23: a missing file has size null and is reported all the same."""
    reporter.add_artifact("csv", "DATA/gone.csv")

    assert reporter.artifacts[0]["size_bytes"] is None
    assert reporter.artifacts[0]["sha256"] is None


@pytest.mark.parametrize("name", ["R&D.csv", "report..v2.csv", "Übersicht 1.csv"])
def test_artifact_names_of_all_kinds_are_kept(reporter: TaskReporter, name: str) -> None:
    """Behaviour 10: ampersands, two dots, umlauts and blanks in a name are nothing special."""
    Path("DATA", name).write_text("x")

    reporter.add_artifact("csv", f"DATA/{name}")

    assert reporter.artifacts[0]["filename"] == name
    assert reporter.artifacts[0]["size_bytes"] == 1


@pytest.mark.parametrize("path", ["../evil.csv", "/etc/passwd", "~/x", "a\x00b", ""])
def test_artifact_with_a_dangerous_path_is_refused(reporter: TaskReporter, path: str) -> None:
    """A refused path is a ReportingError; nothing is recorded."""
    with pytest.raises(ReportingError, match=r"artifact|path"):
        reporter.add_artifact("csv", path)
    assert reporter.artifacts == []


def test_unseen_group_is_made_and_counts_its_artifacts(reporter: TaskReporter) -> None:
    """Behaviour 24: a group named by an artifact is there, with its count."""
    for n in range(3):
        reporter.add_artifact("csv", f"DATA/{n}.csv", group_name="tables")
    reporter.add_artifact("csv", "DATA/other.csv")

    group = reporter.generate_report()["artifact_groups"]["tables"]
    assert (group["name"], group["count"], len(group["artifacts"])) == ("tables", 3, 3)
    assert reporter.get_artifact_group("unknown") is None


def test_group_shows_what_is_added_later(reporter: TaskReporter) -> None:
    """A group that was handed out knows the artifacts that come afterwards."""
    group = reporter.add_artifact_group("statistics", "before and after")
    assert group.artifacts == []

    reporter.add_artifact("json", "DATA/a.json", group_name="statistics")

    assert [a["filename"] for a in group.artifacts] == ["a.json"]
    assert group.to_dict()["count"] == 1
    assert group.to_dict()["description"] == "before and after"


def test_artifact_added_to_a_group_is_recorded(reporter: TaskReporter) -> None:
    """What is added through the group is in the report, not in memory only."""
    group = reporter.add_artifact_group("statistics")

    group.add_artifact({"path": "DATA/a.json", "tags": ["x"], "category": "metrics"})

    assert reporter.artifacts[0]["type"] == "json"
    assert reporter.get_artifacts_by_tag("x")[0]["category"] == "metrics"
    assert reporter.artifact_groups["statistics"].to_dict()["count"] == 1


def test_artifact_without_a_path_cannot_join_a_group(reporter: TaskReporter) -> None:
    """A document that names no file is refused."""
    with pytest.raises(ReportingError, match="'path'"):
        reporter.add_artifact_group("statistics").add_artifact({"filename": "a.json"})


def test_group_can_be_described_later(reporter: TaskReporter) -> None:
    """A group that an artifact made gets its description afterwards, and keeps it."""
    reporter.add_artifact("json", "DATA/a.json", group_name="statistics")
    reporter.add_artifact_group("statistics", "of columns")

    again = reporter.add_artifact_group("statistics")

    assert again.description == "of columns"
    assert again.to_dict()["count"] == 1


def test_group_outside_of_a_report_is_a_plain_list() -> None:
    """ArtifactGroup works without a reporter, as documented."""
    group = ArtifactGroup("tables", "all of them")
    group.add_artifact({"path": "a"})

    assert group.to_dict() == {
        "name": "tables",
        "description": "all of them",
        "artifacts": [{"path": "a"}],
        "created_at": None,
        "count": 1,
    }


def test_artifacts_are_filtered_by_tag_category_and_type(reporter: TaskReporter) -> None:
    """Behaviour 24: each filter gives its artifacts, in the order they were added."""
    reporter.add_artifact("csv", "DATA/1.csv", category="output", tags=["a", "b"])
    reporter.add_artifact("png", "DATA/2.png", category="visualization", tags=("b",))
    reporter.add_artifact("csv", "DATA/3.csv", category="metrics", tags="b")

    def names(found: list[dict[str, Any]]) -> list[str]:
        return [artifact["filename"] for artifact in found]

    assert names(reporter.get_artifacts_by_tag("b")) == ["1.csv", "2.png", "3.csv"]
    assert names(reporter.get_artifacts_by_tag("a")) == ["1.csv"]
    assert names(reporter.get_artifacts_by_category("visualization")) == ["2.png"]
    assert names(reporter.get_artifacts_by_type("csv")) == ["1.csv", "3.csv"]
    assert reporter.get_artifacts_by_tag("c") == []


# metrics

VALUES: list[tuple[Any, Any]] = [
    (np.int64(5), 5),
    (np.float32(0.5), 0.5),
    (np.bool_(True), True),
    (float("nan"), "NaN"),
    (float("inf"), "Infinity"),
    (-np.inf, "-Infinity"),
    (decimal.Decimal("1.10"), "1.10"),
    ({("a", 1): {"b": 2}}, {'["a",1]': {"b": 2}}),
    ({3, 1, 2}, [1, 2, 3]),
    (b"\x00\xff", "base64:AP8="),
    (dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), "2026-01-02T03:00:00+00:00"),
    (dt.timedelta(seconds=1.5), 1.5),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (pd.Series({"a": 1}), {"a": 1}),
    (pd.DataFrame({"a": [1, 2]}), {"a": [1, 2]}),
    (pd.NA, None),
    (None, None),
    ("a\x00b\ud800", "a\x00b\\ud800"),
    ([], []),
    ({}, {}),
    (2**70, 2**70),
]


@pytest.mark.parametrize(("value", "shown"), VALUES, ids=lambda v: type(v).__name__)
def test_metric_of_any_type_is_in_the_report(
    reporter: TaskReporter, value: Any, shown: Any
) -> None:
    """Behaviour 27: whatever a metric is, the report is valid JSON and has it."""
    reporter.add_metric("value", value)
    reporter.add_nested_metric("group", "value", value)

    path = reporter.save_report()

    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["metrics"] == {"value": shown, "group": {"value": shown}}


def test_metric_names_of_any_type_are_in_the_report(reporter: TaskReporter) -> None:
    """Behaviour 27: tuples and numpy scalars as names of metrics are kept."""
    reporter.add_task_summary(
        success=True,
        metrics={("a", 1): 1, np.int64(7): 2, "": 3, "a.b": 4},  # type: ignore[dict-item]  # people do that
    )

    assert reporter.metrics == {'["a",1]': 1, "7": 2, "": 3, "a.b": 4}


def test_summary_metrics_stand_beside_nested_ones(reporter: TaskReporter) -> None:
    """Behaviour 25: plain metrics at top level, nested ones below, encryption under its name."""
    reporter.add_metric("z", 0)

    reporter.add_task_summary(
        success=True,
        metrics={"a": 1, "b": {"c": 2}},
        encryption={"enabled": True, "mode": "simple", "key": "hush"},
    )

    assert reporter.metrics == {
        "z": 0,
        "a": 1,
        "b": {"c": 2},
        "encryption": {"enabled": True, "mode": "simple", "key": "***"},
    }


def test_metric_recorded_again_shows_the_later_value(reporter: TaskReporter) -> None:
    """A name used twice has its last value in the report; the history has both."""
    reporter.add_metric("a", 1)
    reporter.add_metric("a", 2)

    assert reporter.metrics == {"a": 2}


# summary and status


def test_report_without_summary_says_running(reporter: TaskReporter) -> None:
    """Behaviour 28: before the summary the status is running and nothing has ended."""
    report = json.loads(reporter.save_report().read_text())

    assert report["status"] == reporter.status == "running"
    assert report["end_time"] is reporter.end_time is None
    assert reporter.success is None
    assert reporter.execution_time is None
    assert reporter.peak_memory_usage > 1


def test_successful_summary_completes_the_report(reporter: TaskReporter) -> None:
    """A successful summary gives status, times and memory."""
    reporter.add_task_summary(success=True, execution_time=315.5)

    report = reporter.generate_report()
    assert report["status"] == "completed"
    assert report["execution_time_seconds"] == reporter.execution_time == 315.5
    assert report["start_time"] <= report["end_time"]
    assert reporter.success is True
    assert report["memory_usage_mb"] == reporter.peak_memory_usage
    assert report["system_info"]["python_version"] == reporter.system_info["python_version"]


def test_failed_summary_tells_the_stated_error(reporter: TaskReporter) -> None:
    """A failed summary gives status failed and the error as stated."""
    reporter.add_task_summary(
        success=False, error_info={"type": "DataError", "message": "no rows", "traceback": "a\nb"}
    )

    error = reporter.errors[0]
    assert reporter.status == "failed"
    assert reporter.success is False
    assert error["message"] == "no rows"
    assert error["details"] == {"error_type": "DataError", "traceback": ["a", "b"]}


def test_failed_summary_without_error_says_unknown(reporter: TaskReporter) -> None:
    """A failure of which nothing is said is an unknown error."""
    reporter.add_task_summary(success=False)

    assert [e["message"] for e in reporter.errors] == ["Unknown error"]


@pytest.mark.parametrize("execution_time", [-1.0, float("nan"), float("inf"), "long"])
def test_impossible_execution_time_is_refused(reporter: TaskReporter, execution_time: Any) -> None:
    """A duration that is none is refused, and the run stays open."""
    with pytest.raises(ReportingError, match="duration_s"):
        reporter.add_task_summary(success=True, execution_time=execution_time)
    assert reporter.status == "running"


def test_facts_after_the_summary_are_refused(reporter: TaskReporter) -> None:
    """A run that has ended takes no operation, artifact, group, metric or second end."""
    reporter.add_task_summary(success=True)
    calls = (
        lambda: reporter.add_operation("late"),
        lambda: reporter.add_artifact("csv", "DATA/late.csv"),
        lambda: reporter.add_artifact_group("late"),
        lambda: reporter.add_metric("late", 1),
        lambda: reporter.add_nested_metric("late", "a", 1),
        lambda: reporter.add_task_summary(success=True, metrics={"late": 1}),
    )

    for call in calls:
        with pytest.raises(ReportingError, match="an open run"):
            call()
    assert "late" not in json.dumps(reporter.generate_report())


def test_execution_log_follows_a_reporter_that_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saving the report of an ended run writes the execution log as well."""
    monkeypatch.chdir(tmp_path)
    reporter = make_reporter(report="r.json")
    reporter.save_report()
    assert not (tmp_path / "configs/execution_log.json").exists()

    reporter.add_task_summary(success=True)
    reporter.save_report()

    log = json.loads((tmp_path / "configs/execution_log.json").read_text())
    assert log["executions"][0]["task_run_id"] == reporter.run_id


def test_report_that_cannot_be_written_is_a_reporting_error(reporter: TaskReporter) -> None:
    """A folder in the place of the report is told."""
    Path("DATA/reports/t_one.json").mkdir(parents=True)

    with pytest.raises(ReportingError, match="report"):
        reporter.save_report()


# context manager


def test_context_manager_ends_and_saves(project: Project) -> None:
    """A block that ends well leaves a completed report."""
    with make_reporter() as reporter:
        reporter.add_operation("Training")

    assert json.loads(Path("DATA/reports/t_one.json").read_text())["status"] == "completed"


def test_context_manager_respects_a_summary_inside(project: Project) -> None:
    """A summary given inside the block stands."""
    with make_reporter() as reporter:
        reporter.add_task_summary(success=False)

    assert reporter.status == "failed"


def test_exception_in_the_block_propagates_and_is_reported(project: Project) -> None:
    """Behaviour 26: the exception propagates; the report has its place and no data."""
    with pytest.raises(ValueError, match="Zaphod"), make_reporter():
        int("Zaphod")

    text = Path("DATA/reports/t_one.json").read_text()
    report = json.loads(text)
    assert report["status"] == "failed"
    assert report["errors"][0]["details"]["error_type"] == "ValueError"
    assert "test_reporter.py" in report["errors"][0]["details"]["traceback"][0]
    assert "Zaphod" not in text


def test_keyboard_interrupt_in_the_block_is_an_interruption(project: Project) -> None:
    """Ctrl-C inside the block propagates and the report says interrupted."""
    with pytest.raises(KeyboardInterrupt, match=r"^$"), make_reporter():
        raise KeyboardInterrupt

    assert json.loads(Path("DATA/reports/t_one.json").read_text())["status"] == "interrupted"


def test_report_that_cannot_be_saved_does_not_hide_the_exception(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 26: even when saving fails, the block's own exception propagates."""
    Path("DATA/reports/t_one.json").mkdir(parents=True)

    with pytest.raises(ValueError, match="inside"), make_reporter() as reporter:
        raise ValueError("inside")

    assert reporter.status == "failed"
    assert "report of task t_one" in caplog.text


def test_report_that_cannot_be_saved_is_told_after_a_good_block(project: Project) -> None:
    """Without an exception in the block the one of saving is told."""
    Path("DATA/reports/t_one.json").mkdir(parents=True)

    with pytest.raises(ReportingError, match="report"), make_reporter():
        pass


# several runs


def test_report_of_the_first_run_can_still_be_had(project: Project) -> None:
    """Behaviour 29: after a second run the first one's report is the same as before."""
    with make_reporter() as first:
        first.add_metric("run", 1)
    before = first.generate_report()

    with make_reporter() as second:
        second.add_metric("run", 2)

    assert first.generate_report() == before
    assert json.loads(Path("DATA/reports/t_one.json").read_text())["metrics"] == {"run": 2}


def test_report_of_an_overtaken_run_does_not_replace_the_newer(project: Project) -> None:
    """Saving the first run's report after the second began leaves the file to the second."""
    first = make_reporter()
    second = make_reporter()
    second.save_report()

    first.save_report()

    saved = json.loads(Path("DATA/reports/t_one.json").read_text())
    assert saved["run_id"] == second.run_id


def add_in_child_until(project: Project, count: int, offered: int) -> int:
    """Let a child add artifacts, kill it after some, and return the last number it told."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(project.root / "DATA/reports/r.json"), str(offered)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=project.root,
    ) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(count)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout if line.endswith("\n")]
    return told[-1]


def test_artifacts_are_durable_one_by_one(project: Project) -> None:
    """After kill -9 every artifact whose call had returned is in the ledger, in order."""
    last_told = add_in_child_until(project, count=200, offered=100_000)

    uris = [written.uri for written in recorded(project, ArtifactWritten.TOPIC)]
    assert len(uris) in {last_told + 1, last_told + 2}
    assert uris == [f"DATA/{n}.csv" for n in range(len(uris))]


@pytest.mark.slow
def test_ten_thousand_artifacts_are_durable_as_they_come(project: Project) -> None:
    """10,000 artifacts are in the ledger one by one, and in the report."""
    last_told = add_in_child_until(project, count=10_000, offered=10_000)

    assert last_told == 9_999
    assert len(recorded(project, ArtifactWritten.TOPIC)) == 10_000
