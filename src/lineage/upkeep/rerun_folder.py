"""The folder in which a run is executed again: one rerun at a time, and nothing left by a kill."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from lineage.project import Project

FOLDER: Final = "rerun"
"""Folder below `.lineage`; readable by the owner only, as it holds copies of data."""

_KEPT: Final = ".kept"


def lock(project: Project) -> FileLock:
    """Return the lock that a rerun holds."""
    return FileLock((project.state_folder / FOLDER).with_suffix(".lock"), timeout=0)


def keep(folder: Path) -> None:
    """Keep the folder of a finished rerun until the next one."""
    (folder / _KEPT).touch()


def sweep(project: Project) -> bool:
    """Remove what a killed rerun left, and tell whether there was something.

    Raises:
        OSError: It cannot be removed.
    """
    folder = project.state_folder / FOLDER
    if not folder.is_dir() or (folder / _KEPT).exists():
        return False
    try:
        with lock(project):
            shutil.rmtree(folder)
    except Timeout:  # one is running
        return False
    return True
