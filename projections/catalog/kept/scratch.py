"""Databases in memory that are emptied and used again.

Making one takes a tenth of a second, twice what folding a short run takes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import duckdb

from projections.catalog import folds
from projections.catalog.limits import has_abandoned

_MOST_USES: Final = 50
"""DuckDB keeps some memory of the rows it deleted."""

_TABLES: Final = """
select table_name from duckdb_tables() where not internal and table_name <> 'catalog_info'
"""


@dataclass(slots=True)
class Scratch:
    """A database with the empty tables of a catalog.

    Attributes:
        connection: The connection that holds it in memory.
        uses: How many catalogs it has been before.
        is_documented: Whether its tables say what they mean.
    """

    connection: duckdb.DuckDBPyConnection
    uses: int = 0
    is_documented: bool = False

    def document(self) -> None:
        """Let the tables say what they mean, which takes twice as long as making them."""
        if not self.is_documented:
            folds.document(self.connection)
            self.is_documented = True

    def give_back(self) -> None:
        """Empty the tables for the next user; one database stays until the process ends."""
        self.uses += 1
        idle = _idle.setdefault(os.getpid(), [])
        if has_abandoned():  # closing would wait for it
            return
        if idle or self.uses == _MOST_USES or not self._empty():
            self.connection.close()
        else:
            idle.append(self)

    def _empty(self) -> bool:
        try:
            tables = self.connection.execute(_TABLES).fetchall()
            deletions = "".join(f"delete from {table};" for (table,) in tables)  # noqa: S608  # ours
            self.connection.execute(f"begin; {deletions} commit; reset memory_limit")
        except duckdb.Error:
            return False
        return True


_idle: Final[dict[int, list[Scratch]]] = {}
"""By process: a forked one has none of the threads that a database needs."""


def take() -> Scratch:
    """Return a database that nobody else uses until it is given back."""
    try:
        return _idle[os.getpid()].pop()
    except LookupError:
        connection = folds.connect()
        folds.create(connection)
        return Scratch(connection)
