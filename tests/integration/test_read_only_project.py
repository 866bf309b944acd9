"""A project that cannot be written answers questions, and says why it records nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from small_tasks import make_one_run

from lineage.events import WarningRaised
from lineage.kernel.errors import LedgerUnavailableError
from lineage.ledger import Ledger
from lineage.ledger.sqlite_access import Access, access_to

QUESTIONS = [
    ("runs",),
    ("show", "t_one"),
    ("log",),
    ("report", "t_one"),
    ("graph",),
    ("tasks",),
    ("query", "select count(*) from runs"),
    ("report", "t_one", "--verify", "DATA/reports/t_one_report.json"),
    ("doctor",),
]


BIND_ROOT = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
    assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Becomes another program without the power to pass over permissions."""


@contextmanager
def mounted(folder: Path, place: Path) -> Iterator[None]:
    """Mount a folder at another place, where that is allowed."""
    # Whoever is not root is bound by permissions, which other tests of this file take away.
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting needs root and the program mount")
    bind = ["mount", "--bind", str(folder), str(place)]
    done = subprocess.run(bind, check=False, capture_output=True, text=True)
    if "denied" in done.stderr or "not permitted" in done.stderr:
        pytest.skip("a container without CAP_SYS_ADMIN lets not even root mount")
    assert done.returncode == 0, done.stderr
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S607  # the system's


@contextmanager
def mounted_read_only(folder: Path) -> Iterator[None]:
    """Mount a folder over itself, so that nothing in it can be written, not even by root."""
    with mounted(folder, folder):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)  # noqa: S607
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project after one run, opened by nobody."""
    make_one_run(tmp_path / "p")
    return tmp_path / "p"


# Several commands of one process: starting one takes longer than answering.
ASK = """
import json, sys
from lineage.cli.main import main

for arguments in json.loads(sys.argv[1]):
    sys.argv = ["lineage", *arguments]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            print("failed:", *arguments, file=sys.stderr)
"""


def ask(root: Path, *questions: Sequence[str]) -> str:
    """Call the commands in a project, as somebody whom permissions bind; return what failed."""
    command = [sys.executable, "-c", ASK, json.dumps(questions)]
    if os.geteuid() == 0:
        if sys.platform != "linux":
            pytest.skip("permissions bind root only where it can give up that power, on Linux")
        command = [sys.executable, "-c", BIND_ROOT, *command]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    failed = "failed:" in done.stderr or done.returncode
    return done.stderr if failed else ""


@contextmanager
def without_write_permission(folder: Path) -> Iterator[None]:
    """Take the permission to write from a folder and all in it."""
    places = [folder, *folder.rglob("*")]
    modes = {place: place.stat().st_mode for place in places}
    for place, mode in modes.items():
        place.chmod(mode & 0o555)
    try:
        yield
    finally:
        for place, mode in modes.items():
            place.chmod(mode)


def content(root: Path) -> dict[str, bytes]:
    """Return every file of a project with its bytes."""
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


@pytest.mark.parametrize("protected", [mounted_read_only, without_write_permission])
@pytest.mark.parametrize("catalog", ["published", "missing"])
def test_questions_are_answered_where_nothing_can_be_written(
    root: Path, catalog: str, protected: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """With the published catalog or without, every question has its answer and makes no file."""
    if catalog == "missing":
        (root / ".lineage/catalog.duckdb").unlink()
    before = content(root)
    with protected(root):
        asked = QUESTIONS if catalog == "published" else QUESTIONS[:1]
        assert ask(root, *asked) == ""

    assert content(root) == before


def test_run_says_in_one_line_why_nothing_can_be_recorded(root: Path) -> None:
    """A writer is told what cannot be written, and what helps."""
    with mounted_read_only(root), Ledger(f"sqlite://{root}/.lineage/ledger.db") as ledger:
        assert ledger.head() > 0
        with pytest.raises(LedgerUnavailableError, match=r"cannot be written; .*copy") as caught:
            ledger.append(
                "a", [WarningRaised(operation=None, name="n", message="m")], expected_version=0
            )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("has_index", [True, False])
def test_write_ahead_log_is_read_or_refused_where_nothing_can_be_written(
    root: Path, tmp_path: Path, *, has_index: bool
) -> None:
    """Events that are only in the log of a copy are there, or it is said that they are not."""
    state = root / ".lineage"
    copy = tmp_path / "copy"
    with Ledger(f"sqlite://{state}/ledger.db") as ledger:
        warning = WarningRaised(operation=None, name="n", message="m")
        ledger.append("a", [warning], expected_version=0)
        head = ledger.head()
        shutil.copytree(state, copy)
    assert (copy / "ledger.db-wal").stat().st_size
    if not has_index:
        (copy / "ledger.db-shm").unlink()
    with mounted_read_only(copy):
        if has_index:
            with Ledger(f"sqlite://{copy}/ledger.db") as read:
                assert read.head() == head
        else:
            with pytest.raises(LedgerUnavailableError, match=r"in ledger\.db-wal.*copy the"):
                Ledger(f"sqlite://{copy}/ledger.db")


def test_ledger_that_is_written_elsewhere_meanwhile_is_read_again(
    root: Path, tmp_path: Path
) -> None:
    """A reader of a read-only mount sees what somebody recorded through another one."""
    file = root / ".lineage/ledger.db"
    other = tmp_path / "other"
    other.mkdir()
    with (
        mounted(file.parent, other),
        mounted_read_only(file.parent),
        Ledger(f"sqlite://{file}") as reader,
    ):
        assert access_to(file) is Access.FROZEN
        before = reader.head()
        with Ledger(f"sqlite://{other}/ledger.db") as writer:
            warning = WarningRaised(operation=None, name="n", message="m")
            writer.append("a", [warning], expected_version=0)
            assert reader.head() == before + 1
        assert reader.head() == before + 1
