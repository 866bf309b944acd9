"""Folders that take long to make: made once, then written wherever a test wants one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from lineage.ledger import Ledger
from projections import Projector
from projections.catalog.opening import CATALOG_FILE

Made = TypeVar("Made")


def copied(make: Callable[[Path], Made], folder: Path) -> Made:
    """Fill a folder with the files that a function makes, and return what it returns.

    Args:
        make: Fills a folder, once for all tests of a process. It closes what it opens, and what it
            returns is not changed.
        folder: The folder; made if missing.
    """
    files, made = _made(make)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return made


def empty_catalog(folder: Path) -> None:
    """Publish a catalog without events in a project, which takes longer than a small run.

    Each of its tables, views and columns has a statement of its own.
    """
    with Ledger("memory://") as ledger:
        Projector(ledger, folder / CATALOG_FILE).rebuild()


@cache
def _made(make: Callable[[Path], Any]) -> tuple[dict[Path, bytes], Any]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        made = make(root)
        files = {f.relative_to(root): f.read_bytes() for f in root.rglob("*") if f.is_file()}
    return files, made
