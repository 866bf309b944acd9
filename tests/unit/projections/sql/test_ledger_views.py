"""What the catalog says of the ledger itself."""

from __future__ import annotations

from projection_scenarios import given, of

from lineage.events import LedgerConverted, streams


def test_conversion_names_what_earlier_seals_commit_to() -> None:
    """The head over the bytes as they were, and how many events it covers."""
    converted = LedgerConverted(
        encryption="AES-256-GCM",
        previous_size=7,
        sealed_size=5,
        previous_root_sha256="a" * 64,
        is_copy_kept=True,
    )

    given(of(streams.ENCRYPTION, converted)).shows(
        "select * exclude (recorded_at, actor) from ledger_conversions",
        {
            "position": 1,
            "encryption": "AES-256-GCM",
            "previous_size": 7,
            "sealed_size": 5,
            "previous_root_sha256": "a" * 64,
            "is_copy_kept": True,
        },
    )
