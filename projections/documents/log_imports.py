"""What an import of an execution log needs: the known runs, and the entries set aside."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def known_runs(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Return every run by its id, oldest first: run_id, task_id, status, is_archived, annotations.

    `annotations` has the changed keys of its record with their latest values; None if none
    changed.
    """
    return {row["run_id"]: row for row in catalog.rows(_SQL["runs"])}


def set_aside_records(catalog: Catalog) -> list[dict[str, Any]]:
    """Return the entries that could not be imported, without those corrected since.

    Returns:
        Objects in recorded order: position, source (the file's name), reason and
        record (the entry as it was).
    """
    return catalog.rows(_SQL["set_aside"])
