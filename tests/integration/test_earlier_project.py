"""A project of the release before the rooms opens, answers, rebuilds and resumes as it was.

`tests/golden/projects/make_before_rooms.py` says what is in it.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Lineage
from in_process import InProcess

from lineage.events import Event
from lineage.project import Project
from lineage.tasks import ProcessSummary, TaskContextManager, validate_execution_log

ARCHIVE = Path(__file__).parents[1] / "golden/projects/before_rooms.tar.gz"
EVENTS = 365
TYPES_OF_EVENTS = 44
DOCUMENTS = ("configs/execution_log.json", "DATA/reports/*.json", "runs/*/process_summary_*.json")
NUMBER_OF_DOCUMENTS = 13

Called = Callable[[Path], InProcess]


def unpack(folder: Path) -> Path:
    """Unpack the project into a folder and return its own."""
    root = folder / "example"
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(root, filter="data")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project, to be changed."""
    return unpack(tmp_path)


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    """The project, opened."""
    with Project(root) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, to be asked only."""
    return unpack(tmp_path_factory.mktemp("earlier"))


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    """The command line of a project, within this process."""
    return lambda folder: InProcess(folder, monkeypatch, capsys)


def documents(root: Path) -> dict[str, bytes]:
    """Return the exported documents: path to content."""
    found = sorted(path for pattern in DOCUMENTS for path in root.glob(pattern))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def metrics(root: Path, task: str) -> dict[str, Any]:
    """Return the metrics in the exported report of a task."""
    report = json.loads((root / f"DATA/reports/{task}_report.json").read_text("utf-8"))
    found: dict[str, Any] = report["metrics"]
    return found


# Opening


def test_every_event_of_the_earlier_release_is_read(project: Project) -> None:
    """The ledger opens, and each of its events becomes one of today's classes."""
    events = [recorded.event for recorded in project.ledger.read()]

    assert len(events) == project.ledger.head() == EVENTS
    assert len({event.TOPIC for event in events}) == TYPES_OF_EVENTS
    assert all(isinstance(event, Event) for event in events)


def test_file_of_the_earlier_release_is_as_it_should_be(project: Project) -> None:
    """Its guards are today's, so that a missing one is a fault whatever release made the file."""
    assert project.ledger.faults(is_deep=True) == []


def test_opening_and_rebuilding_records_nothing(
    root: Path, project: Project, called: Called
) -> None:
    """The history is the same afterwards, position by position."""
    before = list(project.ledger.read())

    called(root)("rebuild", "--files")

    assert list(project.ledger.read()) == before


# Rebuilding


@pytest.mark.parametrize("environment", [{}, {"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"}])
def test_deleted_documents_come_back_byte_equal(root: Path, environment: dict[str, str]) -> None:
    """Reports, execution log and summaries are those that the earlier release has written."""
    archived = documents(root)
    for name in archived:
        (root / name).unlink()
    assert documents(root) == {}
    assert list((root / ".lineage").glob("catalog*")) == []

    Lineage(root)("rebuild", "--files", **environment)

    assert documents(root) == archived
    assert len(archived) == NUMBER_OF_DOCUMENTS


# Resuming


@pytest.mark.parametrize(
    ("named", "task", "before", "why"),
    [
        (["t_publish"], "t_publish", "failed", "it failed"),
        ([], "t_watch", "interrupted", "it was interrupted"),
    ],
)
def test_run_of_the_earlier_release_is_taken_up(
    root: Path, named: list[str], task: str, before: str, why: str
) -> None:
    """The failed run and the killed one are resumed; their code versions are of another kind."""
    details = Lineage(root).json("resume", *named)

    assert (details["task_id"], details["status"]) == (task, "succeeded")
    with Project(root) as project:
        assert project.run_status(details["resumes"], task).value == before
    assert [(o["name"], o["status"], o["reason"]) for o in details["operations"]] == [
        ("CopyOperation", "success", "its code changed"),
        ("CountOperation", "warning", "its code changed"),
        ("SendOperation", "success", why),
    ]


def test_resumed_run_reports_what_it_went_on_from(root: Path) -> None:
    """Its report has the metrics of all operations, and of the states of the earlier run."""
    Lineage(root)("resume", "t_publish")

    assert metrics(root, "t_publish") == {
        "restored": {"pages": 600_000, "letters": 4},
        "CopyOperation": {"rows": 4, "share": 0.1 + 0.2},
        "CountOperation": {"towns": {"all": 2, "rare": 1}},
        "SendOperation": {"sent": 4},
    }


def test_task_goes_on_behind_its_checkpoint(root: Path) -> None:
    """The file that was missing is added to the totals of the two before, which are not read."""
    details = Lineage(root).json("resume", "t_checkpoint")

    assert details["status"] == "succeeded"
    assert [read["name"] for read in details["inputs"]] == ["sales_wednesday"]
    assert metrics(root, "t_checkpoint")["WriteTotalsOperation"]["rows"] == 36


# Checkpoints


@pytest.mark.parametrize(
    ("task", "name", "state"),
    [
        ("t_publish", "addressed", {"letters": 4, "stamps": [0.85, None]}),
        ("t_publish", "pages", {"pages": [0] * 600_000}),
        ("t_fetch", "bags", {"bags": [1] * 600_000}),
    ],
)
def test_kept_state_is_given_back(
    project: Project, task: str, name: str, state: dict[str, Any]
) -> None:
    """A state in the ledger and one in a file come back as the earlier release was given them."""
    manager = TaskContextManager.of_task(project, task)

    assert manager.restore_execution_state(name) == state


def test_unfinished_run_offers_its_newest_state(project: Project) -> None:
    """The task can go on from it; one that has ended well cannot."""
    publish = TaskContextManager.of_task(project, "t_publish")
    fetch = TaskContextManager.of_task(project, "t_fetch")

    assert publish.can_resume_execution() == (True, "pages")
    assert fetch.can_resume_execution() == (False, None)
    assert len(fetch.get_checkpoints()) == 11


# Going on


def test_open_process_goes_on_with_its_counts(project: Project) -> None:
    """A new session has what the earlier release has counted, and finds the silence since."""
    summary = ProcessSummary("sync", "harvest", project=project)

    assert (summary.items_processed, summary.interruption_count) == (3, 1)


def test_entry_that_was_set_aside_is_still_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the two faulty entries of the imported log the one is left that was not put right."""
    monkeypatch.chdir(root)
    is_right, faults = validate_execution_log()

    assert not is_right
    assert [fault.split(":")[0] for fault in faults] == ["old_log.json"]


# Asking


@pytest.mark.parametrize(
    "command",
    [
        ["runs"],
        ["tasks"],
        ["show", "t_collect"],
        ["report", "t_letter"],
        ["report", "t_fetch", "--verify", "DATA/reports/t_fetch_report.json"],
        ["log"],
        ["config", "t_digest"],
        ["checkpoints", "--all"],
        ["graph", "--upstream", "DATA/processed/t_collect/towns.json"],
        ["graph", "--columns", "--downstream", "people.csv:age"],
        ["replay", "t_collect"],
        ["query", "--format", "csv", "from execution_log"],
    ],
    ids=" ".join,
)
def test_question_is_answered(shared_root: Path, called: Called, command: list[str]) -> None:
    """What is asked of the earlier history has an answer, and exit code 0."""
    assert called(shared_root)(*command).out.strip()
