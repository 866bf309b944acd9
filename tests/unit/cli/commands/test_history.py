"""Commands that show what has happened: runs, show, report, log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import CallOperation, SmallTask, make_history, make_project


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project with runs of every kind; tests must not change it."""
    root = tmp_path_factory.mktemp("history")
    return root, make_history(root)


@pytest.fixture
def lineage(
    history: tuple[Path, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> InProcess:
    """The command line in that project."""
    return InProcess(history[0], monkeypatch, capsys)


@pytest.fixture
def ids(history: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """Ids of the runs: good, bad, late, running."""
    return history[1]


def test_runs_are_listed_newest_first(lineage: InProcess, ids: dict[str, str]) -> None:
    """The list has a line a run, with the beginning of its id, task, status and note."""
    lines = [line.split() for line in lineage("runs").out.splitlines()]

    assert lines[0] == ["run", "task", "status", "started", "seconds", "note"]
    assert [line[:3] for line in lines[1:]] == [
        [ids["running"][:8], "t_open", "running"],
        [ids["late"][:8], "t_late", "refused"],
        [ids["bad"][:8], "t_bad", "failed"],
        [ids["good"][:8], "t_one", "succeeded"],
    ]


def test_runs_as_json_say_how_many_there_are(lineage: InProcess, ids: dict[str, str]) -> None:
    """The JSON answer has whole ids and tells when something is left out."""
    whole = lineage.json("runs")
    cut = lineage.json("runs", "--limit", "1")

    assert [row["run_id"] for row in whole["runs"]] == [
        ids[name] for name in ("running", "late", "bad", "good")
    ]
    assert (whole["total"], whole["truncated"]) == (4, False)
    assert (len(cut["runs"]), cut["total"], cut["truncated"]) == (1, 4, True)


def test_cut_list_says_so(lineage: InProcess) -> None:
    """What --limit leaves out is shown on standard error."""
    answer = lineage("runs", "-n", "1")

    assert len(answer.out.splitlines()) == 2
    assert "3 older runs are not shown" in answer.err


@pytest.mark.parametrize(
    ("options", "tasks"),
    [
        (["--task", "t_bad"], ["t_bad"]),
        (["--status", "refused"], ["t_late"]),
        (["-t", "t_bad", "-s", "succeeded"], []),
        (["--task", "t' or 1=1 --"], []),
    ],
)
def test_runs_are_chosen_by_task_and_status(
    lineage: InProcess, options: list[str], tasks: list[str]
) -> None:
    """Options choose runs; their values are never SQL."""
    assert [row["task_id"] for row in lineage.json("runs", *options)["runs"]] == tasks


def test_no_runs_say_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty history has headings and a hint."""
    make_project(tmp_path).close()

    answer = InProcess(tmp_path, monkeypatch, capsys)("runs")

    assert answer.out.split() == ["run", "task", "status", "started", "seconds", "note"]
    assert "lineage run TASK" in answer.err


def test_unknown_status_names_the_known_ones(lineage: InProcess) -> None:
    """A status that does not exist is a usage error in one line."""
    line = lineage("runs", "--status", "done", code=2).error_line

    assert "succeeded" in line
    assert "lineage runs --help" in line


def test_limit_below_one_is_refused(lineage: InProcess) -> None:
    """A list of no runs cannot be asked for."""
    assert "--limit" in lineage("runs", "--limit", "0", code=2).error_line


def test_show_tells_what_a_run_did(lineage: InProcess, ids: dict[str, str]) -> None:
    """Status, inputs, operations, files and warnings are on one screen."""
    text = lineage("show", ids["good"][:6]).out

    assert f"run {ids['good']}  task t_one  succeeded" in text
    assert "DATA/raw/people.csv" in text
    assert "CopyOperation" in text
    assert "DATA/processed/t_one/output/copy.csv" in text
    assert "warning: CallOperation: 2 columns look like identifiers" in text


@pytest.mark.parametrize("command", ["show", "report"])
def test_measured_risk_is_put_in_words(lineage: InProcess, command: str) -> None:
    """A measure has its number and what it means for a person; times are written for a reader."""
    out = lineage(command, "t_one").out
    row = next(line for line in out.splitlines() if line.startswith("Smallest group (k)"))
    assert row.split("  ", 1)[1].split(maxsplit=1) == [
        "5",
        "Everybody shares these values with at least 4 other people.",
    ]
    assert "+00:00" not in out


@pytest.mark.parametrize("command", ["show", "report"])
def test_run_that_measured_no_risk_has_no_table_of_it(lineage: InProcess, command: str) -> None:
    """Nothing is said about people where nothing was measured."""
    assert "Risk and utility" not in lineage(command, "t_bad").out
    assert lineage.json("show", "t_bad")["privacy_effect"] == []


def test_imported_file_is_on_every_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Show and report name a file that was copied into the task's folder, and its source."""
    monkeypatch.setenv("COLUMNS", "300")
    source = tmp_path / "codes.csv"
    source.write_text("a,b\n")
    with make_project(tmp_path / "project") as project:
        task = SmallTask(project=project)
        copying = CallOperation(lambda **_: task.directory_manager.import_external_file(source))
        task.given = (copying,)
        assert task.run()
    lineage = InProcess(tmp_path / "project", monkeypatch, capsys)

    for command in ("show", "report"):
        text = lineage(command, "t_one").out
        assert "DATA/processed/t_one/input/codes.csv" in text
        assert str(source) in text
    assert lineage.json("show", "t_one")["imports"][0]["size_bytes"] == 4


def test_show_as_json_has_every_part(lineage: InProcess) -> None:
    """The JSON answer is the document of the run."""
    run = lineage.json("show", "t_one")

    assert run["status"] == "succeeded"
    assert run.keys() >= {"operations", "inputs", "artifacts", "metrics", "messages"}


def test_show_tells_why_a_run_failed(lineage: InProcess) -> None:
    """A failed run has its error once, without the words of a foreign exception."""
    text = lineage("show", "t_bad").out

    assert "failed" in text
    assert "ValueError" in text
    assert "Zaphod" not in text


def test_show_tells_why_a_run_was_refused(lineage: InProcess, ids: dict[str, str]) -> None:
    """A refused run names the task in its way."""
    text = lineage("show", "t_late").out

    assert f"run {ids['late']}" in text
    assert "t_bad" in text


def test_show_of_an_open_run_tells_no_end(lineage: InProcess) -> None:
    """A running run has no duration and no error."""
    text = lineage("show", "t_open").out

    assert "running" in text
    assert " s  " not in text.splitlines()[0]


@pytest.mark.parametrize("command", ["show", "report"])
def test_unknown_run_is_refused_in_one_line(lineage: InProcess, command: str) -> None:
    """A run that does not exist gives one line, exit code 2, and the command that lists runs."""
    assert "lineage runs" in lineage(command, "nobody", code=2).error_line


def test_report_tells_operations_files_metrics_and_warnings(lineage: InProcess) -> None:
    """The report on the screen has all parts, nested metrics with dotted names."""
    text = lineage("report", "t_one").out

    assert "completed" in text
    assert "CallOperation.risk.share" in text
    assert "0.1235" in text
    assert "copy.csv" in text
    assert "warning: CallOperation: 2 columns" in text


@pytest.mark.parametrize(
    ("file", "begin"),
    [("r.html", "<!doctype html>"), ("r.md", "# t_one: succeeded"), ("r.json", '{\n  "task_id"')],
)
def test_report_is_written_in_the_format_of_the_file(
    lineage: InProcess, tmp_path: Path, file: str, begin: str
) -> None:
    """The suffix says what is meant; the screen gets the same text."""
    answer = lineage("report", "t_one", "--output", str(tmp_path / file))

    assert (answer.out, answer.err.split()[0]) == ("", "wrote")
    text = (tmp_path / file).read_text("utf-8")
    assert text.startswith(begin)
    suffixes = {"r.html": "html", "r.md": "markdown", "r.json": "json"}
    assert lineage("report", "t_one", "--format", suffixes[file]).out == text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "r.txt"], "give --format html, markdown or json"),
        (["-o", "r.html", "-f", "table"], "a table goes to the terminal"),
        (["--verify", "r.json", "-f", "html"], "cannot be combined with --format or --output"),
        (["-f", "pdf"], "pdf"),
    ],
)
def test_report_format_that_is_none_is_refused(
    lineage: InProcess, options: list[str], told: str
) -> None:
    """Nothing is written where the format is unclear."""
    assert told in lineage("report", "t_one", *options, code=2).error_line


