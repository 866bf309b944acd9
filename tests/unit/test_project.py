"""What a project opens, allows and exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import begin_run, make_project

from lineage import settings
from lineage.kernel.clock import SteppingClock
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import (
    ConfigurationError,
    LedgerUnavailableError,
    PathRefusedError,
    ProjectNotFoundError,
)
from lineage.kernel.ids import CountingIds
from lineage.kernel.storage import sha256
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskConfig

REPORT = "DATA/reports/t_one_report.json"
LOG = "configs/execution_log.json"
CHILD = Path(__file__).parents[1] / "integration/export_often.py"


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


# opening


def test_ledger_lies_in_the_state_folder_by_default(project: Project) -> None:
    """A project without further settings has its ledger in .lineage, which git ignores."""
    begin(project)

    assert (project.root / ".lineage/ledger.db").exists()
    assert (project.root / ".lineage/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize("name", ["a b", "100%", "Übersicht", "R&D;x", "a#b?c"])
def test_project_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    """Blanks, percent signs, umlauts and URL characters in the path change nothing."""
    with make_project(tmp_path / name) as project:
        begin(project).succeed()

    with Project(tmp_path / name) as again:
        assert again.ledger.head() == 4
    assert (tmp_path / name / ".lineage/ledger.db").exists()


def test_variable_names_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LINEAGE_LEDGER overrules the project's file."""
    url = f"sqlite://{tmp_path}/elsewhere.db"
    monkeypatch.setenv("LINEAGE_LEDGER", url)

    with make_project(tmp_path / "p", ledger="memory://") as project:
        assert project.ledger.url == url
        project.ledger.create()
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "p/.lineage/ledger.db").exists()


@pytest.mark.parametrize("place", ["variable", "file"])
def test_ledger_in_memory_is_refused_where_there_is_a_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It would hide the history and forget the run; catalog and documents stay as they are."""
    with make_project(tmp_path / "p") as project:
        begin_run(project)
        count = project.ledger.head()
    if place == "variable":
        monkeypatch.setenv("LINEAGE_LEDGER", "memory://")
    else:
        (tmp_path / "p/configs/prj_config.json").write_text('{"ledger": "memory://"}')

    words = f"it is forgotten .* has a history of {count} events .*; unset LINEAGE_LEDGER"
    with pytest.raises(ConfigurationError, match=words):
        Project(tmp_path / "p")


def test_ledger_in_memory_works_where_there_is_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a trial, in a project whose own ledger is empty."""
    make_project(tmp_path / "p").close()
    monkeypatch.setenv("LINEAGE_LEDGER", "memory://")
    with Project(tmp_path / "p") as project:
        assert project.ledger.file is None


def test_project_file_names_the_ledger(tmp_path: Path) -> None:
    """A ledger named in the project's file is used."""
    with make_project(tmp_path / "p", ledger=f"sqlite://{tmp_path}/named.db") as project:
        project.ledger.create()
        assert (tmp_path / "named.db").exists()


@pytest.mark.parametrize("by", ["file", "variable"])
def test_relative_ledger_lies_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Wherever one stands, a relative path means the same file."""
    monkeypatch.chdir(tmp_path)
    url = "sqlite:history/named.db"
    (tmp_path / "p/history").mkdir(parents=True)
    if by == "variable":
        monkeypatch.setenv("LINEAGE_LEDGER", url)

    with make_project(tmp_path / "p", **({"ledger": url} if by == "file" else {})) as project:
        begin(project)

    assert (tmp_path / "p/history/named.db").is_file()
    assert not (tmp_path / "p/.lineage/ledger.db").exists()


def test_unknown_kind_of_ledger_is_refused(tmp_path: Path) -> None:
    """A URL of no store that is known is a configuration error without its password."""
    with pytest.raises(ConfigurationError, match="ledger URL") as caught:
        make_project(tmp_path, ledger="mysql://ada:hush@host/db")
    assert "hush" not in str(caught.value)


def test_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the place of .lineage is an error with a remedy."""
    (tmp_path / ".lineage").write_text("in the way")

    with (
        Project(tmp_path) as project,
        pytest.raises(LedgerUnavailableError, match="writable folder"),
    ):
        project.ledger.create()


