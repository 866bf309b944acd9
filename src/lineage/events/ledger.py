"""What has happened to the ledger itself; in a stream that is never encrypted."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import NonNegativeInt

from lineage.events.base import Event, Sha256


class LedgerConverted(Event):
    """The ledger was encrypted: every event before this one is stored in other bytes than before.

    What was signed of the earlier bytes can only be checked against a copy of them.

    Attributes:
        encryption: How payloads are encrypted from now on.
        previous_size: Number of events before, all of which were encrypted.
        sealed_size: Number of events under the last tree head that was signed before; None if
            there was none.
        previous_root_sha256: That tree head; None if there was none.
        is_copy_kept: Whether a copy of the ledger as it was before was kept.
    """

    TOPIC: ClassVar[str] = "ledger.converted"
    encryption: Literal["AES-256-GCM"]
    previous_size: NonNegativeInt
    sealed_size: NonNegativeInt | None
    previous_root_sha256: Sha256 | None
    is_copy_kept: bool
