"""Find the run that has a file on record, under whatever name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.paths import is_same_file
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def run_that_has(catalog: Catalog, root: Path, uri: str) -> str | None:
    """Return the latest run that read or wrote a file; None if no run did.

    Args:
        catalog: The history.
        root: The project.
        uri: The file as the history names it, links followed.
    """
    path = root / uri
    # a file with several names may be on record under any of them
    has_other_names = path.is_file() and path.stat().st_nlink > 1
    rows = catalog.rows(_SQL["recorded"], {"uri": uri, "is_any": has_other_names})
    found = (row for row in rows if row["uri"] == uri or is_same_file(root / row["uri"], path))
    return next((row["run_id"] or "unknown" for row in found), None)
