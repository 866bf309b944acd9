"""Which files are kept for longer than the project declares."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Any

from lineage.policies.periods import end_of
from lineage.project import Project
from projections import Catalog
from projections.privacy.file_evidence import first_seen


def list_retention(project: Project, catalog: Catalog | None = None) -> list[dict[str, Any]]:
    """Return the files on the disk whose datasets have a declared period, the most overdue first.

    Args:
        project: The project.
        catalog: Its catalog; it is opened when None.

    Returns:
        Objects with dataset, uri, since (when the content that is there was first on record, ISO
        8601), period, ends_at, is_over and size_bytes. A file that no run has read yet has no
        beginning, and is not listed.

    Raises:
        LedgerError: The history cannot be read.
        ProjectionError: Its catalog cannot be built.
    """
    declared = {
        project.display(one.path): (name, one.retention)
        for name, one in project.settings.datasets.items()
        if one.path is not None and one.retention is not None
    }
    now = project.clock.now()
    with nullcontext(catalog) if catalog is not None else project.catalog() as opened:
        versions = first_seen(opened, sorted(declared))
    since: dict[str, datetime] = {}
    for version in versions:  # the oldest: a new version does not make its people newer
        since.setdefault(version["uri"], version["first_at"])
    found = [
        _entry(project, uri, declared[uri], begun, now)
        for uri, begun in since.items()
        if (project.root / uri).is_file()
    ]
    return sorted(found, key=lambda one: str(one["ends_at"]))


def _entry(
    project: Project, uri: str, declared: tuple[str, str | None], since: datetime, now: datetime
) -> dict[str, Any]:
    name, period = declared
    assert period is not None  # noqa: S101  # only those that have one
    ends_at = end_of(since, period)
    return {
        "dataset": name,
        "uri": uri,
        "since": since.isoformat(),
        "period": period,
        "ends_at": ends_at.isoformat(),
        "is_over": ends_at < now,
        "size_bytes": (project.root / uri).stat().st_size,
    }
