"""What was counted in the columns of a file: missing, distinct and rare values, and no value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_column_profile(catalog: Catalog, uri: str, sha256: str | None) -> Document:
    """Return what was counted last in the columns of a version of a file.

    Args:
        catalog: The catalog to query.
        uri: The file, as the history names it.
        sha256: Digest of its content; nothing was counted in one that could not be read.

    Returns:
        A document with run_id (which counted last; None if nothing was counted) and columns: for
        each name of a column what was counted of nulls, distinct (different values) and singletons
        (values of one row).
    """
    rows = catalog.rows(_SQL["measured"], {"uri": uri, "sha256": sha256})
    columns: dict[str, Document] = {}
    for row in rows:
        for column, count in row["value"].items():
            if isinstance(count, int) and not isinstance(count, bool):
                columns.setdefault(column, {})[row["name"]] = count
    latest: Mapping[str, Any] | None = max(rows, key=lambda row: row["position"], default=None)
    return {"run_id": latest["run_id"] if latest and columns else None, "columns": columns}
