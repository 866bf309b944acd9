"""The policies on record, the exceptions from them, and what they said last of each file."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_policy_list(catalog: Catalog) -> dict[str, Any]:
    """Return what is on record of policies.

    Args:
        catalog: The catalog to ask.

    Returns:
        An object with declared (policies as they were declared last, recorded_at, actor and
        position; None if none were), waivers (the columns of the view of that name, in the order
        they were granted) and verdicts: the latest of each policy on each file, newest first, with
        policy, uri, kind, severity, sha256, outcome, reason, waiver, release_id (None outside of a
        release), judged_at and position. Times are ISO 8601 in UTC.
    """
    declared = catalog.row(_SQL["declared"])
    return {
        "declared": None if declared is None else plain(declared),
        "waivers": [plain(row) for row in catalog.rows(_SQL["waivers"])],
        "verdicts": [plain(row) for row in catalog.rows(_SQL["verdicts"])],
    }
