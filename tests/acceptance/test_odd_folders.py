"""Projects in folders with unusual names, and with their data on another disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from in_process import InProcess

COMMANDS = [
    ("run", "t_simple"),
    ("query", "select count(*) from events"),
    ("graph", "--format", "json"),
    ("report", "t_simple"),
    ("rebuild", "--files"),
    ("doctor",),
    ("query", "select uri from disk_files", "--disk", "--format", "csv", "--output", "answer.csv"),
]


@pytest.mark.parametrize("name", ["a*b[c]#d%41 e;{}$&'\"", "\u00e4 e\u0301", "aux"])
def test_everything_works_in_a_folder_of_that_name(
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither DuckDB nor SQLite nor our own rules take the name for something else."""
    InProcess(tmp_path, monkeypatch, capsys)("init", name, "--template", "simple")

    lineage = InProcess(tmp_path / name, monkeypatch, capsys)
    for command in COMMANDS:
        lineage(*command)


def test_everything_works_with_data_on_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the folder is allowed, as the refusal says."""
    root, disk = tmp_path / "project", tmp_path / "disk"
    InProcess(tmp_path, monkeypatch, capsys)("init", "project", "--template", "simple")
    (root / "DATA").rename(disk)
    (root / "DATA").symlink_to(disk)
    lineage = InProcess(root, monkeypatch, capsys)
    assert f"add '{disk}' " in lineage("run", "t_simple", code=2).error_line

    settings = root / "configs/prj_config.json"
    stated = json.loads(settings.read_text()) | {"allowed_external_paths": [str(disk)]}
    settings.write_text(json.dumps(stated))

    for command in COMMANDS:
        lineage(*command)
