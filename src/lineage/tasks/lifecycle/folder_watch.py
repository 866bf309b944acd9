"""Find the files of a task that appeared or changed without being recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from lineage.recording.recorder import RunRecorder

_Stamp = tuple[int, int, int]

UNWATCHED: Final = ("input", "logs", "temp", "reports", "project_logs")
"""Folders of a task, by type, in which no operation leaves its outputs."""


class FolderWatch:
    """Remembers the files of a task's folder, to find the new and changed ones later.

    Hidden files do not count, nor does what is behind symbolic links.

    Args:
        folder: The folder; it may be missing.
        without: Folders inside it that are left out.
    """

    def __init__(self, folder: Path, *, without: Iterable[Path] = ()) -> None:
        self._folder = folder
        self._without = frozenset(without)
        self._before = dict(self._files())

    def changed(self) -> list[Path]:
        """Return the files that are new or were written since, sorted."""
        return sorted(path for path, stamp in self._files() if self._before.get(path) != stamp)

    def unrecorded(self, recorder: RunRecorder) -> list[str]:
        """Return those that a run did not record, nor a folder around them, as paths on record."""
        changed = self.changed()
        known = recorder.recorded_files() if changed else frozenset()
        display = recorder.project.display
        return [
            display(path)
            for path in changed
            if known.isdisjoint(map(display, (path, *path.parents)))
        ]

    def _files(self) -> Iterator[tuple[Path, _Stamp]]:
        for folder, inner, names in os.walk(self._folder):
            here = Path(folder)
            inner[:] = [name for name in inner if self._counts(here / name)]
            for path in filter(self._counts, (here / name for name in names)):
                with suppress(OSError):  # removed meanwhile
                    status = path.lstat()
                    yield path, (status.st_size, status.st_mtime_ns, status.st_ino)

    def _counts(self, path: Path) -> bool:
        return not path.name.startswith(".") and path not in self._without
