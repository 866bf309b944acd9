"""A run, a dataset or a person is erased by commands, on record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from in_process import InProcess
from release_project import DECLARED, OUT, after_one_run

from lineage.erasure import execution, planning
from lineage.project import Project

PERSON = ("erase", "subject", "person 7", "--column", "name", "--reason", "asked")
DATASET = ("erase", "dataset", "people", "--reason", "over")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run that keeps names; tests get a copy."""
    return after_one_run(tmp_path_factory.mktemp("made"), "city")


@pytest.fixture
def lineage(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> InProcess:
    """The command line of such a project."""
    return InProcess(shutil.copytree(made, tmp_path / "project"), monkeypatch, capsys)


@pytest.mark.parametrize("words", [PERSON, DATASET, ("erase", "run", "t_safe", "--reason", "x")])
def test_plan_is_shown_and_nothing_done(lineage: InProcess, words: tuple[str, ...]) -> None:
    """Files and history are as before."""
    raw = (lineage.root / "DATA/raw/people.csv").read_bytes()

    steps = lineage.json(*words, "--dry-run")

    assert steps
    assert steps[0]["action"].split("_")[0] in lineage(*words, "--dry-run").out
    assert (lineage.root / "DATA/raw/people.csv").read_bytes() == raw
    assert (lineage.root / OUT).is_file()
    assert lineage.json("erase", "list") == []


def test_person_is_erased_with_a_receipt(lineage: InProcess) -> None:
    """The rows are gone, the others stay, and the list names no person."""
    answer = lineage.json(*PERSON, "--yes")

    assert (lineage.root / answer["receipt"]).is_file()
    rows = (lineage.root / "DATA/raw/people.csv").read_text()
    assert "person 7," not in rows
    assert "person 8," in rows
    listed = lineage("erase", "list", "--json").out
    assert json.loads(listed)[0]["kind"] == "subject"
    assert "person 7" not in listed


def test_dataset_is_erased_with_what_was_made_from_it(lineage: InProcess) -> None:
    """The screen names the receipt."""
    assert "erased; receipt:" in lineage(*DATASET, "--yes").out

    assert not (lineage.root / "DATA/raw/people.csv").exists()
    assert not (lineage.root / OUT).exists()


def test_run_of_an_unencrypted_ledger_needs_consent(lineage: InProcess) -> None:
    """Its events would stay readable, which --partial accepts."""
    words = ("erase", "run", "t_safe", "--reason", "wrong", "--yes")

    assert "not encrypted" in lineage(*words, code=1).error_line
    assert (lineage.root / OUT).is_file()
    lineage(*words, "--partial")
    assert not (lineage.root / OUT).exists()


def test_nobody_who_could_be_asked_is_told(lineage: InProcess) -> None:
    """Without --yes nothing happens where there is no terminal."""
    assert "--yes" in lineage(*DATASET, code=2).error_line
    assert (lineage.root / OUT).is_file()


def test_erasure_that_does_not_exist_is_not_finished(lineage: InProcess) -> None:
    """The message is one line."""
    assert "nobody" in lineage("erase", "finish", "nobody", code=2).error_line


def test_interrupted_erasure_is_finished(lineage: InProcess) -> None:
    """It was planned and recorded; the process ended before the first step."""
    with Project(lineage.root) as project:
        erasure = execution.begin(
            project,
            "dataset",
            planning.uri_of(project, "people"),
            reason="over",
            steps=planning.plan_dataset(project, "people"),
        )
    assert lineage.json("erase", "list")[0]["steps_ended"] == 0

    answer = lineage.json("erase", "finish", erasure)

    assert (lineage.root / answer["receipt"]).is_file()
    assert not (lineage.root / OUT).exists()


@pytest.mark.parametrize(("period", "code"), [("P1Y", 0), ("P0D", 1)])
def test_file_past_its_period_is_told(lineage: InProcess, period: str, code: int) -> None:
    """By exit code 1, so that a scheduler can tell."""
    datasets = {"people": {**DECLARED["people"], "retention": period}}
    settings = {"project": "census", "datasets": datasets}
    (lineage.root / "configs/prj_config.json").write_text(json.dumps(settings))

    found = lineage.json("retention", code=code)

    assert [one["is_over"] for one in found] == [bool(code)] * len(found)
    assert found
