"""What holds for every command that asks: clocks, damaged catalogs, a project without runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from in_process import InProcess
from projection_scenarios import edited
from small_tasks import make_one_run, make_project

from lineage.cli.main import app

QUESTIONS = {
    "diff": ("t_one", "t_one"),
    "graph": (),
    "log": (),
    "query": ("select count(*) as n from runs",),
    "report": ("t_one",),
    "runs": (),
    "checkpoints": (),
    "show": ("t_one",),
    "trends": ("t_one",),
}
"""Commands that answer from the history, each with arguments."""

ABOUT_ONE_RUN = {
    "diff": ("nobody", "nobody"),
    "replay": ("nobody",),
    "report": ("nobody",),
    "rerun": ("nobody",),
    "show": ("nobody",),
    "trends": ("nobody",),
}
OF_NO_PAST = {
    "annotate",  # writes
    "archive",
    "audit",  # says as of which event it is
    "bundle",  # is about the newest signed head
    "config",  # what is configured now
    "demo",
    "doctor",  # what is so now
    "erase",  # writes
    "init",
    "keys",  # what the keyring has now
    "ledger",  # how it is kept now
    "operations",  # what can be named now
    "policy",  # what holds now
    "privacy",  # its command flow has one
    "prove",  # under the last signed head
    "rebuild",
    "release",  # writes
    "releases",  # --then shows the verdict of the decision
    "replay",  # --to says up to where
    "rerun",  # executes
    "resume",
    "retention",  # what is over now
    "run",
    "seal",  # writes
    "seals",  # what they are worth now
    "serve",  # its pages ask for a past by themselves
    "tasks",  # what can be run now
    "verify",  # all of it
    "witness",  # has no history
}
"""Commands that have no past to ask about."""


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project after one run, with its catalog published."""
    make_one_run(tmp_path)
    return InProcess(tmp_path, monkeypatch, capsys)


def options_of(command: str) -> set[str]:
    """The options that a command takes."""
    group = typer.main.get_command(app)
    return {name for p in group.commands[command].params for name in p.opts}  # type: ignore[attr-defined]  # a group


def test_every_command_that_asks_knows_both_clocks() -> None:
    """A new command is a question about the past, or is listed as none."""
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group
    asking = {name for name in commands if {"--as-of", "--as-known-at"} <= options_of(name)}

    assert asking == commands - OF_NO_PAST
    assert asking == set(QUESTIONS) | {"sql"}  # which reads its questions from standard input


@pytest.mark.parametrize("command", QUESTIONS)
@pytest.mark.parametrize("option", ["--as-of", "--as-known-at"])
def test_every_question_can_be_asked_of_a_past(
    lineage: InProcess, command: str, option: str
) -> None:
    """As of the last position the answer is that of now."""
    head = lineage.json("query", "select max(position) as p from events")[0]["p"]

    then = lineage(command, *QUESTIONS[command], option, str(head)).out

    assert then == lineage(command, *QUESTIONS[command]).out


@pytest.mark.parametrize("command", QUESTIONS)
def test_every_question_refuses_a_moment_that_is_none(lineage: InProcess, command: str) -> None:
    """The error names the option."""
    line = lineage(command, *QUESTIONS[command], "--as-known-at", "then", code=2).error_line

    assert "--as-known-at" in line


def damage(path: Path) -> None:
    """Overwrite the file with noise."""
    path.write_bytes(os.urandom(path.stat().st_size))


def cut(path: Path) -> None:
    """Lose the second half."""
    os.truncate(path, path.stat().st_size // 2)


def make_older(path: Path) -> None:
    """Make it look like the work of an earlier release."""
    with edited(path) as connection:
        connection.execute("update catalog_info set fold_version = 'older'")
        connection.execute("drop table artifacts cascade")


def make_newer(path: Path) -> None:
    """Make it look like the work of a later release, and of a ledger that has gone on."""
    with edited(path) as connection:
        connection.execute("alter table catalog_info add column novelty integer")
        connection.execute("update catalog_info set position = 9999, fold_version = 'newer'")


def make_format_newer(path: Path) -> None:
    """Raise the number of the file format, which follows the magic bytes."""
    with path.open("r+b") as stream:
        stream.seek(12)
        stream.write((9999).to_bytes(8, "little"))


def protect(path: Path) -> None:
    """Let nobody write the file."""
    make_older(path)
    path.chmod(0o444)


def make_folder(path: Path) -> None:
    """Put an empty folder in its place."""
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "change", [damage, cut, make_older, make_newer, make_format_newer, protect, Path.unlink]
)
def test_catalog_that_does_not_fit_is_rebuilt_without_a_word(
    lineage: InProcess, change: Callable[[Path], None]
) -> None:
    """Whatever became of the file, the answer is that of the ledger."""
    before = lineage("show", "t_one").out
    change(lineage.root / ".lineage/catalog.duckdb")

    answer = lineage("show", "t_one")

    assert answer.out == before
    assert "Traceback" not in answer.err


def test_folder_in_place_of_the_catalog_is_explained(lineage: InProcess) -> None:
    """What cannot be replaced is named in one line."""
    path = lineage.root / ".lineage/catalog.duckdb"
    make_folder(path)
    (path / "something").write_text("of somebody")

    assert "catalog.duckdb" in lineage("runs", code=1).error_line


@pytest.fixture
def empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project in which nothing ever ran."""
    make_project(tmp_path).close()
    return InProcess(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("command", ["runs", "log", "graph", "tasks", "query"])
def test_project_without_runs_has_empty_answers(empty: InProcess, command: str) -> None:
    """No history is a history."""
    assert empty(command, *QUESTIONS.get(command, ())).code == 0


@pytest.mark.parametrize("command", ABOUT_ONE_RUN)
def test_run_of_a_project_without_runs_is_refused_in_one_line(
    empty: InProcess, command: str
) -> None:
    """There is none to show."""
    assert "nobody" in empty(command, *ABOUT_ONE_RUN[command], code=2).error_line


def test_past_of_a_project_without_runs_is_empty_and_says_so(empty: InProcess) -> None:
    """There is no beginning to name."""
    answer = empty("runs", "--as-of", "2020-01-01T00:00Z", "--json")

    assert '"total": 0' in answer.out
    assert "the ledger is empty" in answer.err
    assert "position 1" in empty("runs", "--as-of", "1", code=2).error_line
