"""Compare a published catalog with a fold of the same events."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lineage.kernel.errors import QueryError
from projections.catalog import folds
from projections.catalog.catalog import Catalog

_FILE: Final = "select path from duckdb_databases() where not internal"
_TABLES: Final = "select table_name as name from duckdb_tables() order by name"
_VIEWS: Final = "select view_name as name, sql from duckdb_views() where not internal"
_CONTENT: Final = 'select count(*) as n, sum(hash(t)::hugeint) as total from "{table}" t'


def differing_tables(published: Catalog, folded: Catalog) -> list[str]:
    """Return the names of the tables and views of a published catalog that are not as folded.

    Args:
        published: The catalog that a project opens. Of one in memory the views are not compared:
            they come from this release, not from a file.
        folded: A catalog in memory, at the same position.
    """
    found, expected = _contents(published), _contents(folded)
    if published.value(_FILE) is not None:
        found |= {row["name"]: row["sql"] for row in published.rows(_VIEWS)}
        expected |= _written_views()
    names = found.keys() | expected.keys()
    return sorted(name for name in names if found.get(name) != expected.get(name))


def _contents(catalog: Catalog) -> dict[str, object]:
    """Return table to something that is equal if the rows are, in whatever order."""
    return {row["name"]: _content(catalog, row["name"]) for row in catalog.rows(_TABLES)}


def _content(catalog: Catalog, table: str) -> object:
    try:
        return catalog.row(_CONTENT.format(table=table))
    except QueryError:  # damaged
        return None


def _written_views() -> dict[str, object]:
    """Return view to definition as a file has them: DuckDB rewords them when it opens one."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "catalog.duckdb")
        with folds.connect(path) as connection:
            folds.create(connection)
        with folds.connect(path) as connection:
            return dict(connection.execute(_VIEWS).fetchall())
