"""`lineage tasks` lists what can be run and what has run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lineage import settings
from lineage.cli.commands import tasks as tasks_command
from lineage.project import Project
from lineage.tasks.registry.registry import find_task
from lineage.templates.templates import write_template

app = typer.Typer()
app.command()(tasks_command.tasks)


@app.callback()
def _options() -> None:
    """Keep the command's name, as there is only one."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A new project."""
    settings.make_project(tmp_path)
    return tmp_path


def ask(root: Path, *arguments: str) -> str:
    """Return what `lineage tasks` prints to standard output and error."""
    done = CliRunner().invoke(
        app, ["tasks", *arguments, "--project", str(root)], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


def listed(root: Path) -> list[dict[str, Any]]:
    """Return the answer of --json."""
    found: list[dict[str, Any]] = json.loads(ask(root, "--json"))
    return found


def test_project_without_tasks_says_how_to_start(root: Path) -> None:
    """An empty list names the next step."""
    assert listed(root) == []
    assert "--template simple" in ask(root)


def test_task_is_listed_before_and_after_its_run(root: Path) -> None:
    """Type, version, digest and latest run of a task of the tasks folder are shown."""
    write_template("simple", root)
    (before,) = listed(root)
    assert (before["task_id"], before["task_type"], before["version"]) == (
        "t_simple",
        "profiling",
        "1.0.0",
    )
    assert (before["places"], before["last_status"]) == (["tasks folder"], None)
    with Project(root) as project:
        task = find_task(project, "t_simple")
        assert task.run()
    (after,) = listed(root)
    assert (after["last_status"], after["last_run_id"]) == ("succeeded", task.run_id)
    assert after["places"] == ["tasks folder", "ledger"]
    assert after["source_sha256"] == before["source_sha256"]


def test_table_shows_task_status_and_problem(root: Path) -> None:
    """Without --json the answer is a table, and each problem is told beside it."""
    write_template("simple", root)
    (root / "tasks/bad.py").write_text("1 / 0\n")
    text = ask(root)
    lines = text.splitlines()
    heading = next(number for number, line in enumerate(lines) if line.startswith("task"))
    assert lines[heading].split()[:2] == ["task", "type"]
    assert lines[heading + 1].startswith("t_simple")
    assert "ZeroDivisionError in line 1 of bad.py" in text
