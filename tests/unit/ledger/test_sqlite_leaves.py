"""Reading what is hashed from a SQLite ledger, in pieces of any size."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lineage.events import WarningRaised
from lineage.kernel import merkle
from lineage.kernel.errors import IntegrityError
from lineage.ledger import Ledger
from lineage.ledger.leaves import sqlite as sqlite_leaves

EVENTS = 23


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with some events."""
    path = tmp_path / "ledger.db"
    warnings = [
        WarningRaised(operation=None, name="test", message="x" * n) for n in range(1, EVENTS + 1)
    ]
    with Ledger(f"sqlite://{path}") as ledger:
        ledger.append("a", warnings, expected_version=0, run="r", task="t")
    return path


def hashes(file: Path) -> list[bytes]:
    """Return the hashes of all leaves."""
    with Ledger(f"sqlite://{file}") as ledger:
        return [h for batch in ledger.leaf_hashes(after=0, until=EVENTS) for h in batch]


def change(file: Path, *statements: str) -> None:
    """Change a ledger as its guards forbid."""
    with sqlite3.connect(file) as connection:
        for guard in ("update", "delete"):
            connection.execute(f"drop trigger events_refuse_{guard}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(("piece", "size"), [(1, 2**25), (4, 2**25), (7, 100), (1_000, 1)])
def test_pieces_of_any_size_give_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch, piece: int, size: int
) -> None:
    """How events are divided changes nothing, with and without a thread."""
    whole = hashes(file)
    monkeypatch.setattr(sqlite_leaves, "PIECE", piece)
    monkeypatch.setattr(sqlite_leaves, "PIECE_BYTES", size)

    assert hashes(file) == whole
    assert len(whole) == EVENTS


def test_payload_of_any_bytes_is_one_leaf(file: Path) -> None:
    """A payload that is not JSON may hold what separates leaves, or look like one."""
    change(
        file,
        "update events set payload = cast(x'0a000a1fff' || payload as blob) where position = 3",
    )

    with Ledger(f"sqlite://{file}") as ledger:
        leaves = [ledger.leaf(position) for position in range(1, EVENTS + 1)]
    assert hashes(file) == [merkle.leaf_hash(leaf) for leaf in leaves]
    assert b"\n\x00\n\x1f\xff{" in leaves[2]


@pytest.mark.parametrize("text", ["''", "'a' || char(31) || 'b'", "'a' || char(0)", "char(10)"])
@pytest.mark.parametrize("column", ["stream", "type", "actor", "run", "task"])
def test_text_that_would_make_two_rows_alike_is_refused(file: Path, column: str, text: str) -> None:
    """Nobody hides a change by moving bytes between columns."""
    change(file, f"update events set {column} = cast({text} as text) where position = 9")

    with pytest.raises(IntegrityError, match="envelope of the event at position 9"):
        hashes(file)


def test_missing_event_is_left_out(file: Path) -> None:
    """A removed row leaves fewer leaves, whatever the number of line ends."""
    whole = hashes(file)
    change(file, "delete from events where position = 4")

    assert hashes(file) == [*whole[:3], *whole[4:]]
