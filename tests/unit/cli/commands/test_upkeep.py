"""Commands that rebuild and check."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import make_one_run

REPORT = "DATA/reports/t_one_report.json"
LOG = "configs/execution_log.json"


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project after one run."""
    make_one_run(tmp_path, execution_log="each_run")
    return InProcess(tmp_path, monkeypatch, capsys)


def test_rebuild_tells_the_position_of_the_catalog(lineage: InProcess) -> None:
    """Without --files only the catalog is built, and its position told."""
    (lineage.root / REPORT).unlink()
    position = lineage.json("query", "select max(position) as p from events")[0]["p"]

    assert lineage("rebuild").out == f"catalog at position {position}\n"
    assert not (lineage.root / REPORT).exists()


def test_rebuild_of_files_names_what_it_writes(lineage: InProcess) -> None:
    """With --files every document is written again and named; the steps go to standard error."""
    before = {name: (lineage.root / name).read_bytes() for name in (REPORT, LOG)}
    for name in before:
        (lineage.root / name).unlink()

    answer = lineage("rebuild", "--files")

    assert {name: (lineage.root / name).read_bytes() for name in before} == before
    assert answer.out.splitlines()[:3] == [".lineage/catalog.duckdb", LOG, REPORT]
    assert f"building {REPORT}" in answer.err


def test_doctor_finds_a_healthy_project_healthy(lineage: InProcess) -> None:
    """Every check is a line, and the exit code is 0."""
    lines = [line.split() for line in lineage("doctor").out.splitlines()]

    assert lines[0] == ["check", "ok", "found"]
    assert {line[1] for line in lines[1:]} == {"yes"}


def test_doctor_that_finds_something_exits_with_1(lineage: InProcess) -> None:
    """A fault is shown on standard output, as text and as JSON, and by the exit code."""
    (lineage.root / REPORT).unlink()

    text = lineage("doctor", code=1).out
    findings = lineage.json("doctor", code=1)

    assert REPORT in text
    assert [f["check"] for f in findings if not f["is_ok"]] == ["documents"]


def without_free_space(text: str) -> list[str]:
    """The lines of an answer but for the one that says how full the disk is."""
    return [line for line in text.splitlines() if not line.startswith("disk ")]


@pytest.mark.parametrize("command", ["doctor", "rebuild", "runs", "log"])
def test_project_is_named_by_option_or_variable(
    lineage: InProcess, tmp_path_factory: pytest.TempPathFactory, command: str
) -> None:
    """From elsewhere --project and LINEAGE_PROJECT name the project; without them it fails."""
    elsewhere = InProcess(tmp_path_factory.mktemp("x"), lineage.monkeypatch, lineage.capsys)

    assert "lineage init" in elsewhere(command, code=2).error_line
    by_option = elsewhere(command, "--project", str(lineage.root)).out
    lineage.monkeypatch.setenv("LINEAGE_PROJECT", str(lineage.root))

    assert without_free_space(elsewhere(command).out) == without_free_space(by_option)
    below = str(lineage.root / "DATA")
    assert "no project" in elsewhere(command, "--project", below, code=2).error_line


def test_rebuild_that_could_not_write_a_file_exits_with_1(lineage: InProcess) -> None:
    """The file is named in one line, and the others are written."""
    (lineage.root / REPORT).unlink()
    (lineage.root / REPORT).mkdir()
    (lineage.root / LOG).unlink()

    assert REPORT in lineage("rebuild", "--files", code=1).error_line
    assert (lineage.root / LOG).is_file()
