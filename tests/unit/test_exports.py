"""Which documents are on disk, and what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from small_tasks import CopyOperation, SmallTask, failing, make_project

from lineage import exports
from lineage.kernel.errors import PathRefusedError, ProjectionError, RunNotFoundError
from lineage.kernel.values import document_text
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from projections.documents.execution_log import build_execution_log

REPORT = "DATA/reports/t_one_report.json"
LOG = "configs/execution_log.json"
CHILD = Path(__file__).parents[1] / "integration/export_often.py"
UNCLOSED = CHILD.with_name("run_unclosed.py")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose execution log is written on demand."""
    with make_project(tmp_path / "project") as opened:
        yield opened


def begin(project: Project, report: str = REPORT, task: str = "t_one") -> RunRecorder:
    """Begin a run with its own report."""
    recorder = RunRecorder(project, task)
    recorder.begin(run_started(task_type="test", description="", report_path=report))
    return recorder


def test_report_is_what_the_ledger_tells(project: Project) -> None:
    """The exported report is the document of the run, at the recorded place."""
    run = begin(project)
    run.succeed()

    path = exports.export_report(project, run.run_id)

    report = json.loads(path.read_text())
    assert path == project.root / REPORT
    assert (report["run_id"], report["status"]) == (run.run_id, "completed")


def test_unknown_run_has_no_report(project: Project) -> None:
    """A run that is not there is told."""
    with pytest.raises(RunNotFoundError, match="no-such-run"):
        exports.export_report(project, "no-such-run")


def test_overtaken_report_is_left_alone(project: Project) -> None:
    """The report of a run that a newer one has overtaken does not replace the newer one's."""
    first, second = begin(project), begin(project)
    exports.export_report(project, second.run_id)
    first.succeed()

    assert exports.export_report(project, first.run_id) == project.root / REPORT

    assert json.loads((project.root / REPORT).read_text())["run_id"] == second.run_id


def test_newer_run_with_another_report_overtakes_nothing(project: Project) -> None:
    """A newer run that reports elsewhere leaves the older one its report."""
    first = begin(project)
    begin(project, "DATA/reports/other.json")
    first.succeed()

    exports.export_report(project, first.run_id)

    assert json.loads((project.root / REPORT).read_text())["run_id"] == first.run_id


def test_run_that_reports_elsewhere_hides_no_newer_report(project: Project) -> None:
    """An older report stays overtaken, however many newer runs report elsewhere."""
    first, second = begin(project), begin(project)
    exports.export_report(project, second.run_id)
    for number in range(6):
        begin(project, f"DATA/reports/other{number}.json")
    first.succeed()

    exports.export_report(project, first.run_id)

    assert json.loads((project.root / REPORT).read_text())["run_id"] == second.run_id


def test_run_that_was_recorded_afterwards_overtakes_nothing(project: Project) -> None:
    """A record of another program's run does not keep a run from its report."""
    first = begin(project)
    later = RunRecorder(project, first.task_id)
    started = run_started(task_type="", description="", report_path=REPORT)
    later.record_ended_run(started, inputs={}, artifacts=[], error=None, duration_s=1)
    first.succeed()

    exports.export_report(project, first.run_id)

    assert json.loads((project.root / REPORT).read_text())["run_id"] == first.run_id


def test_reports_are_rebuilt_while_nobody_else_writes_one(project: Project) -> None:
    """A run that ends while reports are rebuilt waits for its turn."""
    begin(project).succeed()
    seen: list[bool] = []

    def look(step: str) -> None:
        if step == REPORT:
            lock = FileLock(project.state_folder / "export.lock")
            with pytest.raises(Timeout, match=r"export\.lock"):
                lock.acquire(timeout=0)
            seen.append(True)

    exports.rebuild(project, look)

    assert seen == [True]


