"""An encrypted ledger with two streams, and the bytes of its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from encrypted_ledgers import MASTER_KEY, archived

from lineage.ledger import EncryptionSettings, Ledger


@pytest.fixture
def open_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ledger]]:
    """Opens the ledger of the folder; it is closed at the end."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
    monkeypatch.delenv("LINEAGE_MASTER_KEY_FILE", raising=False)
    with ExitStack() as stack:

        def open_it(*, is_wanted: bool = True, lock_timeout_s: float = 10) -> Ledger:
            ledger = Ledger(
                f"sqlite://{tmp_path}/ledger.db",
                lock_timeout_s=lock_timeout_s,
                encryption=EncryptionSettings(is_wanted=is_wanted),
            )
            stack.callback(ledger.close)
            return ledger

        yield open_it


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    """An encrypted ledger with run:1 (2 events) and run:2 (1 event)."""
    made = open_ledger()
    made.append("run:1", [archived(1), archived(2)], expected_version=0)
    made.append("run:2", [archived(3)], expected_version=0)
    return made
