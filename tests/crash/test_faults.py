"""The faults strike where they are told to, so that the crash tests try what they claim."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from crash import faults
from crash.faults import Fault


@pytest.mark.parametrize(("moment", "size"), [("before", 0), ("in", 50), ("after", 100)])
def test_write_fails_with_nothing_half_or_all_of_it_written(
    tmp_path: Path, moment: str, size: int
) -> None:
    """A file ends where the disk failed."""
    file = tmp_path / "a"
    fault = Fault(call="write", number=1, moment=moment, error=errno.EIO)

    with faults.arm(fault), pytest.raises(OSError, match="Input/output error"):
        file.write_bytes(b"x" * 100)

    assert file.stat().st_size == size


@pytest.mark.parametrize(("moment", "is_there"), [("before", False), ("after", True)])
def test_second_rename_fails_before_or_after_it_was_done(
    tmp_path: Path,
    moment: str,
    is_there: bool,  # noqa: FBT001
) -> None:
    """Other calls of the kind are let through, those of other kinds are not counted."""
    for name in "ab":
        (tmp_path / name).touch()
    fault = Fault(call="rename", number=2, moment=moment, error=errno.ENOSPC)

    with faults.arm(fault):
        (tmp_path / "a").replace(tmp_path / "aa")
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "b").replace(tmp_path / "bb")

    assert ((tmp_path / "aa").exists(), (tmp_path / "bb").exists()) == (True, is_there)


@pytest.mark.parametrize(("moment", "rows"), [("before", 0), ("after", 1)])
def test_commit_fails_before_or_after_it_was_done(tmp_path: Path, moment: str, rows: int) -> None:
    """What was committed before the error is there for the next connection."""
    file = tmp_path / "a.db"
    fault = Fault(call="commit", number=1, moment=moment, error=errno.ENOSPC)

    with faults.arm(fault), closing(sqlite3.connect(file)) as connection:
        connection.execute("create table t (x)")
        connection.execute("insert into t values (1)")
        with pytest.raises(sqlite3.OperationalError, match="disk is full"):
            connection.commit()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (rows,)


def test_functions_of_the_system_are_as_before_afterwards() -> None:
    """The faults end with their block."""
    before = os.replace, os.fsync, sqlite3.connect

    with faults.arm(faults.COUNTING):
        assert os.replace is not before[0]

    assert (os.replace, os.fsync, sqlite3.connect) == before