def test_execution_log_has_every_run_in_order(project: Project) -> None:
    """The exported log has one record a run, oldest end first."""
    tasks = [SmallTask(o, project=project) for o in (CopyOperation(), failing())]
    for task in tasks:
        task.run()

    log = json.loads(exports.export_execution_log(project).read_text())

    assert [r["task_run_id"] for r in log["executions"]] == [t.run_id for t in tasks]
    assert [r["success"] for r in log["executions"]] == [True, False]
    assert log["tasks"]["t_one"]["last_task_run_id"] == tasks[1].run_id


@pytest.mark.parametrize(
    ("wanted", "is_there"), [("each_run", [True]), ("auto", [True]), ("on_demand", [False])]
)
def test_execution_log_follows_runs_as_the_project_wants(
    tmp_path: Path, wanted: str, is_there: list[bool]
) -> None:
    """Written after each run, after each run while it is short, or on demand only."""
    with make_project(tmp_path, execution_log=wanted) as project:
        exports.follow_execution_log(project)

    assert [(tmp_path / LOG).exists()] == is_there


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Project]:
    """A project with the usual setting, after two runs, still open."""
    with make_project(tmp_path / "following", execution_log="auto") as project:
        for _ in range(2):
            SmallTask(CopyOperation(), project=project).run()
        yield project


def test_execution_log_is_written_once_when_the_project_is_closed(following: Project) -> None:
    """Runs of an open project leave it alone; afterwards it is what the catalog says."""
    assert not (following.root / LOG).exists()

    following.close()

    with Project(following.root) as project, project.catalog() as catalog:
        expected = document_text(build_execution_log(catalog))
    assert (following.root / LOG).read_text() == expected
    assert len(json.loads(expected)["executions"]) == 2


def test_process_that_closes_no_project_writes_the_execution_log_at_its_end(tmp_path: Path) -> None:
    """It does so itself, and leaves that to no process that it forked."""
    make_project(tmp_path, execution_log="auto").close()
    run_it = [sys.executable, str(UNCLOSED), str(tmp_path)]
    tests = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(run_it, env=tests, capture_output=True, text=True, check=True)

    assert (done.stdout.split(), done.stderr) == (["False", "False"], "")
    assert len(json.loads((tmp_path / LOG).read_text())["executions"]) == 1


def test_execution_log_that_was_exported_is_not_written_again(following: Project) -> None:
    """Whoever asks for it gets it at once, and closing has nothing left to do."""
    exports.export_execution_log(following).unlink()

    following.close()

    assert not (following.root / LOG).exists()


def test_long_execution_log_is_left_until_somebody_asks(following: Project) -> None:
    """Beyond a mebibyte no run waits for it, nor does the doctor."""
    (following.root / LOG).write_text(" " * (exports.EXECUTION_LOG_GROWS_UP_TO + 1))

    with following.catalog() as catalog:
        assert following.root / LOG not in exports.expected_documents(following, catalog)
    following.close()

    assert (following.root / LOG).read_text().isspace()


