"""Two processes hash a ledger as one does, and whatever happens to the second one."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from lineage.events import WarningRaised
from lineage.kernel.errors import IntegrityError
from lineage.ledger import Ledger
from lineage.seals import leaf_worker

EVENTS = 40


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger that is long enough for two processes."""
    monkeypatch.setattr(leaf_worker, "SHARED_FROM", 10)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with Ledger(f"sqlite://{tmp_path / 'a b.db'}") as opened:
        warnings = [WarningRaised(operation=None, name="w", message=str(n)) for n in range(EVENTS)]
        opened.append("a", warnings, expected_version=0)
        yield opened


def _alone(ledger: Ledger) -> list[bytes]:
    return [h for batch in ledger.leaf_hashes(after=0, until=EVENTS) for h in batch]


def _shared(ledger: Ledger) -> list[bytes]:
    return [h for batch in leaf_worker.leaf_hashes(ledger, until=EVENTS) for h in batch]


def test_two_processes_give_what_one_gives(ledger: Ledger) -> None:
    """All hashes, in the order of the positions."""
    batches = list(leaf_worker.leaf_hashes(ledger, until=EVENTS))

    assert len(batches) == 2
    assert [h for batch in batches for h in batch] == _alone(ledger)


def test_process_that_cannot_be_started_is_done_without(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the same, only later."""
    monkeypatch.setattr("sys.executable", "/no/python")

    assert _shared(ledger) == _alone(ledger)


def test_process_that_fails_is_done_without(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote before does not count."""
    monkeypatch.setattr("sys.executable", "/bin/false")

    assert _shared(ledger) == _alone(ledger)


def test_fault_in_the_part_of_the_other_process_is_an_error(ledger: Ledger) -> None:
    """It names the event as this process would."""
    assert ledger.file is not None
    with closing(sqlite3.connect(ledger.file)) as events:
        events.execute("drop trigger events_refuse_update")
        events.execute("update events set actor = char(31) where position = 35")
        events.commit()

    with pytest.raises(IntegrityError, match="position 35"):
        _shared(ledger)


def test_process_ends_with_a_reader_who_leaves(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes on in the background."""
    started: list[subprocess.Popen[bytes] | None] = []
    start = leaf_worker._start

    def noted(
        url: str, after: int, until: int, output: IO[bytes]
    ) -> subprocess.Popen[bytes] | None:
        started.append(start(url, after, until, output))
        return started[-1]

    monkeypatch.setattr(leaf_worker, "_start", noted)
    hashes = leaf_worker.leaf_hashes(ledger, until=EVENTS)

    next(hashes)
    hashes.close()  # type: ignore[attr-defined]  # a generator

    assert started[0] is not None
    assert started[0].poll() is not None
