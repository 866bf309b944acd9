"""Personal data by commands: where it went, what is proposed, and who decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import InProcess
from projection_scenarios import Step, append, digest, of, of_run, operation, read, started, wrote
from small_tasks import make_project, recorded

from lineage.events import (
    ClassificationProposed,
    ColumnsDerived,
    DerivedColumn,
    ReleaseApproved,
    ReleasePublished,
    streams,
)
from lineage.kernel.roles import ColumnRole
from lineage.project import Project

RAW, OUT, RELEASED = "DATA/raw/people.csv", "DATA/out.csv", "DATA/releases/out.csv"
COLUMNS = {"name": "direct_identifier", "age": "quasi_identifier"}
SETTINGS = {"datasets": {"people": {"path": RAW, "columns": COLUMNS}}}


def history() -> Iterator[Step]:
    """A run that masks a name and keeps an age, and a profile of a column that nobody declared."""
    columns = tuple(
        DerivedColumn(
            column=name,
            source_uri=RAW,
            source_sha256=digest("raw"),
            source_column=name,
            effect=effect,  # type: ignore[arg-type]  # one of the vocabulary
            is_direct=True,
        )
        for name, effect in (("age", "identity"), ("name", "masking"), ("note", "identity"))
    )
    proposed = ClassificationProposed(
        dataset="people",
        uri=RAW,
        sha256=digest("raw"),
        column="note",
        role=ColumnRole.DIRECT_IDENTIFIER,
        category="email",
        evidence={"matching": 2},
    )
    yield of_run(
        started(),
        operation(),
        read(RAW, "raw", columns=("name", "age", "note")),
        proposed,
        wrote(OUT, "out", columns=("age", "name", "note")),
        ColumnsDerived(operation=1, uri=OUT, sha256=digest("out"), columns=columns),
    )


def released() -> Step:
    """The file left the project."""
    approved = ReleaseApproved(
        source_uri=OUT,
        sha256=digest("out"),
        release_uri=RELEASED,
        purpose="research",
        recipient="the university",
        approver="the officer",
        warnings=(),
    )
    published = ReleasePublished(release_uri=RELEASED, sha256=digest("out"), size_bytes=3)
    return of(streams.release("0123-4567"), approved, published)


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project with that history."""
    with make_project(tmp_path, **SETTINGS) as project:
        append(project.ledger, *history())
    return InProcess(tmp_path, monkeypatch, capsys)


def release(lineage: InProcess) -> None:
    """Put the release on record."""
    with Project(lineage.root) as project:
        append(project.ledger, released())


def test_flow_without_releases_says_what_to_do(lineage: InProcess) -> None:
    """Nothing left, so that nothing is shown."""
    answer = lineage("privacy", "flow")

    assert answer.out == ""
    assert "`lineage release FILE` releases a file" in answer.err
    assert lineage.json("privacy", "flow") == {"name": None, "files": []}


@pytest.mark.parametrize("name", [OUT, "out.csv", "r1"])
def test_flow_of_a_file_or_run_shows_each_column(lineage: InProcess, name: str) -> None:
    """Sources, roles and verdicts, whatever the file is named by."""
    (file,) = lineage.json("privacy", "flow", name)["files"]

    assert file["file"]["uri"] == OUT
    assert file["release"] is None
    found = {c["column"]: (c["verdict"], c["role"]) for c in file["columns"]}
    assert found == {
        "age": ("unchanged", "quasi_identifier"),
        "name": ("protected", "direct_identifier"),
        "note": ("unchanged", None),
    }


@pytest.mark.parametrize("name", [(), (RELEASED,), ("0123",)])
def test_flow_of_a_release_is_that_of_the_judged_file(
    lineage: InProcess, name: tuple[str, ...]
) -> None:
    """All releases, or one by its file or id, with purpose and recipient."""
    release(lineage)

    (file,) = lineage.json("privacy", "flow", *name)["files"]

    assert file["file"]["uri"] == OUT
    assert file["release"]["recipient"] == "the university"


def test_flow_is_shown_in_a_table_and_written_as_a_page(lineage: InProcess) -> None:
    """The screen says it in a sentence and a table, the page has no script and no network."""
    release(lineage)

    answer = lineage("privacy", "flow", "--html", "flow.html")

    assert "No column of DATA/out.csv still holds a direct identifier." in answer.out
    assert "masking   DATA/raw/people.csv:name" in answer.out
    assert "wrote flow.html" in answer.err
    page = (lineage.root / "flow.html").read_text()
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "DATA/raw/people.csv:name (masking)" in page
    assert "the university" in page


def test_page_is_not_written_over_what_the_project_needs(lineage: InProcess) -> None:
    """A target is checked before anything is asked."""
    line = lineage("privacy", "flow", "--html", RAW, code=2).error_line

    assert "it belongs to the raw data" in line


def test_flow_of_the_past_uses_what_was_declared_then(lineage: InProcess) -> None:
    """Without a dictionary on record, nothing had a role."""
    (file,) = lineage.json("privacy", "flow", OUT, "--as-of", "6")["files"]

    assert file["unclassified"] == ["age", "note"]


def test_proposal_is_confirmed_with_who_and_when(lineage: InProcess) -> None:
    """It is open until a person decides, and counts in the flow from then on."""
    (proposal,) = lineage.json("privacy", "proposals")
    assert (proposal["column"], proposal["category"], proposal["state"]) == (
        "note",
        "email",
        "open",
    )
    assert "lineage privacy confirm people note" in lineage("privacy", "proposals").err

    lineage("privacy", "confirm", "people", "note", "--role", "direct_identifier")

    (file,) = lineage.json("privacy", "flow", OUT)["files"]
    assert file["verdict"] == "direct identifier"
    assert lineage.json("privacy", "proposals") == []
    (decided,) = lineage.json("privacy", "proposals", "--all")
    assert (decided["state"], bool(decided["decided_by"])) == ("confirmed", True)
    assert decided["decided_at"]


def test_proposal_is_rejected_once(lineage: InProcess) -> None:
    """Saying so again records nothing more."""
    for _ in range(2):
        lineage("privacy", "reject", "people", "note", "--reason", "free text")

    with Project(lineage.root) as project:
        assert len(recorded(project, "classification.rejected")) == 1


@pytest.mark.parametrize(
    ("dataset", "column", "code", "words"),
    [
        ("people", "name", 1, "which counts"),
        ("poeple", "name", 2, "did you mean 'people'?"),
        ("people", "nmae", 2, "did you mean 'name'?"),
    ],
)
def test_confirmation_that_cannot_be_is_refused(
    lineage: InProcess, dataset: str, column: str, code: int, words: str
) -> None:
    """The configuration counts, and a mistyped name decides nothing."""
    arguments = ("privacy", "confirm", dataset, column, "--role", "sensitive")

    assert words in lineage(*arguments, code=code).error_line
