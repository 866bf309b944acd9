"""Kept leaf hashes come back by position, whoever wrote them and however a crash left them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.kernel.merkle import leaf_hash
from lineage.seals.kept_leaves import KeptLeaves, split

HASHES = [leaf_hash(bytes([i])) for i in range(6)]


@pytest.fixture
def kept(tmp_path: Path) -> KeptLeaves:
    """An empty store."""
    return KeptLeaves(tmp_path / "leaves")


def test_nothing_is_kept_before_the_first_seal(kept: KeptLeaves) -> None:
    """A missing file is an empty one."""
    assert (kept.count, kept.read(0, 9)) == (0, b"")


def test_kept_hashes_come_back_by_position(kept: KeptLeaves) -> None:
    """They are appended seal by seal and read in any piece."""
    kept.keep(0, HASHES[:2])
    kept.keep(2, HASHES[2:])

    assert kept.count == 6
    assert split(kept.read(1, 4)) == HASHES[1:4]
    assert split(kept.read(4, 99)) == HASHES[4:]


def test_same_hashes_kept_twice_are_there_once(kept: KeptLeaves) -> None:
    """Two writers that seal the same events write the same bytes."""
    kept.keep(0, HASHES)
    kept.keep(3, HASHES[3:])

    assert split(kept.read(0, 9)) == HASHES


def test_hashes_that_leave_a_gap_are_not_kept(kept: KeptLeaves) -> None:
    """What lies before them is not known, so the next verification writes both."""
    kept.keep(1, HASHES[1:])

    assert kept.count == 0


def test_torn_hash_is_not_counted_and_overwritten(kept: KeptLeaves) -> None:
    """A crash may leave a part of a hash at the end."""
    kept.path.write_bytes(HASHES[0] + HASHES[1][:7])

    assert kept.count == 1
    kept.keep(1, HASHES[1:3])
    assert split(kept.read(0, 9)) == HASHES[:3]


def test_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The file is a cache; a seal does not fail for it."""
    kept = KeptLeaves(tmp_path / "missing" / "leaves")

    kept.keep(0, HASHES)

    assert kept.count == 0


def test_wrong_rest_is_cut_off(kept: KeptLeaves) -> None:
    """What no signed head confirms is written again."""
    kept.keep(0, HASHES)
    kept.cut(2)

    assert split(kept.read(0, 9)) == HASHES[:2]
