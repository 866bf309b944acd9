"""The files of the data folder, as they are now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small_tasks import PEOPLE, make_project

from lineage.kernel.digest import sha256_bytes
from lineage.project import Project
from lineage.upkeep.disk import list_files


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one raw dataset, not open."""
    with make_project(tmp_path) as opened:
        return opened


def uris(project: Project) -> list[str]:
    """What is listed."""
    return list_files(project)["uri"].to_pylist()


def test_every_file_is_listed_with_its_digest(project: Project) -> None:
    """Paths are those of the history, digests those of the content."""
    (row,) = list_files(project).to_pylist()

    assert (row["uri"], row["sha256"]) == ("DATA/raw/people.csv", sha256_bytes(PEOPLE.encode()))
    assert row["size_bytes"] == len(PEOPLE)


def test_listing_is_sorted_and_goes_deep(project: Project) -> None:
    """Files of all folders come in the order of their paths."""
    for name in ("z.csv", "a/b/c.csv", "a/a.csv"):
        path = project.data_folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    assert uris(project) == [
        "DATA/raw/a/a.csv",
        "DATA/raw/a/b/c.csv",
        "DATA/raw/people.csv",
        "DATA/raw/z.csv",
    ]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_what_is_no_file_is_left_out(project: Project) -> None:
    """Links, which may lead outside, and pipes, which would block, are not read."""
    raw = project.data_folder / "raw"
    (raw / "link.csv").symlink_to("/etc/passwd")
    (raw / "folder").symlink_to("/etc")
    os.mkfifo(raw / "pipe")

    assert uris(project) == ["DATA/raw/people.csv"]


def test_unfinished_file_is_left_out(project: Project) -> None:
    """What an interrupted write has left is no file of the data."""
    (project.data_folder / "raw" / ".people.csv.0123456789ab.part").write_text("id")

    assert uris(project) == ["DATA/raw/people.csv"]


@pytest.mark.skipif(os.name != "posix", reason="needs names that are no text")
def test_name_that_is_no_text_is_escaped(project: Project) -> None:
    """A name of any bytes is listed."""
    (project.data_folder / "raw" / os.fsdecode(b"\xff.csv")).write_text("x")

    assert "DATA/raw/\\udcff.csv" in uris(project)


def test_missing_folder_has_no_files(tmp_path: Path) -> None:
    """A project whose data folder is gone has an empty listing with all columns."""
    with make_project(tmp_path, data_repository="elsewhere") as opened:
        assert list_files(opened).num_rows == 0
        assert list_files(opened).column_names == ["uri", "sha256", "size_bytes", "modified_at"]
