"""The shell over the catalog, fed from a pipe."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from in_process import Answer, InProcess
from small_tasks import SmallTask, make_history, make_project

ENDLESS = "with recursive t(i) as (select 1 union all select i + 1 from t) select max(i) from t;"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of every kind; tests must not change it."""
    folder = tmp_path_factory.mktemp("sql")
    make_history(folder)
    return folder


@pytest.fixture
def shell(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """Runs `lineage sql` on a text."""
    lineage = InProcess(root, monkeypatch, capsys)

    def run(text: str, *arguments: str, code: int = 0) -> Answer:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return lineage("sql", *arguments, code=code)

    return run


def test_statements_of_a_pipe_are_answered_without_prompts(shell: Callable[..., Answer]) -> None:
    """Rows are all that is printed, in the order of the statements."""
    answer = shell("select 1 as a; select 2\n  as b;\n-- a comment\nselect 3 as c")

    assert answer.out.split() == ["a", "1", "b", "2", "c", "3"]
    assert answer.err == ""


def test_pipe_without_statements_prints_nothing(shell: Callable[..., Answer]) -> None:
    """An empty pipe is no error."""
    assert shell("").out == shell("\n;\n-- nothing\n").out == ""


def test_first_error_ends_the_pipe(shell: Callable[..., Answer]) -> None:
    """What follows a mistake is not executed; the exit code says so and the place is shown."""
    answer = shell("select 1 as a;\nselect nope from runs;\nselect 3 as c;", code=2)

    assert answer.out.split() == ["a", "1"]
    assert "line 1, column 8" in answer.error_line
    assert "         ^^^^" in answer.err.splitlines()


@pytest.mark.parametrize(
    "sql",
    [
        "drop table events;",
        "copy runs to '/tmp/stolen.csv';",
        "from read_text('/etc/passwd');",
        "attach '/tmp/x.db';",
        "set threads = 1;",
        "load httpfs;",
        "begin;",
    ],
)
def test_shell_reads_and_does_nothing_else(shell: Callable[..., Answer], sql: str) -> None:
    """The shell is confined as `lineage query` is."""
    assert shell(sql, code=2).error_line.startswith("lineage: query")


def test_query_that_never_ends_is_stopped(shell: Callable[..., Answer]) -> None:
    """--timeout holds for each statement."""
    assert "stopped after 0.2 s" in shell(ENDLESS, "--timeout", "0.2", code=1).error_line


def test_tables_are_listed_with_their_meaning(shell: Callable[..., Answer]) -> None:
    """.tables names every table and view."""
    rows = {row["name"]: row for row in json.loads(shell(".tables", "--json").out)}

    assert rows["runs"] == {
        "name": "runs",
        "kind": "view",
        "meaning": "One row per run, begun or refused.",
    }
    assert {"events", "execution_log", "column_edges"} <= rows.keys()


def test_columns_of_a_table_are_listed_with_their_meaning(shell: Callable[..., Answer]) -> None:
    """.schema T names columns and types; without T those of all tables."""
    rows = json.loads(shell(".schema seals\n", "--json").out)

    assert {("tree_size", "BIGINT"), ("note", "VARCHAR")} <= {
        (row["column"], row["type"]) for row in rows
    }
    assert len(json.loads(shell(".schema", "--json").out)) > 300


def test_unknown_table_of_a_schema_suggests_the_nearest(shell: Callable[..., Answer]) -> None:
    """A typing mistake is no empty list."""
    assert "did you mean 'runs'" in shell(".schema rnus", code=2).error_line


def test_examples_are_listed_and_asked(shell: Callable[..., Answer]) -> None:
    """.examples lists the questions of the cookbook, .examples N answers one and shows its SQL."""
    listed = shell(".examples").out
    asked = shell(".examples 18", "-f", "csv")

    assert "18  How did the latest run of each task end?" in listed
    assert '"t_bad","failed"' in asked.out
    assert "group by task_id" in asked.err


def test_examples_about_the_disk_bring_its_files(shell: Callable[..., Answer]) -> None:
    """A question that needs the listing of the data folder gets it."""
    numbers = [line.split()[0] for line in shell(".examples").out.splitlines() if "on disk" in line]

    assert numbers
    for number in numbers:
        shell(f".examples {number}")


@pytest.mark.parametrize("command", [".nonsense", ".examples 99", ".examples x", ".as-of never"])
def test_wrong_command_is_refused_in_one_line(shell: Callable[..., Answer], command: str) -> None:
    """What the shell does not know it says."""
    assert len(shell(command, code=2).error_line) > 20


def test_past_and_present_are_asked_in_turn(shell: Callable[..., Answer]) -> None:
    """.as-of goes to a position and back; --as-of begins there."""
    count = "select count(*) as n from events;\n"
    answer = shell(f"{count}.as-of 2\n{count}.as-of\n{count}", "-f", "csv")
    first, past, present = answer.out.split()[1::2]

    assert (past, present) == ("2", first)
    assert shell(count, "--as-of", "3", "-f", "csv").out.split()[1] == "3"


def test_refresh_shows_what_was_recorded_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The catalog stays as it was opened until it is refreshed."""
    project = make_project(tmp_path)

    class Typing(io.StringIO):
        """Records a run between two statements."""

        def __next__(self) -> str:
            line = super().__next__()
            if line.startswith(".refresh"):
                SmallTask(project=project).run()
            return line

    count = "select count(*) as n from runs;\n"
    monkeypatch.setattr(sys, "stdin", Typing(f"{count}.refresh\n{count}"))
    answer = InProcess(tmp_path, monkeypatch, capsys)("sql", "-f", "csv")
    project.close()

    assert answer.out.split()[1::2] == ["0", "1"]


@pytest.mark.parametrize("word", [".quit", "quit", "exit;", "QUIT ;", "\\q"])
def test_end_is_the_end(shell: Callable[..., Answer], word: str) -> None:
    """After a word that leaves the shell nothing is executed."""
    assert shell(f"select 1 as a;\n{word}\nselect 2 as b;").out.split() == ["a", "1"]


def test_parquet_is_refused(shell: Callable[..., Answer]) -> None:
    """A binary format does not go to the screen."""
    assert "use `lineage query`" in shell("", "-f", "parquet", code=2).error_line


def test_pipe_leaves_no_history(shell: Callable[..., Answer], root: Path) -> None:
    """Only what a person types is kept."""
    shell("select 1;")

    assert not (root / ".lineage/sql_history").exists()


def test_shell_of_a_project_without_runs_answers(
    tmp_path: Path, shell: Callable[..., Answer]
) -> None:
    """Every example has an answer, if an empty one, where nothing has happened."""
    make_project(tmp_path / "new").close()
    listed = shell(".examples", "-p", str(tmp_path / "new")).out.splitlines()[1:]
    text = "".join(f".examples {line.split()[0]}\n" for line in listed)

    assert len(listed) >= 24
    shell(text, "-p", str(tmp_path / "new"))
