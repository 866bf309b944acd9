"""What git says of a folder: asked once per process and repository, and never waited for long."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

LONGEST_S: Final = 2.0
"""Seconds that git may take; then nothing is known."""

# The settings of a repository can name programs that git starts; a look at it must start none.
_STATUS: Final = (
    *("git", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch", "-z"),
    *("--untracked-files=normal", "--ignored=matching", "--ignore-submodules=all"),
)
_COMMIT: Final = "# branch.oid "
_OF_ANOTHER: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""Variables that make git answer for another repository, as in its hooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository as it was when this process first asked.

    Attributes:
        root: Its folder.
        commit: The commit that is checked out.
        is_changed: Whether files that git keeps differ from it.
        untracked: Files, and folders with a "/" at the end, that git does not keep yet.
        ignored: Those that it is told to ignore.
    """

    root: Path
    commit: str
    is_changed: bool
    untracked: frozenset[str]
    ignored: frozenset[str]

    def version_of(self, file: Path) -> tuple[str | None, bool | None]:
        """Return the commit for a file and whether that lacks something; None if it is ignored."""
        inner = file.relative_to(self.root)
        names = {inner.as_posix(), *(f"{parent.as_posix()}/" for parent in inner.parents)}
        if names & self.ignored:
            return None, None
        return self.commit, self.is_changed or bool(names & self.untracked)


def version_of(file: Path) -> tuple[str | None, bool | None]:
    """Return the commit that is checked out around a file, and whether that is not all.

    Args:
        file: Absolute, links followed.

    Returns:
        The commit, and whether files differ from it or it lacks this one. None and None without
        a repository, a commit or git, for a file that git ignores, and if git takes too long.
    """
    root = next((f for f in file.parents if (f / ".git").exists()), None)
    found = None if root is None else _ask(root)
    return (None, None) if found is None else found.version_of(file)


@cache
def _ask(root: Path) -> Repository | None:
    variables = {k: v for k, v in os.environ.items() if k not in _OF_ANOTHER}
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command
            _STATUS,
            cwd=root,
            env={**variables, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = os.fsdecode(done.stdout).split("\0")
    commit = next((e.removeprefix(_COMMIT) for e in lines if e.startswith(_COMMIT)), "(initial)")
    if commit == "(initial)":
        return None
    return Repository(
        root=root,
        commit=commit,
        is_changed=any(line.startswith(("1 ", "2 ", "u ")) for line in lines),
        untracked=frozenset(line[2:] for line in lines if line.startswith("? ")),
        ignored=frozenset(line[2:] for line in lines if line.startswith("! ")),
    )
