"""One small project with one run, and one server that shows it to all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from copies import copied
from release_project import after_one_run
from served import Served, served

from lineage.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project after one run."""
    root = tmp_path_factory.mktemp("project")
    copied(_after_one_run, root)
    with Project(root) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Served]:
    """A server that shows it, and has a cookie for it."""
    with served(project) as running:
        running.enter()
        yield running


def _after_one_run(root: Path) -> None:
    after_one_run(root, "name")
