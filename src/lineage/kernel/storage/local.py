"""The files of this machine."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from lineage.kernel import files, paths
from lineage.kernel.storage import sets
from lineage.kernel.storage.port import Content, Fill, Pending, Status

_LOCK_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """The files of this machine.

    Publishes below its folder only. Reads absolute paths as well: that is how the history names
    files outside.

    Attributes:
        root: The folder that relative uris start from.
    """

    root: Path

    def path(self, uri: str) -> Path:
        """Return where a file is or would be, absolute, with the links of its folder followed.

        Raises:
            PathRefusedError: It climbs out of the root, or is no path.
        """
        if ".." in PurePosixPath(uri).parts or "\0" in uri:
            return paths.resolve(uri, self.root)
        path = self.root / uri
        return Path(os.path.realpath(path.parent)) / path.name

    def publish(self, uri: str, fill: Fill, *, overwrite: bool = True) -> Content:
        """Write beside the place, flush to the disk and rename; see `Storage.publish`."""
        with self.publishing(uri, overwrite=overwrite) as pending:
            fill(pending.stream)
        return pending.written

    @contextmanager
    def publishing(self, uri: str, *, overwrite: bool = True) -> Iterator[Pending]:
        """Write beside the place, flush to the disk and rename; see `Storage.publishing`."""
        with files.replacing(self._place(uri), overwrite=overwrite) as written:
            pending = Pending(written.stream)
            yield pending
        version = written.written
        pending.content = Content(sha256=version.sha256, size_bytes=version.size_bytes)

    @contextmanager
    def publishing_set(self, uri: str, *, overwrite: bool = True) -> Iterator[sets.LocalSet]:
        """Write beside the place, flush to the disk and swap; see `Storage.publishing_set`."""
        with sets.replacing(self._place(uri), overwrite=overwrite) as pending:
            yield pending

    def update(self, uri: str, change: Callable[[bytes | None], bytes]) -> Content:
        """Read and replace a file under a lock of its own; see `Storage.update`."""
        from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

        target = self._place(uri)
        token = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]
        # Its name is that of a part: no list shows it, and it is swept some time.
        lock = target.with_name(f".{token}.{token}{files.PART_SUFFIX}")
        try:
            with FileLock(lock, timeout=_LOCK_TIMEOUT_S):
                old = None
                with suppress(FileNotFoundError), self.open(uri) as stream:
                    old = stream.read()
                version = files.write_bytes(target, change(old))
        except Timeout as error:
            raise OSError(errno.EBUSY, "others keep changing it", str(target)) from error
        return Content(sha256=version.sha256, size_bytes=version.size_bytes)

    def open(self, uri: str) -> io.BufferedIOBase:
        """Open a regular file, see `Storage.open`."""
        path = self._settled(uri)
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for a writer
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return path.open("rb")

    def status(self, uri: str) -> Status | None:
        """Return length and time stamp, see `Storage.status`."""
        try:
            found = self._settled(uri).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return Status(size_bytes=None, modified_at=None)
        modified_at = datetime.fromtimestamp(found.st_mtime, UTC)
        version = f"{found.st_ino}:{found.st_mtime_ns}"
        return Status(size_bytes=found.st_size, modified_at=modified_at, version=version)

    def list(self, folder: str) -> Iterator[str]:
        """Give the regular files, without links and unfinished files; see `Storage.list`.

        Folders that may not be read are left out.
        """
        top = self._settled(folder)
        found = (
            (PurePosixPath(folder, parent.relative_to(top).as_posix()) / name).as_posix()
            for parent, names in _finished(top)
            for name in names
            if _is_regular(parent / name)
        )
        return iter(sorted(found))

    def _place(self, uri: str) -> Path:
        """Return where to publish something; the folders above it are made."""
        name = paths.check_file_name(uri.rpartition("/")[2], "file name")
        folder = paths.resolve(PurePosixPath(uri).parent, self.root, remedy=paths.NO_LINK)
        _make_folders(folder)
        return folder / name

    def _settled(self, uri: str) -> Path:
        """Return where a file is, after a set that a crash left without its name has taken it."""
        path = self.path(uri)
        if not os.path.lexists(path):
            below = [each for each in (path, *path.parents) if each.is_relative_to(self.root)]
            for each in reversed(below):
                sets.finish(each)
        return path


def _finished(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Walk a folder, and give the names of files that are not being written."""
    for parent, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not files.is_part(name)]
        yield Path(parent), [name for name in names if not files.is_part(name)]


def _make_folders(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # which would say that the file itself exists
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # it went while we looked
        return False
