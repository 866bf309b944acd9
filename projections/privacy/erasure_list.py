"""What was erased, at whose request, and what could not be."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.documents.rows import plain
from projections.privacy.called import called

_SQL: Final = statements(__name__)


def build_erasure_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return every erasure that was planned, in the order of the plans.

    Returns:
        Objects with the columns of the view `erasures` without the receipt; times are ISO 8601
        in UTC.
    """
    return [plain(row) for row in catalog.rows(_SQL["erasures"])]


def build_erasure(catalog: Catalog, erasure_id: str) -> dict[str, Any]:
    """Return one erasure with its plan, what came of each step, and its receipt.

    Args:
        catalog: The catalog to ask.
        erasure_id: Its id, or at least 4 characters of it.

    Returns:
        The object of `build_erasure_list` with receipt (the signed text; None if it is unfinished)
        and plan: for each step its number, action, subject, uri, sha256, reason, outcome and
        ended_at, the last two None while it has not ended.

    Raises:
        ConfigurationError: There is none of that id, or several.
    """
    every = [one["erasure_id"] for one in build_erasure_list(catalog)]
    wanted = {"erasure": called(erasure_id, every, "erasure", all_by="lineage erase list")}
    (row,) = catalog.rows(_SQL["erasure"], wanted)
    return {**plain(row), "plan": [plain(step) for step in catalog.rows(_SQL["steps"], wanted)]}


def build_tombstones(catalog: Catalog) -> list[dict[str, Any]]:
    """Return the streams whose key was destroyed.

    Returns:
        Objects with stream, events (how many cannot be read any more), first_at and last_at (ISO
        8601 in UTC), run_id and task_id (None if it concerns none), by position.
    """
    return [plain(row) for row in catalog.rows(_SQL["erased"])]
