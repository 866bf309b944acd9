"""Who was shown what pages withhold, and who asked the catalog in SQL."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_disclosure_list(catalog: Catalog, *, limit: int) -> dict[str, Any]:
    """Return the times that a page showed somebody what it withholds, the latest first.

    Args:
        catalog: The catalog to query.
        limit: At most so many.

    Returns:
        A document with total, query_total (questions in SQL) and disclosures: position,
        recorded_at (ISO 8601 in UTC), actor, subject_kind, subject, page and reason.
    """
    counts = catalog.row(_SQL["count"]) or {"disclosures": 0, "queries": 0}
    rows = catalog.rows(_SQL["disclosures"], {"limit": limit})
    return {
        "total": counts["disclosures"],
        "query_total": counts["queries"],
        "disclosures": [plain(row) for row in rows],
    }


def build_query_list(
    catalog: Catalog, actor: str, *, limit: int, is_own: bool = False
) -> list[dict[str, Any]]:
    """Return the questions in SQL that were asked on pages, the latest first.

    Args:
        catalog: The catalog to query.
        actor: Who reads the answer: of the questions of others it has no statement.
        limit: At most so many.
        is_own: Only those of the reader.

    Returns:
        Objects with position, recorded_at (ISO 8601 in UTC), actor and statement.
    """
    wanted = {"actor": actor, "limit": limit, "is_own": is_own}
    return [plain(row) for row in catalog.rows(_SQL["queries"], wanted)]
