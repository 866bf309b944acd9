"""A project around the current folder, as scripts have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import make_project

from lineage.project import Project

PEOPLE = "name,age,earns\nAda,36,100.5\nGrace,45,\nEdsger,19,20.25\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project that is the current folder, with people.csv and cities.csv in it."""
    root = tmp_path / "project"
    with make_project(root) as opened:
        (root / "people.csv").write_text(PEOPLE)
        (root / "cities.csv").write_text("city,age\nParis,2000\n")
        monkeypatch.chdir(root)
        yield opened
