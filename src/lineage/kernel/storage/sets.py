"""Folders of files that are replaced whole, on a local disk.

The files are written below a hidden folder beside the place. Where the system can exchange two
names at once (Linux), that is the whole swap. Elsewhere the new folder is first renamed to say that
it is whole, then the old one goes away, then the new one takes its name; whoever looks for the set
after a crash in between, or sweeps, lets the whole one take the name (`finish`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from lineage.kernel import files, paths
from lineage.kernel.storage.port import Content, Pending, SetContent, set_content

PART_NAME: Final = re.compile(r"part-[0-9]{5,}(\.[A-Za-z0-9]+)+")
"""The names that files of a set have: "part-00000.csv"."""

_KEY_FOLDER: Final = re.compile(r"[^=]+=.*", re.DOTALL)
_NAME_BYTES: Final = 200
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_CANNOT_EXCHANGE: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
_TAKEN: Final = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR})


class LocalSet:
    """The files of a set that is being written; see `port.PendingSet`.

    Args:
        folder: Where they are written.
        old: The set that they replace, which may be missing.
    """

    def __init__(self, folder: Path, old: Path) -> None:
        self.folder = folder
        self.content: SetContent | None = None
        self.parts: dict[str, Content] = {}
        self._old = old
        self._old_part = next((path for path in sorted(old.rglob("part-*"))), None)

    @contextmanager
    def part(self, path: str, *, like: Path | None = None) -> Iterator[Pending]:
        """Write a file, see `port.PendingSet.part`; `like` as of `files.replacing`."""
        target = paths.resolve(path, self.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        namesake = self._old / path
        if like is None:
            like = namesake if namesake.is_file() else self._old_part
        with files.replacing(target, overwrite=False, like=like) as written:
            pending = Pending(written.stream)
            yield pending
        version = written.written
        pending.content = Content(sha256=version.sha256, size_bytes=version.size_bytes)
        self.parts[path] = pending.content

    @property
    def written(self) -> SetContent:
        """What was published."""
        if self.content is None:
            raise ValueError("the set has not been published")
        return self.content


@contextmanager
def replacing(target: Path, *, overwrite: bool = True) -> Iterator[LocalSet]:
    """Write a set that takes the place of another at once when the block ends.

    Args:
        target: The folder to publish; the one above it must exist.
        overwrite: False refuses to replace anything.

    Yields:
        The set; an exception in the block removes it.

    Raises:
        FileExistsError: `overwrite` is False and the name is taken, or what has it is no set.
        OSError: The folder is read-only or full, or the name is too long.
    """
    if len(os.fsencode(target.name)) > _NAME_BYTES:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(target))
    finish(target)
    _check_replaceable(target, overwrite=overwrite)
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}{files.PART_SUFFIX}")
    part.mkdir()
    try:
        pending = LocalSet(part, target)
        yield pending
        if target.is_dir():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        _sync(part)
        _swap(part, target, overwrite=overwrite)
        pending.content = set_content(pending.parts.items())
    finally:
        shutil.rmtree(part, ignore_errors=True)  # the new set that failed, or the old one


def is_set(folder: Path) -> bool:
    """Tell whether a folder has nothing but parts, so that to remove it loses nothing else."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    for entry in folder.iterdir():
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode) and _KEY_FOLDER.fullmatch(entry.name):
            if not is_set(entry):
                return False
        elif not (stat.S_ISREG(mode) and PART_NAME.fullmatch(entry.name)):
            return False
    return True


def files_of(place: Path) -> list[Path]:
    """Return a file, or those of a set in the order of their paths; none if neither is there."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("part-*") if path.is_file()) if is_set(place) else []


def finish(target: Path) -> None:
    """Let a set that a crash left whole, but without its name, take it; else do nothing."""
    if os.path.lexists(target):
        return
    try:
        whole = [entry for entry in target.parent.iterdir() if files.whole_name(entry) == target]
    except OSError:
        return
    if whole:
        with suppress(OSError):  # another one did it
            max(whole, key=lambda folder: folder.stat().st_mtime).rename(target)
            files.sync_folder(target.parent)


def _check_replaceable(target: Path, *, overwrite: bool) -> None:
    if os.path.lexists(target) and not (overwrite and is_set(target)):
        what = "exists" if not overwrite else "is no partitioned set"
        raise FileExistsError(errno.EEXIST, what, str(target))


def _sync(folder: Path) -> None:
    for parent, folders, _ in os.walk(folder):
        if folders or Path(parent) == folder:
            files.sync_folder(Path(parent))


def _swap(part: Path, target: Path, *, overwrite: bool) -> None:
    """Give the set its name; what had it before has the name of the part afterwards."""
    while not _took_free_name(part, target):
        _check_replaceable(target, overwrite=overwrite)
        if _exchanged(part, target) or _moved_in(part, target):
            break
    files.sync_folder(target.parent)


def _took_free_name(part: Path, target: Path) -> bool:
    if os.path.lexists(target):
        return False
    try:
        part.rename(target)
    except OSError as error:
        if error.errno in _TAKEN:  # it appeared meanwhile
            return False
        raise
    return True


def _exchanged(part: Path, target: Path) -> bool:
    """Exchange two names at once; False if this system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    old, new = os.fsencode(part), os.fsencode(target)
    if exchange(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT_EXCHANGE or number == errno.ENOENT:
        return False
    raise OSError(number, os.strerror(number), str(target))


def _moved_in(part: Path, target: Path) -> bool:
    """Replace a folder in three renames; False if another one came in between."""
    whole = part.with_suffix(files.WHOLE_SUFFIX)
    part.rename(whole)
    files.sync_folder(part.parent)
    try:
        target.rename(part)
        whole.rename(target)
    except OSError as error:
        if not part.exists():
            whole.rename(part)  # the old set had gone: nothing was moved away
        elif error.errno in _TAKEN:
            shutil.rmtree(part, ignore_errors=True)  # replaced, and so is what replaced it
            whole.rename(part)
        else:
            raise
        return False
    return True
