"""What a catalog contains: its documented tables and columns, and the words of SQL."""

from __future__ import annotations

from typing import Final

from projections.catalog.answer import Answer
from projections.catalog.catalog import Catalog

_TABLES: Final = """
select table_name as name, 'table' as kind, comment as meaning
from duckdb_tables()
where not internal
union all
select view_name, 'view', comment from duckdb_views() where not internal
order by name
"""
_COLUMNS: Final = """
select table_name as "table", column_name as "column", data_type as type, comment as meaning
from duckdb_columns()
where not internal and table_name = coalesce($table, table_name)
order by table_name, column_index
"""
_WORDS: Final = """
select word
from (
  select keyword_name as word, 1 as place from duckdb_keywords()
  union all
  select function_name, 2
  from duckdb_functions()
  where regexp_full_match(function_name, '[a-z][a-z0-9_]*')
    and not regexp_matches(function_name, '^(duckdb|pg|pragma|test)_')
)
group by word
order by min(place), word
"""


def tables(catalog: Catalog) -> Answer:
    """Return the tables and views: name, kind (table or view) and meaning, sorted by name."""
    return catalog.sql(_TABLES)


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
    return catalog.sql(_COLUMNS, {"table": table})


def words(catalog: Catalog) -> list[str]:
    """Return the keywords of SQL, then the names of functions, each sorted."""
    return [row["word"] for row in catalog.rows(_WORDS)]
