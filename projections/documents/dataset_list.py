"""The files of a history, and the versions of one of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_dataset_list(
    catalog: Catalog, *, text: str | None = None, before: int | None = None, limit: int
) -> Document:
    """Return the files that a history knows, the last seen first.

    Args:
        catalog: The catalog to query.
        text: Only files with this text in their name, in capitals or not; all when None.
        before: Only list files last seen before this position, `next_before` of the page before;
            all when None. They are counted all the same.
        limit: Maximum number of files to list.

    Returns:
        A document with datasets (uri, versions as a count, and of the latest version sha256,
        row_count, size_bytes, format, produced_by_run and produced_by_task, None where unknown;
        first_position, last_position), total (number of matching files) and next_before (None on
        the last page).
    """
    wanted = {"text": text}
    rows = catalog.rows(_SQL["page"], wanted | {"before": before, "limit": limit + 1})
    listed = rows[:limit]
    latest = {
        row.pop("dataset_key"): row
        for row in catalog.rows(_SQL["latest"], {"keys": [one["dataset_key"] for one in listed]})
    }
    return {
        "datasets": [plain(row | latest[row.pop("dataset_key")]) for row in listed],
        "total": catalog.value(_SQL["total"], wanted),
        "next_before": listed[-1]["last_position"] if len(rows) > limit > 0 else None,
    }


def build_dataset(
    catalog: Catalog, uri: str, *, limit: int, versions: int | None = None
) -> Document:
    """Return the versions of a file, and the runs that read or wrote it.

    Args:
        catalog: The catalog to query.
        uri: The file, as the history names it.
        limit: Maximum number of runs to list, latest first.
        versions: Maximum number of versions to list, latest first; all when None.

    Returns:
        A document with uri, version_count (all of them), versions (newest first: sha256,
        size_bytes, format, row_count, produced_by_run, produced_by_task, first_at as ISO 8601 in
        UTC, first_position, last_position, columns in file order, and change: added and removed,
        the names of columns beside the version before; both None where they are not recorded, and
        change for the first version), about (what was said of the latest version when it was
        written: artifact_type, description, category, tags and artifact_group; None if no run
        wrote it) and uses (run_id, task_id, status, started_at, started_position, wrote).

    Raises:
        DatasetNotFoundError: The history does not know the file.
    """
    # one more, to compare the last one with
    most = None if versions is None else versions + 1
    found = catalog.rows(_SQL["versions"], {"uri": uri, "versions": most})
    if not found:
        raise DatasetNotFoundError(f"file {uri!r}", problem="no run read or wrote it")
    uses = catalog.rows(_SQL["uses"], {"uri": uri, "limit": limit})
    changes = [_change(new, old) for new, old in pairwise([*found, None])]
    listed = [plain(row) | {"change": change} for row, change in zip(found, changes, strict=True)]
    return {
        "uri": uri,
        "version_count": catalog.value(_SQL["version_count"], {"uri": uri}),
        "versions": listed[:versions],
        "about": catalog.row(_SQL["about"], {"uri": uri, "sha256": found[0]["sha256"]}),
        "uses": [plain(row) for row in uses],
    }


def _change(new: Document | None, old: Document | None) -> Document | None:
    """Return what became of the columns of a version; None where one of the two is not known."""
    if new is None or old is None or new["columns"] is None or old["columns"] is None:
        return None
    return {
        "added": [name for name in new["columns"] if name not in old["columns"]],
        "removed": [name for name in old["columns"] if name not in new["columns"]],
    }
