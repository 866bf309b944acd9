"""A ledger that is missing, empty or older than what was made from it: told, nothing changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from copies import copied
from small_tasks import make_one_run

from lineage import exports
from lineage.kernel.errors import ConfigurationError, LedgerUnavailableError
from lineage.ledger import Ledger
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started

LEDGER = ".lineage/ledger.db"
CATALOG = ".lineage/catalog.duckdb"
LOG = "configs/execution_log.json"
REPORT = "DATA/reports/t_one_report.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project after one run, with catalog, execution log and report, opened by nobody."""
    copied(make_one_run, tmp_path / "p")
    with Project(tmp_path / "p") as project, project.catalog():
        exports.export_execution_log(project)
    return tmp_path / "p"


def content(root: Path) -> dict[str, bytes]:
    """Return every file of a project with its bytes."""
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


def remove(root: Path) -> None:
    """Lose the ledger."""
    (root / LEDGER).unlink()


def empty(root: Path) -> None:
    """Leave a ledger without a byte."""
    (root / LEDGER).write_bytes(b"")


def replace(root: Path) -> None:
    """Put a ledger without events in its place."""
    (root / LEDGER).unlink()
    with Ledger(f"sqlite://{root / LEDGER}") as ledger:
        ledger.create()


def ask(root: Path) -> None:
    """Open the project and its catalog."""
    with Project(root) as project, project.catalog():
        pass


def record(root: Path) -> None:
    """Begin a run."""
    with Project(root) as project:
        begin(project)


def begin(project: Project) -> None:
    """Begin a run in an open project."""
    started = run_started(task_type="", description="", report_path=REPORT)
    RunRecorder(project, "t_one").begin(started)


@pytest.mark.parametrize("act", [ask, record])
@pytest.mark.parametrize("lose", [remove, empty, replace])
@pytest.mark.parametrize("witness", [CATALOG, LOG, REPORT])
def test_ledger_that_lost_all_events_is_told_and_nothing_changes(
    root: Path, witness: str, lose: Callable[[Path], None], act: Callable[[Path], None]
) -> None:
    """One file that knows of events is enough, whoever asks or records."""
    lose(root)
    for path in {CATALOG, LOG, REPORT} - {witness}:
        (root / path).unlink()
    before = content(root)

    with pytest.raises(LedgerUnavailableError, match=rf"{witness} .*backup") as caught:
        act(root)

    assert "1 run" in str(caught.value)
    assert content(root) == before


@pytest.mark.parametrize("act", [ask, record])
@pytest.mark.parametrize("witness", [CATALOG, REPORT])
def test_older_ledger_is_told(root: Path, witness: str, act: Callable[[Path], None]) -> None:
    """A ledger from a backup is refused as long as something shows later events."""
    shutil.copy(root / LEDGER, root / "older.db")
    with Project(root) as project:
        begin(project)
        project.catalog().close()
        head = project.ledger.head()
        exports.export_report(project, project.ledger.runs_of_task("t_one")[0])
    shutil.move(root / "older.db", root / LEDGER)
    (root / ({CATALOG, REPORT} - {witness}).pop()).unlink()
    before = content(root)

    with pytest.raises(LedgerUnavailableError, match=rf"{witness} position {head}"):
        act(root)
    assert content(root) == before


def test_memory_in_place_of_the_ledger_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger in memory on a project with a history names the variable to unset."""
    monkeypatch.setenv("LINEAGE_LEDGER", "memory://")

    with pytest.raises(ConfigurationError, match=r"history of .*unset LINEAGE_LEDGER"):
        ask(root)
    (root / LEDGER).unlink()
    with pytest.raises(LedgerUnavailableError, match=r"position .*unset LINEAGE_LEDGER"):
        ask(root)


def test_write_ahead_log_without_its_ledger_is_told(root: Path) -> None:
    """Events that are still in the log are not thrown away by a new ledger."""
    (root / LEDGER).rename(root / f"{LEDGER}-wal")

    with pytest.raises(LedgerUnavailableError, match=r"ledger\.db-wal beside it holds events"):
        ask(root)
    assert (root / f"{LEDGER}-wal").exists()


def test_question_to_a_project_that_knows_nothing_makes_nothing(tmp_path: Path) -> None:
    """The first thing that is recorded makes the ledger."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text("{}")
    ask(tmp_path)
    assert list(content(tmp_path)) == ["configs/prj_config.json"]

    record(tmp_path)

    assert (tmp_path / LEDGER).is_file()


def test_log_of_another_program_does_not_count(tmp_path: Path) -> None:
    """Who brings along a log to import has lost no ledger."""
    (tmp_path / "configs").mkdir()
    (tmp_path / LOG).write_text('{"executions": [{"task_id": "t", "task_run_id": "1"}]}')

    ask(tmp_path)


def test_newest_of_many_reports_tells(root: Path) -> None:
    """Reports of earlier runs, however many, do not hide the last one."""
    shutil.copy(root / LEDGER, root / "older.db")
    for number in range(40):
        earlier = root / f"DATA/reports/old/{number}.json"
        earlier.parent.mkdir(exist_ok=True)
        shutil.copy2(root / REPORT, earlier)
    with Project(root) as project:
        begin(project)
        exports.export_report(project, project.ledger.runs_of_task("t_one")[0])
        head = project.ledger.head()
    shutil.move(root / "older.db", root / LEDGER)

    with pytest.raises(LedgerUnavailableError, match=rf"t_one_report.json position {head}"):
        ask(root)
