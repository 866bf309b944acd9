"""Completion of names of the history on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_tasks import make_one_run

from lineage.cli.options import completing


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, a project with a run."""
    make_one_run(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("tasks", "t_", ["t_one"]),
        ("tasks", "x", []),
        ("files", "DATA/raw", ["DATA/raw/people.csv"]),
        ("metrics", "ro", ["rows"]),
    ],
)
@pytest.mark.usefixtures("root")
def test_names_that_begin_as_typed_are_proposed(kind: str, typed: str, expected: list[str]) -> None:
    """Tasks, files and metrics are known by the names that commands take."""
    assert completing(kind)(typed) == expected  # type: ignore[arg-type]  # a case


@pytest.mark.usefixtures("root")
def test_runs_are_proposed_as_tables_show_them() -> None:
    """A run is known by its first characters."""
    (run,) = completing("runs")("")

    assert len(run) == 8
    assert completing("runs")(run[:3]) == [run]


def test_completion_makes_no_file(root: Path) -> None:
    """Whoever presses Tab changes nothing."""
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}

    completing("tasks", "runs", "files", "metrics")("")

    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.mark.parametrize("damage", ["no project", "no catalog", "damaged"])
def test_completion_without_a_catalog_gives_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    """Nothing is proposed, printed or made."""
    catalog = root / ".lineage/catalog.duckdb"
    if damage == "damaged":
        catalog.write_bytes(b"x" * 5000)
    else:
        catalog.unlink()
    if damage == "no project":
        (root / "configs/prj_config.json").unlink()

    assert completing("tasks")("") == []
    assert capsys.readouterr() == ("", "")
    assert catalog.exists() == (damage == "damaged")
