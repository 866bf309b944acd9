"""A person's rows are found under their pseudonyms with the key; without it, the plan says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from erasure_project import HASHED, MASTER, NAME, RAW, erase, files_with, make, run

from lineage.erasure import execution, planning
from lineage.erasure.subjects import Subject
from lineage.events import ErasureStep
from lineage.project import Project
from lineage.releases import door

PERSON = Subject(value=NAME, column="name")
COPY = "DATA/processed/t_sqlo/output/copy.parquet"
KEYED = {"columns": ["name"], "domain": "study", "format": "csv"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project in which the people's names are pseudonyms."""
    monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", MASTER)
    with make(tmp_path) as opened:
        run(opened, "PseudonymizeOperation", **KEYED)
        yield opened


def steps_of(project: Project) -> dict[str, ErasureStep]:
    """Plan to erase the person, and return the steps by file."""
    return {step.uri: step for step in planning.plan_subject(project, NAME, "name")}


def pseudonym(project: Project) -> str:
    """The pseudonym of the person, who is in the first row."""
    return (project.root / HASHED).read_text().splitlines()[1].partition(",")[0]


def test_rows_under_a_pseudonym_are_removed_wherever_it_went(project: Project) -> None:
    """From the file with it, from a copy under another name, and from a release; the rest stays."""
    query = "select name as who, age from hashed order by name"
    run(project, "SqlOperation", query=query, output_name="copy")
    asked = door.ReleaseRequest(
        path=project.root / HASHED, purpose="study", recipient="university", approver="Ada"
    )
    released = door.release(project, asked).path
    assert released is not None
    hashed, made = pseudonym(project), (project.root / HASHED).read_bytes()
    plan = steps_of(project)

    done = erase(project, "subject", tuple(plan.values()), PERSON)

    assert {step.uri: step.action for step, _ in done.steps} == {
        RAW: "rewrite_file",
        HASHED: "rewrite_file",
        COPY: "rewrite_file",
        project.display(released): "delete_file",
    }
    assert plan[RAW].reason == "without the 1 row that names the person"
    assert plan[COPY].reason.endswith("names the person by a pseudonym in column 'who'")
    assert {outcome for _, outcome in done.steps} == {"done"}
    lines = made.splitlines(keepends=True)
    assert (project.root / HASHED).read_bytes() == b"".join([lines[0], *lines[2:]])
    assert hashed not in pq.read_table(project.root / COPY)["who"].to_pylist()
    assert pq.read_metadata(project.root / COPY).num_rows == 60
    assert not released.exists()
    project.disconnect()
    assert files_with(project.root, NAME, hashed) == []
    assert done.receipt is not None
    assert f"rewrite_file artifact {HASHED}" in done.receipt.read_text("utf-8")
    assert "done, 1 row removed" in done.receipt.read_text("utf-8")


def test_person_whose_file_is_gone_is_found_by_the_pseudonym(project: Project) -> None:
    """Also in what was made from a file that an earlier erasure wrote."""
    other = Subject(value="person 7", column="name")
    erase(project, "subject", planning.plan_subject(project, "person 7", "name"), other)
    run(project, "SqlOperation", query="select name as who from hashed", output_name="copy")
    (project.root / RAW).unlink()

    assert {uri: step.action for uri, step in steps_of(project).items()} == {
        HASHED: "rewrite_file",
        COPY: "rewrite_file",
    }


@pytest.mark.parametrize(
    ("key", "problem"),
    [(None, "there is none"), ("cd" * 32, "is another than the one here")],
    ids=["gone", "another"],
)
def test_pseudonyms_without_their_key_are_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, key: str | None, problem: str
) -> None:
    """A file made from that of the person goes as a whole; alone, it stays, with the reason."""
    monkeypatch.delenv("LINEAGE_PSEUDONYM_KEY")
    if key is not None:
        monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", key)

    derived = steps_of(project)[HASHED]
    assert derived.action == "delete_file"
    assert problem in derived.reason

    run(project, "SqlOperation", query="select name from people limit 3", output_name="copy")
    (project.root / RAW).write_text("name,age,city\nsomebody,30,A\n")
    alone = steps_of(project)[HASHED]
    assert alone.action == "keep"
    assert alone.reason.startswith("nobody can tell whether it holds the person: ")


def test_token_is_removed_before_its_entry_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the entry nobody would find the rows, so it waits for them."""
    monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", MASTER)
    vault = str(tmp_path / "DATA/names.vault")
    with make(tmp_path) as project:
        run(project, "PseudonymizeOperation", **KEYED, method="vault", vault_path=vault)
        token = pseudonym(project)
        steps = planning.plan_subject(project, NAME, "name")
        monkeypatch.delenv("LINEAGE_PSEUDONYM_KEY")
        closed = steps_of(project)["DATA/names.vault"]
        tried = erase(project, "subject", steps, PERSON)
        monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", MASTER)
        done = execution.carry_out(project, tried.erasure_id, subject=PERSON)

    assert (closed.action, "there is none" in closed.reason) == ("keep", True)
    assert [(step.action, outcome) for step, outcome in tried.steps] == [
        ("rewrite_file", "failed"),
        ("rewrite_file", "done"),
        ("forget_vault_entry", "failed"),
    ]
    assert {outcome for _, outcome in done.steps} == {"done"}
    assert files_with(tmp_path, NAME) == []
    assert files_with(tmp_path, token) == ["DATA/names.vault"], "so that it is not given out again"


def test_file_that_cannot_be_searched_is_told(project: Project) -> None:
    """It is not taken for one without the person."""
    (project.root / HASHED).write_bytes(b"name\nv1-\xff\n")

    step = steps_of(project)[HASHED]

    assert step.action == "delete_file"
    assert "it cannot be searched (text of 'people_pseudonymized.csv'" in step.reason
