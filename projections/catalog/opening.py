"""Open a catalog for queries that a person types, under limits."""

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
    """An object with a projector, such as `lineage.project.Project`."""

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
    """Open a catalog to query it in SQL.

    Args:
        source: A project, whose catalog is brought up to date first; or the path of a project or
            of a catalog file, for the catalog last published there.
        as_of: What had happened by then: a position or a timezone-aware time; None for
            everything. Needs a project, because a published file has only one position.
        as_known_at: What was recorded by then: a position or time, as for `as_of`.
        limits: What each query may use.

    Returns:
        A catalog; close it, or use it as a context manager.

    Raises:
        LedgerError: The ledger cannot be read.
        MomentError: A time has no offset or is in the future, or a position is outside the ledger.
        ProjectionError: The catalog cannot be brought up to date, there is no readable file, or a
            file was asked for the past.
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
            expected="a project",
            remedy="open one with `lineage.project.Project.open` and pass it to projections.open",
        )
    return _open_published(Path(source)).limit(limits)


def _open_published(path: Path) -> Catalog:
    file = path / CATALOG_FILE if path.is_dir() else path
    catalog = open_file(file)
    if catalog is None:
        raise ProjectionError(
            f"catalog {str(file)!r}",
            problem="cannot be read" if file.exists() else "no such file",
            remedy="run `lineage rebuild` to build it from the ledger",
        )
    return catalog
