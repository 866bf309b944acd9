"""Runs whose process is gone are shown as such by every question, which records nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from in_process import InProcess
from small_tasks import begin_run, make_project

from lineage.kernel import host
from lineage.kernel.clock import SystemClock
from lineage.project import Project

PID = 2**22 + 1
DIED = f"process {PID} on {host.hostname()} died"
NOBODY = {"pid": PID}
ELSEWHERE = {"host": "elsewhere"}


class Earlier(SystemClock):
    """A clock that was right some time ago."""

    def __init__(self, ago: timedelta) -> None:
        self._ago = ago

    def now(self) -> datetime:
        """Return the time it was then."""
        return super().now() - self._ago


def open_run(root: Path, ago: timedelta = timedelta(0), **process: Any) -> str:
    """Make a project with a run that has no end, nor its operation, and return its id."""
    with make_project(root, clock=Earlier(ago)) as project:
        recorder = begin_run(project, **process)
        recorder.begin_operation(
            "Copy", class_name="Copy", code_version="1", parameters={}, seed=None
        )
    return recorder.run_id


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in a folder."""
    return InProcess(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("command", ["runs", "show t_one", "report t_one", "tasks"])
def test_run_whose_process_died_is_shown_as_interrupted(lineage: InProcess, command: str) -> None:
    """At once, with the process, and the ledger has no event more."""
    open_run(lineage.root, **NOBODY)
    with Project(lineage.root) as project:
        head = project.ledger.head()

    shown = " ".join(lineage(*command.split()).out.split())

    assert "interrupted" in shown
    assert "running" not in shown
    with Project(lineage.root) as project:
        assert project.ledger.head() == head


@pytest.mark.parametrize("command", ["runs", "show", "tasks", "report"])
def test_json_has_what_is_seen_beside_what_is_on_record(lineage: InProcess, command: str) -> None:
    """The recorded status stays; a run that has ended has nothing beside it."""
    open_run(lineage.root, **NOBODY)

    answer = lineage.json(command, *([] if command.endswith("s") else ["t_one"]))
    row = {"runs": lambda: answer["runs"], "tasks": lambda: answer}.get(command, lambda: [answer])()

    assert row[0]["liveness"] == {"status": "interrupted", "detail": DIED}
    assert row[0].get("status", row[0].get("last_status")) == "running"


def test_graph_says_what_is_seen_of_a_run_and_its_operations(lineage: InProcess) -> None:
    """In JSON beside the status, in a picture in its place."""
    run_id = open_run(lineage.root, **NOBODY)

    drawn = lineage("graph", "--downstream", f"run:{run_id[:8]}").out

    assert f"interrupted ({DIED})" in drawn
    assert "running" not in drawn


@pytest.mark.parametrize(
    ("ago", "heard"),
    [
        (timedelta(minutes=4), None),
        (timedelta(minutes=12), "no sign of life for 12 min"),
        (timedelta(hours=30), "no sign of life for 30 h"),
        (timedelta(days=3), "no sign of life for 3 days"),
    ],
)
def test_run_on_another_machine_runs_and_may_be_silent(
    lineage: InProcess, ago: timedelta, heard: str | None
) -> None:
    """Nobody here knows more; the threshold is that of a resume."""
    open_run(lineage.root, ago, **ELSEWHERE)

    (run,) = lineage.json("runs")["runs"]

    assert run["liveness"] == {"status": "running", "detail": heard}


def test_run_that_lives_is_running(lineage: InProcess) -> None:
    """However silent it is: its process can be seen."""
    open_run(lineage.root, timedelta(hours=1))

    assert lineage.json("show", "t_one")["liveness"] == {"status": "running", "detail": None}


@pytest.mark.parametrize(("status", "count"), [("interrupted", 1), ("running", 0)])
def test_run_whose_process_died_is_found_by_what_it_is(
    lineage: InProcess, status: str, count: int
) -> None:
    """The list of interrupted runs has it, that of running ones does not."""
    open_run(lineage.root, **NOBODY)

    answer = lineage.json("runs", "--status", status)

    assert (len(answer["runs"]), answer["total"]) == (count, count)


@pytest.mark.parametrize("command", ["runs", "show t_one", "report t_one"])
def test_past_moment_shows_what_is_on_record(lineage: InProcess, command: str) -> None:
    """What is seen today says nothing about then."""
    open_run(lineage.root, **NOBODY)

    shown = lineage(*command.split(), "--as-of", "2").out

    assert "running" in shown
    assert "interrupted" not in shown