def test_execution_log_that_cannot_be_written_at_the_close_is_told(
    following: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """The project is closed all the same."""
    (following.root / LOG).mkdir()

    following.close()

    assert "execution_log.json" in caplog.text


def test_rebuild_equals_what_was_exported(project: Project) -> None:
    """Deleted or damaged documents come back byte by byte."""
    for operation in (CopyOperation(), failing(), CopyOperation()):
        SmallTask(operation, project=project).run()
    SmallTask(CopyOperation(), task_id="t_two", project=project).run()
    exports.export_execution_log(project)
    exported = [project.root / REPORT, project.data_folder / "reports/t_two_report.json"]
    before = {path: path.read_bytes() for path in (*exported, project.root / LOG)}
    exported[0].unlink()
    exported[1].write_text("{}")
    (project.root / LOG).unlink()
    project.projector.path.unlink()

    steps: list[str] = []
    written = exports.rebuild(project, steps.append)

    assert {path: path.read_bytes() for path in before} == before
    assert set(written) >= {*before, project.projector.path}
    assert REPORT in steps


def test_two_processes_exporting_at_once_leave_whole_documents(project: Project) -> None:
    """While two processes write the same documents, a reader sees whole ones only."""
    run = begin(project)
    run.succeed()
    exports.export_report(project, run.run_id)
    exports.export_execution_log(project)
    whole = {path: path.read_bytes() for path in (project.root / REPORT, project.root / LOG)}

    command = [sys.executable, str(CHILD), str(project.root), run.run_id, "3"]
    children = [subprocess.Popen(command) for _ in range(2)]
    while any(child.poll() is None for child in children):
        assert {path: path.read_bytes() for path in whole} == whole
        time.sleep(0.005)

    assert [child.returncode for child in children] == [0, 0]
    parts = [p for p in project.root.rglob("*.part*") if p.is_file()]
    assert parts == []


@pytest.mark.parametrize("name", ["../up", "a/b", "", "x" * 240])
def test_path_of_a_hostile_name_is_refused(tmp_path: Path, name: str) -> None:
    """A name becomes one file or folder, and leaves room for a damaged file's new name."""
    with pytest.raises(PathRefusedError, match="expected"):
        exports.summary_path(tmp_path, "r", name)


def test_export_writes_every_summary(project: Project) -> None:
    """Each recorded process has its file again, and the steps are told."""
    for run_name in ("b", "a"):
        ProcessSummary("p", run_name, project=project).save()
    files = [project.root / f"runs/{run}/process_summary_p.json" for run in ("a", "b")]
    contents = [file.read_bytes() for file in files]
    for file in files:
        file.unlink()
    steps: list[str] = []

    assert exports.export_summaries(project, steps.append) == files
    assert [file.read_bytes() for file in files] == contents
    assert steps == ["runs/a/process_summary_p.json", "runs/b/process_summary_p.json"]


def test_export_sets_a_damaged_file_aside(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 70: a damaged export is set aside with a warning and rebuilt from the ledger."""
    ProcessSummary("p", "r", project=project).save()
    target = project.root / "runs/r/process_summary_p.json"
    target.write_bytes(b"\xff\xfe")
    exports.export_summaries(project)

    assert json.loads(target.read_text())["process_name"] == "p"
    assert target.with_name(target.name + ".damaged-1").read_bytes() == b"\xff\xfe"
    assert "renamed to process_summary_p.json.damaged-1" in caplog.text


@pytest.mark.parametrize("blocked", [{LOG}, {REPORT}, {"runs/a"}, {LOG, REPORT, "runs/a"}])
def test_rebuild_writes_all_but_what_cannot_be_written(project: Project, blocked: set[str]) -> None:
    """A place that cannot be written is named, after every other document was written."""
    begin(project).succeed()
    begin(project, "DATA/reports/other.json", "t_two").succeed()
    for run_name in ("a", "b"):
        ProcessSummary("p", run_name, project=project).save()
    documents = set(exports.rebuild(project)[1:])
    for path in documents:
        path.unlink()
    for path in map(project.root.joinpath, blocked):  # stops even root
        if path.is_dir():
            path.rmdir()
            path.touch()
        else:
            path.mkdir()

    with pytest.raises(ProjectionError, match=f"{len(blocked)} not written.*writable") as caught:
        exports.rebuild(project)

    lost = {path for path in documents if not path.is_file()}
    assert len(lost) == len(blocked)
    assert all(project.display(path).startswith(tuple(blocked)) for path in lost)
    assert all(name.removeprefix("runs/") in str(caught.value) for name in blocked)


def test_rebuild_names_a_report_outside_and_writes_the_rest(tmp_path: Path) -> None:
    """A recorded path that is no longer allowed does not stop the other reports."""
    outside = tmp_path / "outside"
    with make_project(tmp_path / "p", allowed_external_paths=[str(outside)]) as project:
        begin(project, str(outside / "r.json"), "t_out").succeed()
        begin(project).succeed()
    with (
        make_project(tmp_path / "p") as project,
        pytest.raises(ProjectionError, match=r"1 not written: .*r\.json"),
    ):
        exports.rebuild(project)
    assert (tmp_path / "p" / REPORT).is_file()
