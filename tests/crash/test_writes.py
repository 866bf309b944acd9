"""A short run of the kills that `make test-crash ARGS="--kills 300"` deals to writers."""

from __future__ import annotations

from pathlib import Path

from crash.writes import Writes


def test_killed_writers_leave_whole_versions_and_no_plaintext(tmp_path: Path) -> None:
    """Behaviour 62: files, sets and lists are old or new, and nothing secret is in plain."""
    writes = Writes(tmp_path, seed=31)
    for _ in range(8):
        writes.kill()

    assert writes.faults == []
    assert writes.figures["kills"] > 3
