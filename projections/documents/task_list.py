"""The recorded tasks of a project."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

_SQL: Final = statements(__name__)
_IS_KNOWN: Final = "select $task in (select task_id from tasks union select task_id from runs)"


def build_task_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return every task that was registered or run, with its latest run.

    Returns:
        Objects sorted by task_id: task_id, task_type, description, version, class_name,
        source_sha256 (the last three None for a task that was never registered), dependencies,
        and of the latest run that is not archived run_id, status and started_at (ISO 8601 in
        UTC); None without one.
    """
    return [plain(row) for row in catalog.rows(_SQL["tasks"])]


def is_known_task(catalog: Catalog, task_id: str) -> bool:
    """Tell whether a task was ever registered or run."""
    return bool(catalog.value(_IS_KNOWN, {"task": task_id}))
