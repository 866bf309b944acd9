"""What the doctor finds, repairs and leaves alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from filelock import FileLock
from small_tasks import (
    CallOperation,
    CopyOperation,
    SmallTask,
    begin_run,
    make_one_run,
    make_project,
    recorded,
)

from lineage import exports
from lineage.events import RunInterrupted
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskContextManager
from lineage.upkeep import doctor
from lineage.upkeep.doctor import Finding, examine

REPORT = "DATA/reports/t_one_report.json"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project after one successful run, with report and execution log."""
    make_one_run(tmp_path / "project", execution_log="each_run")
    with Project(tmp_path / "project") as opened:
        yield opened


def faults(findings: list[Finding]) -> dict[str, str]:
    """Return check and detail of what is not as it should be."""
    return {f.check: f.detail for f in findings if not f.is_ok}


def begin(project: Project, pid: int | None = None) -> str:
    """Begin another run of t_one, and leave it open."""
    recorder = RunRecorder(project, "t_one")
    started = run_started(task_type="", description="", report_path=REPORT)
    recorder.begin(started if pid is None else started.model_copy(update={"pid": pid}))
    return recorder.run_id


def test_healthy_project_has_no_fault(project: Project) -> None:
    """After a run everything is as it should be, and every check has something to say."""
    findings = examine(project)

    assert faults(findings) == {}
    assert [f.check for f in findings] == [
        "ledger",
        "events",
        "encryption",
        "runs",
        "catalog",
        "documents",
        "checkpoints",
        "leftovers",
        "disk",
    ]
    assert all(f.detail for f in findings)


def test_new_project_has_no_fault(tmp_path: Path) -> None:
    """A project without any run needs neither documents nor a catalog."""
    with make_project(tmp_path, execution_log="auto") as project:
        assert faults(examine(project)) == {}
        assert not project.projector.path.exists()


@pytest.mark.parametrize("name", [REPORT, "configs/execution_log.json"])
def test_missing_document_is_found_by_name(project: Project, name: str) -> None:
    """A report or log that is gone is named, with the command that brings it back."""
    (project.root / name).unlink()

    found = faults(examine(project))

    assert found.keys() == {"documents"}
    assert name in found["documents"]
    assert "lineage rebuild --files" in found["documents"]


@pytest.mark.parametrize("name", [REPORT, "configs/execution_log.json"])
def test_changed_document_is_found_and_rebuilding_mends_it(project: Project, name: str) -> None:
    """A single changed character in a document is found; after a rebuild all is well."""
    path = project.root / name
    path.write_text(path.read_text().replace("t_one", "t_two", 1))
    assert name in faults(examine(project))["documents"]

    exports.rebuild(project)

    assert faults(examine(project)) == {}


@pytest.mark.parametrize("name", [REPORT, "configs/execution_log.json"])
def test_document_of_an_earlier_position_is_written_again(project: Project, name: str) -> None:
    """What a process could not write before it was killed is no fault, and is settled."""
    path = project.root / name
    earlier = path.read_bytes()
    SmallTask(CopyOperation(), project=project).run()
    now = path.read_bytes()
    path.write_bytes(earlier)

    findings = examine(project)

    assert faults(findings) == {}
    assert any(f"outdated, written again: {name}" in f.detail for f in findings)
    assert path.read_bytes() == now != earlier


def test_document_of_an_earlier_position_that_was_edited_is_left(project: Project) -> None:
    """A file that never was the ledger's is not replaced, however old."""
    path = project.root / REPORT
    edited = path.read_text().replace('"completed"', '"failed"', 1)
    SmallTask(CopyOperation(), project=project).run()
    path.write_text(edited)

    assert "keep a copy" in faults(examine(project))["documents"]
    assert path.read_text() == edited


