"""The execution log by commands: import, export, notes and tags, hidden runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from in_process import InProcess
from small_tasks import make_one_run

RUN = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
RECORD = {
    "task_id": "t_far",
    "task_run_id": RUN,
    "timestamp": "2024-05-01T12:00:00+00:00",
    "success": True,
    "task_type": "test",
    "execution_time": 2.0,
}


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """A project with one run, and a log of another one beside it."""
    make_one_run(tmp_path / "project")
    (tmp_path / "far.json").write_text(json.dumps({"executions": [RECORD]}))
    return InProcess(tmp_path / "project", monkeypatch, capsys)


def runs_of(lineage: InProcess) -> dict[str, Any]:
    """Return the records of the log by the id of their task."""
    return {record["task_id"]: record for record in lineage.json("log")["executions"]}


def test_import_adds_runs_and_says_so_once(lineage: InProcess) -> None:
    """Importing adds to what is there; a second time it adds nothing."""
    first = lineage("log", "import", "../far.json").out
    second = lineage.json("log", "import", "../far.json")

    assert first.startswith("1 run imported")
    assert second == {"added": 0, "known": 1, "shown_again": 0, "hidden": 0, "set_aside": []}
    assert runs_of(lineage).keys() == {"t_one", "t_far"}


def test_replacing_import_hides_the_others(lineage: InProcess) -> None:
    """Only on request is the log what the file says."""
    done = lineage.json("log", "import", "../far.json", "--replace")

    assert (done["added"], done["hidden"]) == (1, 1)
    assert runs_of(lineage).keys() == {"t_far"}


def test_entry_that_cannot_be_imported_is_set_aside(lineage: InProcess) -> None:
    """The reason is printed, the others are imported."""
    entries = [RECORD, {**RECORD, "task_run_id": "no uuid"}]
    (lineage.root / "two.json").write_text(json.dumps({"executions": entries}))

    done = lineage("log", "import", "two.json")

    assert "1 entries set aside" in done.out
    assert "execution 2: task_run_id is not a UUID" in done.err


@pytest.mark.parametrize("content", ["[]", "{}", "nothing", None])
def test_file_that_is_no_log_is_refused(lineage: InProcess, content: str | None) -> None:
    """Nothing is recorded of a file that cannot be read."""
    if content is not None:
        (lineage.root / "no.json").write_text(content)

    assert "no.json" in lineage("log", "import", "no.json", code=2).error_line


def test_imported_run_is_marked_wherever_it_is_shown(lineage: InProcess) -> None:
    """Lists, the log and the run itself say that the record came from elsewhere."""
    lineage("log", "import", "../far.json")

    listed = {run["task_id"]: run["is_imported"] for run in lineage.json("runs")["runs"]}
    assert listed == {"t_one": False, "t_far": True}
    records = runs_of(lineage)
    assert (records["t_far"]["imported"], "imported" in records["t_one"]) == (True, False)
    assert lineage.json("show", "t_far")["is_imported"] is True
    for command in (["runs"], ["log"], ["show", "t_far"]):
        lines = [line for line in lineage(*command).out.splitlines() if "t_far" in line]
        assert any("imported" in line for line in lines), command


@pytest.mark.parametrize("name", ["out.json", "out.csv", "out"])
def test_export_writes_the_document_and_can_be_imported(lineage: InProcess, name: str) -> None:
    """The suffix decides on the form; the document is the one that the log shows."""
    assert lineage("log", "export", name).out.strip() == name
    text = (lineage.root / name).read_text()

    if name.endswith(".csv"):
        assert [row["task_id"] for row in csv.DictReader(text.splitlines())] == ["t_one"]
    else:
        assert json.loads(text) == lineage.json("log")
        assert lineage.json("log", "import", name)["known"] == 1


def test_export_without_a_file_writes_the_usual_one(lineage: InProcess) -> None:
    """The project's own export is the default."""
    assert lineage("log", "export").out.strip() == "configs/execution_log.json"
    assert json.loads((lineage.root / "configs/execution_log.json").read_text())["executions"]


@pytest.mark.parametrize(
    "target", [".lineage/ledger.db", "DATA/raw/people.csv", "DATA/raw/new.json"]
)
def test_export_overwrites_nothing_of_the_history(lineage: InProcess, target: str) -> None:
    """The ledger and the raw data are no targets."""
    before = (lineage.root / "DATA/raw/people.csv").read_bytes()

    assert "must not be overwritten" in lineage("log", "export", target, code=2).error_line
    assert (lineage.root / "DATA/raw/people.csv").read_bytes() == before


def test_option_before_the_subcommand_is_refused(lineage: InProcess) -> None:
    """An option that would be ignored, such as another project, is a mistake."""
    assert "behind 'export'" in lineage("log", "--project", ".", "export", code=2).error_line


def test_notes_replace_and_tags_add_up(lineage: InProcess) -> None:
    """What is said about a run is in its record, in the run and on the screen."""
    lineage("annotate", "t_one", "--note", "draft", "--tag", "paper")
    found = lineage.json("annotate", "t_one", "--note", "final", "--tag", "paper", "--tag", "v2")
    record = runs_of(lineage)["t_one"]

    assert found["annotations"] == {"note": "final", "tags": ["paper", "v2"]}
    assert (record["note"], record["tags"]) == ("final", ["paper", "v2"])
    assert lineage.json("show", "t_one")["annotations"] == found["annotations"]
    assert "tags: paper, v2" in lineage("show", "t_one").out


def test_annotation_that_changes_nothing_is_no_event(lineage: InProcess) -> None:
    """Saying the same again records nothing."""
    sql = "select count(*) as n from events where type = 'run.annotated'"
    for _ in range(2):
        lineage("annotate", "t_one", "--tag", "paper")

    assert lineage.json("query", sql) == [{"n": 1}]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["annotate", "t_one"], "--note or --tag"),
        (["annotate", "nope", "--tag", "a"], "'nope'"),
        (["archive", "nope"], "'nope'"),
    ],
)
def test_annotation_of_nothing_is_refused(
    lineage: InProcess, arguments: list[str], told: str
) -> None:
    """There must be a run, and something to say."""
    assert told in lineage(*arguments, code=2).error_line


def test_archived_run_is_hidden_and_an_import_shows_it_again(lineage: InProcess) -> None:
    """The ledger keeps the run; the log has it only after an import that names it."""
    lineage("log", "export", "out.json")
    first = lineage("archive", "t_one", "--reason", "a trial").out
    hidden = runs_of(lineage)

    assert "is hidden from the execution log" in first
    assert "was hidden already" in lineage("archive", "t_one").out
    assert hidden == {}
    assert lineage.json("log", "import", "out.json")["shown_again"] == 1
    assert runs_of(lineage).keys() == {"t_one"}
