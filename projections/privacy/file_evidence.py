"""What the history knows of one file that policies ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def build_file_evidence(catalog: Catalog, uri: str, sha256: str, *, method: str) -> dict[str, Any]:
    """Return what is on record of a version of a file.

    Args:
        catalog: The catalog to ask.
        uri: The file as the history names it.
        sha256: Digest of its content.
        method: What measured the risk.

    Returns:
        `known`: first_at, last_at and run_id of the version, None if it is not on record.
        `risk`: the latest measurement of the content by that method (measures, quasi_identifiers,
        sensitive, method, recorded_at, position), None without one. `claims`: the latest
        comparison of each column with its source (column_name, effect, outcome, reason,
        measured, position).
    """
    version = {"uri": uri, "sha256": sha256}
    content = {"sha256": sha256}
    return {
        "known": catalog.row(_SQL["known"], version),
        "risk": catalog.row(_SQL["risk"], {**content, "method": method}),
        "claims": catalog.rows(_SQL["claims"], content),
    }


def build_file_quality(catalog: Catalog, uri: str, sha256: str | None) -> dict[str, Any]:
    """Return what was found of a version of a file, besides its risk.

    Args:
        catalog: The catalog to ask.
        uri: The file as the history names it.
        sha256: Digest of its content.

    Returns:
        `claims`: as in `build_file_evidence`. `verdicts`: the latest of each policy on the version
        (policy, kind, severity, outcome, reason, waiver, judged_at as ISO 8601 in UTC, position).
    """
    verdicts = catalog.rows(_SQL["verdicts"], {"uri": uri, "sha256": sha256})
    return {
        "claims": catalog.rows(_SQL["claims"], {"sha256": sha256}),
        "verdicts": [row | {"judged_at": row["judged_at"].isoformat()} for row in verdicts],
    }


def first_seen(catalog: Catalog, uris: Sequence[str]) -> list[dict[str, Any]]:
    """Return the versions of files, each with the time of its first record.

    Args:
        catalog: The catalog to ask.
        uris: The files as the history names them.

    Returns:
        Objects with uri, sha256 (None if it is not known) and first_at, by file and time.
    """
    return catalog.rows(_SQL["versions"], {"uris": list(uris)})
