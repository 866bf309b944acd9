"""Write a file that has no name until it is whole, so that a crash leaves no part of it."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lineage.kernel import files
from lineage.kernel.files import DigestingStream, FileVersion, PendingFile


@contextmanager
def replacing_unseen(target: Path, *, like: Path) -> Iterator[PendingFile]:
    """Write a file that appears whole and durable when the block ends, and else leaves nothing.

    Until then it has no name, so that the system frees it whatever ends the process. Where the
    system cannot do that, a killed process leaves a `.part` file, as `files.replacing` does.

    Args:
        target: The path to publish at; its folder must exist.
        like: A file whose content it gets; nobody may do more with the copy than with this.

    Yields:
        The pending file; write to its `stream`.

    Raises:
        OSError: The folder is missing, read-only or full.
    """
    try:
        descriptor = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except (AttributeError, OSError):  # not Linux, or a file system without it
        with files.replacing(target, like=like) as pending:
            yield pending
        return
    with os.fdopen(descriptor, "wb") as raw:
        pending = PendingFile(DigestingStream(raw))
        yield pending
        raw.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, stat.S_IMODE(like.stat().st_mode))
        _name(descriptor, target)
    pending.version = FileVersion(
        path=target, sha256=pending.stream.sha256, size_bytes=pending.stream.size_bytes
    )


def _name(descriptor: int, target: Path) -> None:
    part = target.with_name(f".{target.name[:64]}.{secrets.token_hex(6)}{files.PART_SUFFIX}")
    try:
        # only with a folder's descriptor, which an absolute path ignores, are links followed
        os.link(f"/proc/self/fd/{descriptor}", part, src_dir_fd=descriptor)
        part.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
    files.sync_folder(target.parent)
