"""What may not get into the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
MAX_BYTES = 1_500_000
LOCK_FILES = ("*.lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml")

# Each pattern is written so that it does not match itself.
FORBIDDEN = {
    "absolute path of a home or work folder": r"(?<![\w.<])/(?:home|Users|root|work)/\w",
    "Windows home folder": r"[A-Z]:\\+Users\\+\w",
    "package registry": r"pypi\.org|pythonhosted\.org|npmjs\.(?:com|org)|anaconda\.org|crates\.io",
    "address of a package index": r"index[-_]url\b",
    "unfinished work": r"\b(?:TO[D]O|FIX[M]E)\b",
}


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The paths git has, and those it would add."""
    if not (ROOT / ".git").exists():
        pytest.skip("nothing is tracked in a source archive")
    try:
        done = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        pytest.skip("only git knows which files are tracked, and it is not installed")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def ours(tracked: list[str]) -> list[str]:
    """Those that we wrote; scripts of others stay as they were published, see `test_vendor`."""
    return [name for name in tracked if "/vendor/" not in name]


def _text(name: str) -> str:
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str, tracked: list[str], ours: list[str]) -> None:
    """No file names a place of one machine or a registry, or says that it is unfinished."""
    names = ours if what == "unfinished work" else tracked
    pattern = re.compile(FORBIDDEN[what])
    hits = [
        f"{name}:{number}"
        for name in names
        for number, line in enumerate(_text(name).splitlines(), 1)
        if pattern.search(line)
    ]

    assert hits == []


def test_no_lock_file_is_tracked(tracked: list[str]) -> None:
    """Versions stand in constraints.txt; lock files carry addresses and hashes of one index."""
    locks = [n for n in tracked if any(PurePosixPath(n).match(kind) for kind in LOCK_FILES)]

    assert locks == []


def test_no_tracked_file_is_large(tracked: list[str]) -> None:
    """A clone stays quick."""
    large = {n: s for n in tracked if (s := (ROOT / n).stat().st_size) > MAX_BYTES}

    assert large == {}


def test_text_files_are_utf8_and_end_with_a_newline(ours: list[str]) -> None:
    """Every text file can be joined, compared and read on any system."""
    wrong = [n for n in ours if (text := _text(n)) and ("\r" in text or text[-1] != "\n")]

    assert wrong == []
