"""Audits and bundles are written and checked by commands."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from in_process import InProcess
from release_project import after_one_run

from lineage.kernel.digest import sha256_file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run; tests get a copy."""
    return after_one_run(tmp_path_factory.mktemp("made"), "name")


@pytest.fixture
def lineage(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> InProcess:
    """The command line of such a project."""
    return InProcess(shutil.copytree(made, tmp_path / "project"), monkeypatch, capsys)


def test_audit_is_written_and_found_equal(lineage: InProcess) -> None:
    """Page and document are there; making them again gives the same bytes."""
    said = lineage("audit", "--output", "audit.html").out

    assert "Nothing was released." in said
    assert "lines with evidence" in said
    for name in ("audit.html", "audit.json"):
        assert "equal" in lineage("audit", "--verify", name).out
    assert lineage.json("audit", "--verify", "audit.json")["is_equal"]


def test_edited_audit_is_refused(lineage: InProcess) -> None:
    """Exit code 1, and the part that differs is named."""
    lineage("audit", "t_safe", "--output", "audit.html")
    file = lineage.root / "audit.json"
    document = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**document, "accountability": {"controller": "nobody"}}))

    refused = lineage("audit", "--verify", "audit.json", code=1)

    assert "audit.json is not what the ledger says: accountability" in refused.err
    assert lineage.json("audit", "--verify", "audit.json", code=1)["differs"] == ["accountability"]


def test_unknown_scope_is_told(lineage: InProcess) -> None:
    """In one line; no file appears."""
    assert "no run or task" in lineage("audit", "nobody", "--output", "x.html", code=2).error_line
    assert not (lineage.root / "x.html").exists()


def test_bundle_is_written_with_its_digest(lineage: InProcess) -> None:
    """What is printed is the digest of the archive; without a release there is no data."""
    answer = lineage.json("bundle", "t_safe", "--output", "b.zip")

    assert answer["file"] == "b.zip"
    assert answer["sha256"] == sha256_file(lineage.root / "b.zip")
    with zipfile.ZipFile(lineage.root / "b.zip") as archive:
        assert {"README.txt", "audit.html", "proof.json"} <= set(archive.namelist())
    assert answer["sha256"] in lineage("bundle", "t_safe", "--output", "b.zip").out
    assert "no released file" in lineage("bundle", "t_safe", "--with-data", code=2).error_line