def test_report_page_does_not_replace_the_history(lineage: InProcess) -> None:
    """A page cannot be written over the ledger."""
    ledger = str(lineage.root / ".lineage/ledger.db")
    assert "ledger.db" in lineage("report", "t_one", "-f", "html", "-o", ledger, code=2).error_line


def test_report_of_an_open_run_says_until_now(lineage: InProcess) -> None:
    """A report without end shows none."""
    text = lineage("report", "t_open").out

    assert "to now" in text
    assert "None" not in text


def test_report_as_json_is_the_exported_file(lineage: InProcess) -> None:
    """The command rebuilds what the file says, without reading the file."""
    exported = json.loads((lineage.root / "DATA/reports/t_one_report.json").read_text())

    assert lineage.json("report", "t_one") == exported


def test_exported_report_is_verified(lineage: InProcess, tmp_path: Path) -> None:
    """The exported file is identical; a changed one exits with 1 and names what differs."""
    exported = lineage.root / "DATA/reports/t_one_report.json"
    forged = tmp_path / "forged.json"
    document = json.loads(exported.read_text())
    forged.write_text(json.dumps({**document, "status": "failed", "\ud800\x1b": 1}, indent=2))

    assert lineage("report", "t_one", "--verify", str(exported)).out == "identical\n"
    answer = lineage("report", "t_one", "--verify", str(forged), code=1)

    assert answer.out.splitlines() == ["different", "  /status", "  /\\ud800\\x1b"]
    found = lineage.json("report", "t_one", "--verify", str(forged), code=1)
    assert (found["is_identical"], found["differences"][0]) == (False, "/status")


