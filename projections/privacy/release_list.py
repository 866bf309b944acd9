"""What was released or refused, on whose decision, and by which policies."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)


def build_release_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return every release that was asked for, in the order of the decisions.

    Returns:
        Objects with the columns of the view `releases`, times as ISO 8601 in UTC, and
        `evaluated`: for each policy its policy, kind, severity, outcome, required, measured,
        reason and waiver, as of the decision.
    """
    return [plain(row) for row in catalog.rows(_SQL["releases"])]
