"""What a new project starts with, and what stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import InProcess

FILES = {
    "README.md",
    "configs/prj_config.json",
    "configs/t_first.json",
    "tasks/t_first.py",
    "DATA/raw/people.csv",
}


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in an empty folder."""
    return InProcess(tmp_path, monkeypatch, capsys)


def files(root: Path) -> dict[str, bytes]:
    """Return the files of a project, without its history and empty folders."""
    found = (path for path in root.rglob("*") if path.is_file() and ".lineage" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_new_project_says_what_comes_next_and_that_works(lineage: InProcess) -> None:
    """Edit, run, look: the task that is named runs as it is, with column edges of its own."""
    said = lineage("init", ".").out
    done = lineage.json("run", "t_first")
    edges = lineage.json(
        "query",
        "select column_name, effect from column_edges where uri like '%age_groups.parquet'",
    )

    assert files(lineage.root).keys() >= FILES
    assert [line.split()[0] for line in said.splitlines()] == ["project", "edit", "run", "look"]
    assert "lineage run t_first" in said
    assert "lineage show t_first" in said
    assert done["status"] == "succeeded"
    assert done["messages"] == []
    assert {edge["column_name"]: edge["effect"] for edge in edges} == {
        "age": "generalization",
        "city": "identity",
        "income": "identity",
    }


def test_readme_names_five_commands(lineage: InProcess) -> None:
    """The README says what is where, and the first commands with the task that is there."""
    lineage("init", ".", "--template", "simple")
    readme = (lineage.root / "README.md").read_text()

    assert len([line for line in readme.splitlines() if line.startswith("lineage ")]) == 5
    assert "lineage run t_simple" in readme
    assert not (lineage.root / "tasks/t_first.py").exists()


@pytest.mark.parametrize("kept", [*sorted(FILES - {"configs/prj_config.json"})])
def test_file_that_is_there_stays(lineage: InProcess, kept: str) -> None:
    """Nothing is overwritten."""
    (lineage.root / kept).parent.mkdir(parents=True, exist_ok=True)
    (lineage.root / kept).write_text("mine")

    lineage("init", ".")

    assert (lineage.root / kept).read_text() == "mine"


@pytest.mark.parametrize("history", ["configs/prj_config.yaml", ".lineage/operation.key"])
def test_project_that_is_there_gets_no_first_task(lineage: InProcess, history: str) -> None:
    """Only a new project starts with one; what is said next fits any task."""
    (lineage.root / history).parent.mkdir()
    (lineage.root / history).touch()

    said = lineage("init", ".").out

    assert files(lineage.root).keys() & FILES <= {"configs/prj_config.json"}
    assert "lineage run TASK" in said


def test_unknown_template_is_refused_before_anything_is_written(lineage: InProcess) -> None:
    """A misspelt name leaves the folder as it was."""
    assert "one of checkpoint" in lineage("init", ".", "--template", "smiple", code=2).error_line
    assert files(lineage.root) == {}
