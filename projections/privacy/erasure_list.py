"""What was erased, at whose request, and what could not be."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_erasure_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return every erasure that was planned, in the order of the plans.

    Returns:
        Objects with the columns of the view `erasures` without the receipt; times are ISO 8601
        in UTC.
    """
    return [plain(row) for row in catalog.rows(_SQL["erasures"])]
