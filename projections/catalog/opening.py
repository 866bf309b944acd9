"""Open a catalog for questions that somebody types, under limits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from lineage.kernel.errors import ProjectionError
from projections.catalog.catalog import Catalog, open_file
from projections.catalog.limits import QUERY_LIMITS, Limits
from projections.catalog.moments import Moment
from projections.catalog.projector import Projector

CATALOG_FILE: Final = ".lineage/catalog.duckdb"
"""Where a project publishes its catalog, relative to its folder."""


@runtime_checkable
class HasProjector(Protocol):
    """What has a projector, as `lineage.project.Project` does."""

    @property
    def projector(self) -> Projector:
        """Builds its catalogs."""
        ...


def open_catalog(
    source: HasProjector | str | os.PathLike[str],
    *,
    as_of: Moment | None = None,
    as_known_at: Moment | None = None,
    limits: Limits = QUERY_LIMITS,
) -> Catalog:
    """Open a catalog to ask it in SQL.

    Args:
        source: A project, whose catalog is brought up to date first; or the path of a project or
            of a catalog file, for what was last published there, up to `position`.
        as_of: What had happened: a position or a timezone-aware time; None for all. Needs a
            project, as a published file knows one position only.
        as_known_at: What was known: likewise.
        limits: What each query may use.

    Returns:
        A catalog; close it, or use it as a context manager.

    Raises:
        LedgerError: The ledger cannot be read.
        MomentError: A time has no offset or has not come yet, or a position lies outside.
        ProjectionError: The catalog cannot be brought up to date, or there is no file that can
            be read, or a file was asked for the past.
    """
    if isinstance(source, HasProjector):
        projector = source.projector
        is_past = (as_of, as_known_at) != (None, None)
        opened = (
            projector.as_of(as_of, as_known_at=as_known_at)
            if is_past
            else projector.open(is_own=True)
        )
        return opened.limit(limits)
    if (as_of, as_known_at) != (None, None):
        raise ProjectionError(
            "catalog as of the past",
            found=str(source),
            expected="a project, which has all events",
            remedy="give projections.open what `lineage.project.Project.open` returns",
        )
    return _open_published(Path(source)).limit(limits)


def _open_published(path: Path) -> Catalog:
    file = path / CATALOG_FILE if path.is_dir() else path
    catalog = open_file(file)
    if catalog is None:
        raise ProjectionError(
            f"catalog {str(file)!r}",
            found="a file that cannot be read" if file.exists() else "no such file",
            expected="a published catalog",
            remedy="`lineage rebuild` makes it anew from the ledger",
        )
    return catalog
