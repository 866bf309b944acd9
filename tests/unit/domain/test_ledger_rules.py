"""A ledger is encrypted once."""

from __future__ import annotations

import pytest
import scenarios

from lineage.domain import LEDGER
from lineage.domain.ledger import ConvertLedger
from lineage.events import LedgerConverted
from lineage.kernel.errors import CommandRejectedError

given = scenarios.of(LEDGER)


def converted(sealed: int | None = None) -> LedgerConverted:
    """A conversion after 7 events."""
    return LedgerConverted(
        encryption="AES-256-GCM",
        previous_size=7,
        sealed_size=sealed,
        previous_root_sha256=None if sealed is None else "a" * 64,
        is_copy_kept=False,
    )


@pytest.mark.parametrize("sealed", [None, 0, 7])
def test_ledger_is_encrypted_whether_sealed_or_not(sealed: int | None) -> None:
    """The conversion is one event."""
    given().when(ConvertLedger(converted=converted(sealed))).then(converted(sealed))


def test_ledger_is_not_encrypted_twice() -> None:
    """Nothing is in the clear that could be encrypted."""
    given(converted()).when(ConvertLedger(converted=converted())).refuses(
        CommandRejectedError, match="it was encrypted before"
    )


def test_more_cannot_be_sealed_than_there_is() -> None:
    """The ledger has lost its end, which must not be hidden by a conversion."""
    given().when(ConvertLedger(converted=converted(8))).refuses(
        CommandRejectedError, match="8 of 7 events are sealed"
    )
