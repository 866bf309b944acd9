"""What is released: a file, or a set of files that is one table, copied and removed as a whole."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from lineage.kernel import files
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import DataReadError
from lineage.kernel.storage import LocalStorage, set_content, sets, sha256_of_set

_BLOCK_BYTES = 1 << 20


def sha256_of(place: Path) -> str | None:
    """Return the digest of a file, or of a set of files; None if neither is there.

    Raises:
        OSError: It cannot be read.
    """
    if place.is_dir():
        return sha256_of_set(LocalStorage(place.parent), place.name) if sets.is_set(place) else None
    return sha256_file(place) if place.is_file() else None


def size_bytes_of(place: Path) -> int:
    """Return the length of a file, or of all files of a set."""
    return sum(file.stat().st_size for file in sets.files_of(place))


def copy(source: Path, target: Path, sha256: str) -> None:
    """Copy a file or a set so that it appears whole, if it still is the one with this digest.

    Raises:
        DataReadError: It is another one by now.
        OSError: It cannot be read, or the copy not be written.
    """
    if not source.is_dir():
        _copy_file(source, target, sha256)
        return
    with sets.replacing(target) as pending:
        for file in sets.files_of(source):
            name = file.relative_to(source).as_posix()
            with file.open("rb") as content, pending.part(name, like=file) as part:
                shutil.copyfileobj(content, part.stream, _BLOCK_BYTES)
        if set_content(pending.parts.items()).sha256 != sha256:
            raise _changed(source)


def remove(place: Path) -> None:
    """Remove a file or a set, if it is there, and the folder that it was alone in.

    Raises:
        OSError: It cannot be removed.
    """
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    with suppress(OSError):
        place.parent.rmdir()


def _copy_file(source: Path, target: Path, sha256: str) -> None:
    with source.open("rb") as content, files.replacing(target, like=source) as pending:
        shutil.copyfileobj(content, pending.stream, _BLOCK_BYTES)
        if pending.stream.sha256 != sha256:
            raise _changed(source)


def _changed(source: Path) -> DataReadError:
    return DataReadError(
        f"{'folder' if source.is_dir() else 'file'} {str(source)!r}",
        problem="it changed after it was judged",
        remedy="release it again",
    )
