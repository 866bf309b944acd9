"""Nothing that the project needs is overwritten because somebody names it as a target."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from in_process import InProcess
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.cli.main import app
from lineage.execution_log import functions as log
from lineage.kernel.errors import PathRefusedError, ReportingError
from lineage.project import Project
from lineage.tasks import TaskConfig, TaskReporter

READ = {
    ("audit", "verify"),
    ("release", "file"),
    ("report", "verify"),
    ("seal", "cosignature"),
    ("seal", "old_key"),
}
"""Options that name a file to read, as command and option."""

COMMANDS = {
    ("audit", "output"): ("audit", "--output"),
    ("bundle", "output"): ("bundle", "t_one", "--output"),
    ("query", "output"): ("query", "select 1 as a", "--format", "json", "--output"),
    ("report", "output"): ("report", "t_one", "--format", "json", "--output"),
    ("prove", "to"): ("prove", "1", "--to"),
    ("graph", "output"): ("graph", "--format", "json", "--output"),
    ("trends", "plot"): ("trends", "t_one", "--plot"),
}
"""Options that name a file to write, with what a command needs before it."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run, raw data and a second project; tests must not change it."""
    folder = tmp_path_factory.mktemp("targets")
    with make_project(folder / "project") as project:
        assert SmallTask(CopyOperation(), project=project).run()
    make_project(folder / "other").close()
    project_folder = folder / "project"
    (project_folder / "link").symlink_to(".lineage")
    (project_folder / "ledger.csv").symlink_to(".lineage/ledger.db")
    os.link(project_folder / "DATA/raw/people.csv", project_folder / "hard.csv")
    os.link(project_folder / "DATA/processed/t_one/output/copy.csv", project_folder / "kept.csv")
    return project_folder


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    """That project, opened."""
    with Project(root) as opened:
        yield opened


KEPT = [
    ".lineage/ledger.db",
    ".lineage/catalog.duckdb",
    ".lineage/new.json",
    ".LINEAGE/ledger.db",
    "DATA/../.lineage/ledger.db",
    "link/ledger.db",
    "ledger.csv",
    "../other/.lineage/ledger.db",
    "DATA/raw/people.csv",
    "DATA/raw/new.csv",
    "hard.csv",
    "DATA/processed/t_one/output/copy.csv",
    "kept.csv",
]


@pytest.mark.parametrize("target", KEPT)
def test_what_the_project_needs_is_no_target(project: Project, root: Path, target: str) -> None:
    """Ledger, raw data and recorded files are refused under every name they have."""
    with pytest.raises(PathRefusedError, match=r"it belongs to .*; write to another place"):
        project.check_target(root / target)


@pytest.mark.parametrize("target", ["new.csv", "DATA/reports/new.json", "DATA/processed/x.csv"])
def test_any_other_file_is_a_target(project: Project, root: Path, target: str) -> None:
    """What nobody recorded may be written, and written again."""
    assert project.check_target(root / target) == root / target


def test_ledger_outside_the_project_is_no_target(tmp_path: Path) -> None:
    """Wherever it is, with the files that SQLite keeps beside it."""
    place = tmp_path / "elsewhere.db"
    with make_project(tmp_path / "project", ledger=f"sqlite://{place}") as project:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with pytest.raises(PathRefusedError, match="it belongs to the ledger"):
                project.check_target(Path(f"{place}{suffix}"))


def test_every_output_option_of_the_command_line_is_tried() -> None:
    """A new option that takes a file must be listed here as one to read or to write."""
    options = {
        (command.name, parameter.name)
        for command in typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]  # a group
        for parameter in command.params
        if getattr(parameter, "metavar", "") == "FILE"
    }
    assert options == READ | set(COMMANDS)


@pytest.mark.parametrize("option", COMMANDS)
def test_output_option_refuses_what_the_project_needs(
    root: Path,
    option: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The file is as it was, and the message says why."""
    target = "DATA/raw/plot.png" if option[1] == "plot" else ".lineage/ledger.db"
    before = (root / ".lineage/ledger.db").stat().st_ino

    answer = InProcess(root, monkeypatch, capsys)(*COMMANDS[option], target, code=2)

    assert f"{target}': it belongs to the " in answer.error_line
    assert (root / ".lineage/ledger.db").stat().st_ino == before
    assert not (root / "DATA/raw/plot.png").exists()


def test_execution_log_is_not_exported_over_the_ledger(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function checks its path as the commands do."""
    monkeypatch.chdir(root)
    with pytest.raises(log.ExecutionLogError, match="it belongs to the ledger"):
        log.export_execution_log(Path(".lineage/ledger.db"))


def test_configuration_is_not_saved_among_the_raw_data(project: Project) -> None:
    """A path of the user's own is checked, too."""
    with pytest.raises(PathRefusedError, match="it belongs to the raw data"):
        TaskConfig(project, "t_one").save("DATA/raw/people.json")


def test_report_is_not_written_over_the_ledger(root: Path) -> None:
    """The path is refused before the run begins."""
    with pytest.raises(ReportingError, match="it belongs to the ledger"):
        TaskReporter("t_one", "test", "", root / ".lineage/ledger.db")
