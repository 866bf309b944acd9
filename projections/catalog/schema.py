"""What a catalog contains: its documented tables and columns, and the words of SQL."""

from __future__ import annotations

from typing import Final

from lineage.kernel.packages.statements import statements
from projections.catalog.answer import Answer
from projections.catalog.catalog import Catalog

_SQL: Final = statements(__name__)


def tables(catalog: Catalog) -> Answer:
    """Return the tables and views: name, kind (table or view) and meaning, sorted by name."""
    return catalog.sql(_SQL["tables"])


def columns(catalog: Catalog, table: str | None = None) -> Answer:
    """Return the columns in order: table, column, type and meaning.

    Args:
        catalog: The catalog.
        table: A table or view; all of them when None.

    Raises:
        QueryError: There is no such table; the error names the nearest.
    """
    if table is not None:
        quoted = table.replace('"', '""')
        catalog.row(f'from "{quoted}" limit 0')
    return catalog.sql(_SQL["columns"], {"table": table})


def words(catalog: Catalog) -> list[str]:
    """Return the keywords of SQL, then the names of functions, each sorted."""
    return [row["word"] for row in catalog.rows(_SQL["words"])]
