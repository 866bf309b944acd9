"""What the tests of tasks share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import make_project

from lineage.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with the dataset people.csv."""
    with make_project(tmp_path / "project") as opened:
        yield opened
