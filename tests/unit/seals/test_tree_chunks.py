"""Several processes hash a ledger as one does, whatever happens to them."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lineage.events import WarningRaised
from lineage.kernel.errors import IntegrityError
from lineage.kernel.merkle import Frontier
from lineage.ledger import Ledger
from lineage.seals import tree_chunks
from lineage.seals.tree_chunks import Chunk

EVENTS = 40


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger that is long enough for two processes."""
    monkeypatch.setattr(tree_chunks, "SHARED_FROM", 10)
    monkeypatch.setattr(tree_chunks, "LEVEL", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with Ledger(f"sqlite://{tmp_path / 'a b.db'}") as opened:
        warnings = [WarningRaised(operation=None, name="w", message=str(n)) for n in range(EVENTS)]
        opened.append("a", warnings, expected_version=0)
        yield opened


def _alone(ledger: Ledger) -> list[bytes]:
    return [h for batch in ledger.leaf_hashes(after=0, until=EVENTS) for h in batch]


def _tree(chunks: Iterable[Chunk]) -> Frontier:
    frontier = Frontier()
    for chunk in chunks:
        frontier = chunk.after(frontier)
    return frontier


def _shared(ledger: Ledger) -> list[bytes]:
    return tree_chunks.leaf_hashes(ledger, until=EVENTS)


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("until", [0, 1, 8, 9, 39, EVENTS])
def test_any_number_of_processes_gives_what_one_gives(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, processes: int, until: int
) -> None:
    """All hashes in the order of positions, and the same tree."""
    monkeypatch.setattr("os.cpu_count", lambda: processes)
    monkeypatch.setattr(tree_chunks, "MOST_PROCESSES", processes)

    chunks = list(tree_chunks.chunks(ledger, until=until))

    leaves = _alone(ledger)[:until]
    assert [h for chunk in chunks for h in chunk.leaves] == leaves
    assert [chunk.root is not None for chunk in chunks] == [len(c.leaves) == 8 for c in chunks]
    assert _tree(chunks) == Frontier().extended(leaves)


@pytest.mark.parametrize("removed", [1, 8, 20, 33])
def test_tree_over_a_ledger_with_a_gap_is_that_of_the_events_it_has(
    ledger: Ledger, removed: int
) -> None:
    """Behind a removed event no chunk stands where a complete subtree does."""
    assert ledger.file is not None
    with closing(sqlite3.connect(ledger.file)) as events:
        events.execute("drop trigger events_refuse_delete")
        events.execute("delete from events where position = ?", (removed,))
        events.commit()

    tree = _tree(tree_chunks.chunks(ledger, until=EVENTS))

    assert tree == Frontier().extended(_alone(ledger))
    assert tree.size == EVENTS - 1


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


def test_processes_end_with_a_reader_who_leaves(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes on in the background."""
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    chunks = tree_chunks.chunks(ledger, until=EVENTS)

    next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # a generator

    assert [process.poll() is not None for process in started] == [True]
