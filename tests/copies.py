"""Folders that take long to make: made once, then written wherever a test wants one."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from filelock import FileLock

from lineage.ledger import Ledger
from projections import Projector
from projections.catalog.opening import CATALOG_FILE

Made = TypeVar("Made")


def copied(make: Callable[..., Made], folder: Path, **options: Hashable) -> Made:
    """Fill a folder with the files that a function makes, and return what it returns.

    Args:
        make: Fills the folder it is given, once for all tests of a process. It closes what it
            opens, and nobody changes what it returns.
        folder: The folder; made if missing.
        options: What else the function is given.
    """
    files, made = _made(make, **options)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return made


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that a function filled once for all processes of the tests.

    Args:
        factory: Knows the folder of this process, beside those of the others.
        name: What the folder is called.
        make: Fills the empty folder it is given. Nobody changes its files afterwards.
    """
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= name
    is_made = folder.with_suffix(".made")
    with FileLock(folder.with_suffix(".lock")):
        if not is_made.exists():
            folder.mkdir()
            make(folder)
            is_made.touch()
    return folder


def empty_catalog(folder: Path) -> None:
    """Publish a catalog without events in a project, which takes longer than a small run.

    Each of its tables, views and columns has a statement of its own. A process makes them once,
    so only projects that child processes work in need it.
    """
    path = folder / CATALOG_FILE
    with Ledger("memory://") as ledger:
        Projector(ledger, path).rebuild()
    path.with_suffix(".lock").unlink()


@cache
def _made(make: Callable[..., Any], **options: Hashable) -> tuple[dict[Path, bytes], Any]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        made = make(root, **options)
        files = {f.relative_to(root): f.read_bytes() for f in root.rglob("*") if f.is_file()}
    return files, made
