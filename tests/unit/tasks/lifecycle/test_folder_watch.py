"""Files that appeared or changed without being recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from small_tasks import begin_run, make_project

from lineage.tasks.lifecycle.folder_watch import FolderWatch
from ops import Artifact


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one old file."""
    (tmp_path / "task/output").mkdir(parents=True)
    (tmp_path / "task/output/old.csv").write_text("old")
    return tmp_path / "task"


def rewritten(path: Path) -> None:
    """Give a file other content of the same length, a while later."""
    path.write_text("new")
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "output/new.csv").write_text("x"),
        lambda folder: (folder / "new.json").write_text("x"),
        lambda folder: rewritten(folder / "output/old.csv"),
        lambda folder: (folder / "output/deep").mkdir() or (folder / "output/deep/a").touch(),
        lambda folder: (folder / "output/link").symlink_to("old.csv"),
    ],
    ids=["new", "new beside", "rewritten", "deep", "link"],
)
def test_new_or_changed_file_is_found(folder: Path, change: Callable[[Path], object]) -> None:
    """Whatever way a file got there."""
    watch = FolderWatch(folder)

    change(folder)

    assert len(watch.changed()) == 1


@pytest.mark.parametrize(
    "change",
    [
        Path.is_dir,
        lambda folder: (folder / "output/old.csv").unlink(),
        lambda folder: (folder / "output/old.csv").read_text(),
        lambda folder: (folder / "output/.old.csv.12.part").write_text("x"),
        lambda folder: (folder / "temp").mkdir() or (folder / "temp/x").write_text("x"),
        lambda folder: (folder / "output/away").symlink_to(folder.parent),
    ],
    ids=["nothing", "removed", "read", "hidden", "left out", "linked folder"],
)
def test_other_changes_are_none(folder: Path, change: Callable[[Path], object]) -> None:
    """Reading, removing, unfinished files and folders that are left out."""
    (folder.parent / "outside.txt").write_text("x")
    watch = FolderWatch(folder, without=[folder / "temp"])

    change(folder)

    assert watch.changed() == []


def test_recorded_file_and_folder_are_none(tmp_path: Path) -> None:
    """What an operation handed back is on record, and so is what lies in a folder of it."""
    with make_project(tmp_path) as project:
        recorder = begin_run(project)
        task = project.root / "DATA/processed/t_one"
        watch = FolderWatch(task)
        (task / "output/parts").mkdir(parents=True)
        for name in ("output/known.csv", "output/parts/1.csv", "output/stray.csv"):
            (task / name).write_text("x")
        recorder.write_artifact(Artifact(path=task / "output/known.csv", artifact_type="csv"))
        recorder.write_artifact(Artifact(path=task / "output/parts", artifact_type="folder"))

        assert watch.unrecorded(recorder) == ["DATA/processed/t_one/output/stray.csv"]