def test_open_finds_the_project_upward(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder below, its project is opened; a folder that is named is the project."""
    monkeypatch.chdir(project.root / "DATA/raw")

    with Project.open() as opened, Project.open(project.root) as named:
        assert opened.root == named.root == project.root
    with pytest.raises(ProjectNotFoundError, match="no project"):
        Project.open(project.root / "DATA/raw")


def test_open_outside_of_any_project_is_refused(tmp_path: Path) -> None:
    """Opening never makes a project."""
    with pytest.raises(ProjectNotFoundError, match="lineage init"):
        Project.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_changed_project_file_counts_from_the_next_opening(project: Project) -> None:
    """Behaviour 54: who opens the project after an edit has the new settings."""
    (project.root / "configs/prj_config.json").write_text('{"seed": 9}')

    with Project(project.root) as again:
        assert again.settings.seed == 9
    assert project.settings.seed is None


def test_closed_project_says_so(tmp_path: Path) -> None:
    """After the block the ledger cannot be asked any more."""
    with make_project(tmp_path) as project:
        pass

    with pytest.raises(LedgerUnavailableError, match="closed"):
        project.ledger.head()


# paths


def test_paths_inside_are_named_relative_to_the_project(project: Project) -> None:
    """The history names files the same wherever the project lies."""
    assert project.display("DATA/a.csv") == "DATA/a.csv"
    assert project.display(project.root / "DATA/../DATA/a.csv") == "DATA/a.csv"
    assert project.display("/elsewhere/a.csv") == "/elsewhere/a.csv"


def test_allowed_folder_outside_may_be_used(tmp_path: Path) -> None:
    """Behaviour 56: an allowed folder and what lies in it, but no folder that begins alike."""
    allowed = tmp_path / "allowed"
    with make_project(tmp_path / "p", allowed_external_paths=[str(allowed)]) as project:
        assert project.safe_path(allowed / "x.csv") == allowed / "x.csv"
        with pytest.raises(PathRefusedError, match="allowed_evil"):
            project.safe_path(tmp_path / "allowed_evil/x.csv")


def test_relative_allowed_folder_starts_from_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever one stands, project and task mean the same folder."""
    with make_project(tmp_path / "p", allowed_external_paths=["../shared"]) as project:
        for folder in (tmp_path, project.root / "DATA"):
            monkeypatch.chdir(folder)
            assert project.safe_path("../shared/x.csv") == tmp_path / "shared/x.csv"
            assert project.allowed_roots == TaskConfig(project, "t_one").allowed_roots


@pytest.mark.parametrize("path", ["../x", "~/x", "a\x00b", "/etc/passwd", "DATA/../../x"])
def test_path_that_leads_outside_is_refused(project: Project, path: str) -> None:
    """Behaviour 55: whatever leads out of the project is refused."""
    with pytest.raises(PathRefusedError, match="path"):
        project.safe_path(path)


def test_file_of_the_history_is_found_in_its_storage(project: Project) -> None:
    """A path, relative to the project or absolute, is a file of this machine."""
    (project.root / "DATA").mkdir(exist_ok=True)
    (project.root / "DATA/a.csv").write_bytes(b"abc")

    for uri in ("DATA/a.csv", str(project.root / "DATA/a.csv")):
        assert sha256(project.storage(uri), uri) == sha256_bytes(b"abc")


def test_address_without_a_storage_is_refused(project: Project) -> None:
    """A file elsewhere is never taken for a local one."""
    with pytest.raises(PathRefusedError, match=r"s3://bucket/a\.csv.*this machine"):
        project.storage("s3://bucket/a.csv")


def test_link_that_leads_outside_is_refused(project: Project) -> None:
    """Behaviour 55: a symlink is judged by where it leads."""
    (project.root / "link").symlink_to("/etc")

    with pytest.raises(PathRefusedError, match="/etc/passwd"):
        project.safe_path("link/passwd")


def test_history_is_reproducible_with_a_given_clock_and_ids(tmp_path: Path) -> None:
    """The same work with the same clock and ids gives the same stored events."""
    histories = []
    for name in ("a", "b"):
        settings.make_project(tmp_path / name)
        with Project(tmp_path / name, clock=SteppingClock(), ids=CountingIds()) as project:
            recorder = begin(project)
            recorder.measure("a", 1)
            histories.append([(r.stream, r.recorded_at, r.version) for r in project.ledger.read()])

    assert histories[0] == histories[1]
    assert histories[0][0][0] == "run:00000000-0000-0000-0000-000000000001"
