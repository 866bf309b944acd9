"""What git says of the place of a file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.recording import repository
from lineage.recording.repository import version_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(root: Path, *command: str) -> str:
    """Call git in a folder, whatever the settings of the user are."""
    variables = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{
            f"GIT_{who}_{what}": "t@t"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(
        [str(shutil.which("git")), *command],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script in the only commit of a repository."""
    root = (tmp_path / "röpo with blanks").resolve()
    path = root / "jobs/script.py"
    path.parent.mkdir(parents=True)
    path.write_text("pass\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return path


def change(script: Path) -> None:
    """Change the script."""
    script.write_text("print()\n")


def change_another(script: Path) -> None:
    """Add a file to what the next commit will have."""
    (script.parents[1] / "new.txt").write_text("new")
    git(script.parent, "add", "-A", "..")


def leave_data(script: Path) -> None:
    """Write a file that git does not know."""
    (script.parents[1] / "data.csv").write_text("a\n1\n")


def forget(script: Path) -> None:
    """Take the script out of git, and commit that."""
    git(script.parent, "rm", "-q", "--cached", "script.py")
    git(script.parent, "commit", "-q", "-m", "two", "--allow-empty")


@pytest.mark.parametrize(
    ("act", "is_dirty"),
    [
        (lambda _: None, False),
        (leave_data, False),
        (change, True),
        (change_another, True),
        (forget, True),
    ],
)
def test_commit_is_clean_if_it_has_all_the_code(
    script: Path, act: Callable[[Path], None], *, is_dirty: bool
) -> None:
    """A commit is dirty if a file that git keeps differs, or the script is not in it."""
    act(script)

    assert version_of(script) == (git(script.parent, "rev-parse", "HEAD"), is_dirty)


def test_ignored_file_has_no_commit(script: Path) -> None:
    """What a repository ignores, such as an environment of Python inside it, is not its code."""
    (script.parents[1] / ".gitignore").write_text(".venv/\n")
    module = script.parents[1] / ".venv/lib/module.py"
    module.parent.mkdir(parents=True)
    module.write_text("pass\n")

    assert version_of(module) == (None, None)


def test_folder_without_a_commit_has_no_version(tmp_path: Path) -> None:
    """There is nothing to say without a repository, and of one without a commit."""
    git(tmp_path, "init", "-q")

    assert version_of(tmp_path / "a.py") == (None, None)
    assert version_of(Path("/a.py")) == (None, None)


def test_git_is_asked_once_for_a_repository(script: Path) -> None:
    """The answer of a process stays, so that runs do not pay for it again."""
    before = version_of(script)
    change(script)

    assert version_of(script) == before


def test_missing_or_slow_git_leaves_the_version_unknown(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run does not wait for git, nor fail without it."""
    slow = tmp_path / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(repository, "LONGEST_S", 0.2)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")

    assert version_of(script) == (None, None)