def test_report_is_verified_as_of_an_earlier_position(lineage: InProcess, tmp_path: Path) -> None:
    """A report as of a position is identical as of then, and explained as of now."""
    position = lineage.json("report", "t_one")["ledger_position"]
    earlier = tmp_path / "earlier.json"
    earlier.write_text(lineage("report", "t_one", "--as-of", str(position - 1), "--json").out)
    verify = ("report", "t_one", "--verify", str(earlier))

    assert lineage(*verify, "--as-of", str(position - 1)).out == "identical\n"
    assert f"--as-of {position - 1}" in lineage(*verify, code=1).err


def test_report_that_is_no_file_is_refused_in_one_line(lineage: InProcess, tmp_path: Path) -> None:
    """A missing file is an error of usage, a damaged one a failure."""
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")

    assert "readable file" in lineage("report", "t_one", "--verify", "none", code=2).error_line
    answer = lineage("report", "t_one", "--verify", str(damaged), code=1)
    assert "not JSON" in answer.error_line


def test_report_passes_over_refused_runs(lineage: InProcess) -> None:
    """A task that was only ever refused has no report under its name."""
    assert "no run or task of that name" in lineage("report", "t_late", code=2).error_line


def test_log_has_a_line_a_run(lineage: InProcess) -> None:
    """The execution log shows every run with files read and written."""
    lines = [line.split() for line in lineage("log").out.splitlines()]

    assert lines[0][0] == "task"
    assert {line[0] for line in lines[1:]} == {"t_one", "t_bad", "t_late", "t_open"}


def test_log_as_json_is_the_execution_log(lineage: InProcess, ids: dict[str, str]) -> None:
    """The JSON answer is the document of the execution log file."""
    log = lineage.json("log")

    assert {r["task_run_id"] for r in log["executions"]} == set(ids.values())
    assert log.keys() == {"tasks", "executions", "timestamp", "version", "last_modified"}


# as of


def test_past_position_shows_what_was_known_then(lineage: InProcess, ids: dict[str, str]) -> None:
    """As of the position of a run's third event, it is running and there is no other."""
    start = lineage.json("query", "select min(started_position) as p from runs")[0]["p"]

    runs = lineage.json("runs", "--as-of", str(start + 2))["runs"]

    assert [(r["run_id"], r["status"]) for r in runs] == [(ids["good"], "running")]
    assert lineage.json("report", "t_one", "--as-of", str(start + 2))["status"] == "running"


@pytest.mark.parametrize("option", ["--as-of", "--as-known-at"])
def test_past_time_shows_what_was_known_then(
    lineage: InProcess, ids: dict[str, str], option: str
) -> None:
    """As of the time a run ended, it has, whichever clock is asked; later runs are not there."""
    ended = lineage.json("show", ids["good"])["ended_at"]

    runs = lineage.json("runs", option, ended)["runs"]

    assert [(r["run_id"], r["status"]) for r in runs] == [(ids["good"], "succeeded")]


@pytest.mark.parametrize("moment", ["0", "2020-01-01T00:00:00+00:00", "0001-01-01T00:00Z"])
def test_moment_before_the_beginning_gives_an_empty_answer_that_says_so(
    lineage: InProcess, moment: str
) -> None:
    """Nothing is shown, and standard error says when the history begins."""
    answer = lineage("runs", "--as-of", moment, "--json")

    assert json.loads(answer.out)["total"] == 0
    assert "no events by then; the first was recorded at 20" in answer.err
    assert lineage.json("log", "--as-known-at", moment)["executions"] == []


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2999-01-01T00:00Z", "in the future"),
        ("999999", "position 999999"),
        ("99999999999999999999999", "one from 0 to"),
        ("2999-01-01", "in the future"),
        ("2999-01-01 10:00:00", "in the future"),
        ("0001-01-01T00:00:00+14:00", "the years 1 to 9999"),
    ],
)
@pytest.mark.parametrize("option", ["--as-of", "--as-known-at"])
def test_moment_that_cannot_be_told_about_is_refused(
    lineage: InProcess, moment: str, found: str, option: str
) -> None:
    """The future, a position beyond the end and a time before the first year are no guesses."""
    assert found in lineage("runs", option, moment, code=2).error_line


@pytest.mark.parametrize(
    "moment", ["nonsense", "2026-13-01", "-1", "1.5", "", "\u0663", "9" * 5000]
)
@pytest.mark.parametrize("option", ["--as-of", "--as-known-at"])
def test_moment_that_is_none_is_refused(lineage: InProcess, moment: str, option: str) -> None:
    """What is neither a position nor a time is a usage error in one line."""
    line = lineage("runs", f"{option}={moment}", code=2).error_line

    assert "neither a position nor a time" in line
    assert "30 min ago" in line
    assert option in line


def test_run_that_was_not_there_yet_is_unknown(lineage: InProcess) -> None:
    """As of position 0 no run can be shown."""
    assert (
        "no run or task of that name" in lineage("show", "t_one", "--as-of", "0", code=2).error_line
    )