def test_only_the_newest_events_of_a_long_ledger_are_examined(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cost does not grow with history, it is said what was left out, and deep is all."""
    monkeypatch.setattr(doctor, "EXAMINED_UP_TO", 3)
    head = project.ledger.head()
    (project.root / REPORT).write_text("{}")

    bounded = {f.check: f.detail for f in examine(project)}
    deep = {f.check: f.detail for f in examine(project, is_deep=True)}

    assert (
        bounded["events"] == f"3 readable by this release, the newest of {head}; --deep reads all"
    )
    assert all("--deep" in bounded[c] for c in ("ledger", "events", "catalog", "documents"))
    assert "rebuild" not in bounded["documents"]
    assert deep["events"] == f"{head} readable by this release"
    assert "--deep" not in " ".join(deep.values())
    assert "keep a copy" in deep["documents"]


def test_long_ledger_has_only_its_latest_reports_compared(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the others it is only seen whether they are there; deep compares all."""
    monkeypatch.setattr(doctor, "EXAMINED_UP_TO", 3)
    monkeypatch.setattr(doctor, "COMPARED_UP_TO", 0)
    (project.root / REPORT).write_text("{}")

    bounded = {f.check: f.detail for f in examine(project)}
    assert bounded["documents"] == "0 up to date, the latest of 1; --deep compares all"
    assert "documents" in faults(examine(project, is_deep=True))
    (project.root / REPORT).unlink()
    assert faults(examine(project))["documents"].startswith(f"missing: {REPORT};")


def test_refused_run_leaves_no_fault(project: Project) -> None:
    """A refusal is in the execution log, so nothing is stale after it."""
    SmallTask(project=project).run({"dependencies": ["t_never"]})

    assert faults(examine(project)) == {}


def test_dead_run_is_recorded_and_its_documents_written(project: Project) -> None:
    """A run whose process is gone is interrupted by the examination, and nothing stays stale."""
    run = begin(project, pid=2**22 + 1)

    findings = examine(project)

    assert faults(findings) == {}
    assert any(run in f.detail for f in findings if f.check == "runs")
    assert len(recorded(project, RunInterrupted.TOPIC)) == 1
    assert '"status": "interrupted"' in (project.root / REPORT).read_text()
    assert faults(examine(project)) == {}


def test_run_under_way_is_no_fault(project: Project) -> None:
    """While a run is running its documents are those of the one before; that is no fault."""
    seen: list[list[Finding]] = []
    examining = CallOperation(lambda **_: seen.append(examine(project)))

    SmallTask(examining, project=project).run()

    assert faults(seen[0]) == {}
    assert any(f.detail == "1 running" for f in seen[0])
    assert any("running runs" in f.detail for f in seen[0])


def test_log_that_is_written_on_demand_may_be_stale(tmp_path: Path) -> None:
    """Where the execution log is written on demand only, its absence is no fault."""
    with make_project(tmp_path, execution_log="on_demand") as project:
        SmallTask(CopyOperation(), project=project).run()

        assert faults(examine(project)) == {}


@pytest.mark.parametrize("is_running", [False, True])
def test_copies_of_a_killed_rerun_are_removed(project: Project, *, is_running: bool) -> None:
    """The copies of personal data go, unless the rerun is still running."""
    copy = project.state_folder / "rerun/DATA/raw/people.csv"
    copy.parent.mkdir(parents=True)
    copy.write_text("name\nAda\n")

    with FileLock(project.state_folder / "rerun.lock") if is_running else nullcontext():
        (leftovers,) = [f.detail for f in examine(project) if f.check == "leftovers"]

    assert copy.exists() is is_running
    assert leftovers.endswith("the copies of a rerun that was killed") is not is_running


def test_old_leftovers_are_removed_and_young_ones_kept(project: Project) -> None:
    """What a crash left over an hour ago goes; a file that may be in the making stays."""
    folders = [project.state_folder, project.data_folder / "reports", project.root / "configs"]
    folders.append(project.root / "runs/one")
    folders[-1].mkdir(parents=True)
    old = [folder / ".a.json.0123456789ab.part" for folder in folders]
    young = project.data_folder / ".b.json.0123456789ab.part"
    mine = project.data_folder / "mine.part"
    for path in (*old, young, mine):
        path.write_text("x")
    for path in (*old, mine):
        os.utime(path, (0, 0))

    findings = examine(project)

    assert [path.exists() for path in (*old, young, mine)] == [False] * 4 + [True] * 2
    assert [f.detail for f in findings if f.check == "leftovers"] == ["4 removed"]


@pytest.mark.parametrize("damage", ["gone", "not a database"])
def test_lost_catalog_is_built_anew(project: Project, damage: str) -> None:
    """A catalog that is missing or damaged costs a rebuild, and is no fault."""
    project.projector.path.unlink()
    if damage != "gone":
        project.projector.path.write_text(damage)

    assert faults(examine(project)) == {}


def test_event_of_a_newer_release_is_told_and_the_rest_still_checked(project: Project) -> None:
    """One check that fails is a finding; the others are made all the same."""
    project.close()
    ledger = project.root / ".lineage/ledger.db"
    connection = sqlite3.connect(ledger)
    connection.execute(
        "insert into events values "
        "((select max(position) + 1 from events), 'x:1', 1, 'thing.invented', 1, 0, 'a', "
        "null, null, null, x'7b7d')"
    )
    connection.commit()
    connection.close()

    with Project(project.root) as again:
        findings = examine(again)

    assert "thing.invented" in faults(findings)["events"]
    assert {"leftovers", "disk"} <= {f.check for f in findings if f.is_ok}


def test_report_that_may_not_be_written_any_more_is_told(tmp_path: Path) -> None:
    """A report in a folder that is no longer allowed is a finding, not an exception."""
    outside = tmp_path / "outside"
    with make_project(tmp_path / "p", allowed_external_paths=[str(outside)]) as project:
        recorder = RunRecorder(project, "t_one")
        report = str(outside / "r.json")
        recorder.begin(run_started(task_type="", description="", report_path=report))
        recorder.succeed()
    with make_project(tmp_path / "p") as project:
        found = faults(examine(project))

    assert "r.json" in " ".join(found.values())


BIG = {"rows": "x" * 2**20}


@pytest.fixture
def manager(project: Project) -> TaskContextManager:
    """The checkpoints of another run, which is running."""
    return TaskContextManager(begin_run(project, "t_kept"))


def checkpoints(project: Project) -> Finding:
    """Return what is found of checkpoints."""
    return next(finding for finding in examine(project) if finding.check == "checkpoints")


def age(path: Path) -> None:
    """Make a file two hours old."""
    then = path.stat().st_mtime - 7200
    os.utime(path, (then, then))


def test_checkpoints_with_their_files_are_no_fault(
    project: Project, manager: TaskContextManager
) -> None:
    """A state in the ledger and one in a file are as they were recorded."""
    manager.save_execution_state({"row": 1}, "small")
    manager.save_execution_state(BIG, "big")

    assert checkpoints(project) == Finding(
        check="checkpoints", is_ok=True, detail="1 files intact, 0 discarded ones removed"
    )


@pytest.mark.parametrize(("content", "found"), [(None, "No such file"), (b"x", "other bytes")])
def test_missing_or_damaged_checkpoint_is_named(
    project: Project, manager: TaskContextManager, content: bytes | None, found: str
) -> None:
    """The checkpoint, its run and its file are told."""
    path = manager.save_execution_state(BIG, "big")
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    finding = checkpoints(project)

    assert not finding.is_ok
    assert found in finding.detail
    assert str(path) in finding.detail
    assert f"{manager._recorder.run_id}/big" in finding.detail


def test_file_of_a_discarded_checkpoint_is_removed(
    project: Project, manager: TaskContextManager
) -> None:
    """What a crash left between the discard and the removal goes, as the ledger says it may."""
    path = manager.save_execution_state(BIG, "big")
    content = path.read_bytes()
    manager.discard_checkpoint("big")
    path.write_bytes(content)

    assert "1 discarded ones removed" in checkpoints(project).detail
    assert not path.exists()


def test_file_that_no_checkpoint_has_is_named_and_left(
    project: Project, manager: TaskContextManager
) -> None:
    """Another ledger may refer to it, so only a person can say that it may go."""
    stray = project.checkpoint_files.write(b"stray").path
    assert checkpoints(project).is_ok  # it may be about to be recorded

    age(stray)

    finding = checkpoints(project)
    assert not finding.is_ok
    assert f".lineage/checkpoints/{stray.name}" in finding.detail
    assert stray.exists()
