"""Files on record are compared by their content, never by their time stamp."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.project import Project
from projections.catalog.file_states import build_file_check

COPY = "DATA/processed/t_one/output/copy.csv"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one written file."""
    with make_project(tmp_path) as opened:
        assert SmallTask(CopyOperation(), project=opened).run()
        yield opened


def _check(project: Project) -> dict[str, Any]:
    with project.catalog() as catalog:
        return build_file_check(catalog, project.storage)


def test_unchanged_files_are_counted(project: Project) -> None:
    """Nothing is listed that is as it was."""
    assert _check(project) == {"files": 1, "changed": []}


def test_edit_that_keeps_size_and_time_is_found(project: Project) -> None:
    """The content is read, whatever the stamps say."""
    path = project.root / COPY
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Ada", b"Eve"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    (changed,) = _check(project)["changed"]

    assert (changed["uri"], changed["state"]) == (COPY, "replaced")


def test_missing_file_is_found(project: Project) -> None:
    """It is named with the position of its record."""
    (project.root / COPY).unlink()

    (changed,) = _check(project)["changed"]

    assert changed["state"] == "missing"
    assert changed["position"] > 0


def test_file_that_was_written_again_counts_as_written_last(project: Project) -> None:
    """An older version is not missing because a newer one took its place."""
    assert SmallTask(CopyOperation(), project=project).run()

    assert _check(project) == {"files": 1, "changed": []}
