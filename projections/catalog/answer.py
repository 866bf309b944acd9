"""The rows of one query, in the form the caller wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb

from lineage.kernel.errors import ConfigurationError, QueryError
from projections.catalog.limits import Limits
from projections.catalog.query_errors import too_much_memory
from projections.catalog.rows import Parameters, Rows

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

SHOWN_ROWS: Final = 20
"""Rows of an answer that a notebook shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A statement, and the catalog it is run on.

    Attributes:
        connection: The catalog's own connection.
        tables: Name to table of additional tables.
        sql: One statement.
        parameters: Values for `?` or `$name` in it.
        limits: What it may use.
        setup: Statements that are run before it.
    """

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, pa.Table]
    sql: str
    parameters: Parameters
    limits: Limits
    setup: str = ""

    def begin(self) -> Rows:
        """Run it on a separate connection.

        Raises:
            QueryError: The catalog is closed, or as in `Rows`.
            QueryStoppedError: It reached a limit.
        """
        try:
            cursor = self.connection.cursor()
            for name, table in self.tables.items():
                cursor.register(name, table)
            if self.setup:
                cursor.execute(self.setup)
        except duckdb.Error as error:
            raise QueryError("query", problem=str(error), expected="an open catalog") from error
        return Rows(cursor, self.sql, self.parameters, self.limits)


class Answer:
    """The answer to a query; each method that returns its rows runs the query again.

    Duplicate column names are made unique: the second becomes "name_1". Libraries that support
    Arrow's capsules (`polars.DataFrame(answer)`, `pyarrow.table(answer)`) accept it directly.

    Args:
        query: The query; its memory limit also bounds all rows together.
    """

    def __init__(self, query: Query) -> None:
        self._query = query

    def stream(self) -> Rows:
        """Run the query and return its rows, to be read batch by batch.

        Raises:
            QueryError: The statement is wrong, writes, or reaches outside the catalog.
            QueryStoppedError: It reached a limit.
        """
        return self._query.begin()

    def arrow(self) -> pa.Table:
        """Return all rows as an Arrow table; errors as in `stream`."""
        return self._collect()[0]

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows as dictionaries; JSON columns are decoded. Errors as in `stream`."""
        if self._query.limits.memory_bytes is None:
            with self.stream() as rows:
                return [row for batch in rows.batches() for row in rows.records(batch)]
        from projections.catalog.arrow_rows import records  # noqa: PLC0415  # start-up time

        table, types = self._collect()  # Arrow knows how many bytes its rows take
        return records(table, types)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows as tuples, with values as in `rows`. Errors as in `stream`."""
        return [tuple(row.values()) for row in self.rows()]

    def df(self) -> pd.DataFrame:
        """Return all rows as a pandas data frame. Errors as in `stream`."""
        frame: pd.DataFrame = self.arrow().to_pandas()
        return frame

    def pl(self) -> pl.DataFrame:
        """Return all rows as a Polars data frame. Errors as in `stream`.

        Raises:
            ConfigurationError: Polars is not installed.
        """
        try:
            import polars as pl  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise ConfigurationError(
                "polars",
                problem="not installed",
                remedy="install privacy-lineage[polars], or use .arrow() or .df()",
            ) from error
        return pl.DataFrame(self.arrow())

    def _repr_html_(self) -> str:
        """Return the first rows as a table, for a notebook. Errors as in `stream`."""
        from projections.html_table import html_table  # noqa: PLC0415  # start-up time

        shown: list[dict[str, Any]] = []
        with self.stream() as rows:
            for batch in rows.batches():
                shown += rows.records(batch[: SHOWN_ROWS + 1 - len(shown)])
                if len(shown) > SHOWN_ROWS:
                    break
            names = rows.names
        if not shown:
            return html_table(names, [[None] * len(names)], more="no rows")
        more = f"the first {SHOWN_ROWS} rows; .df() has all" if len(shown) > SHOWN_ROWS else ""
        return html_table(names, (row.values() for row in shown[:SHOWN_ROWS]), more=more)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.arrow().__arrow_c_stream__(requested_schema)

    def _collect(self) -> tuple[pa.Table, list[str]]:
        import pyarrow as pa  # noqa: PLC0415  # start-up time

        batches, size_bytes = [], 0
        allowed = self._query.limits.memory_bytes
        with self.stream() as rows:
            for batch in rows:
                batches.append(batch)
                size_bytes += batch.nbytes
                if allowed is not None and size_bytes > allowed:
                    raise too_much_memory()
            return pa.Table.from_batches(batches, rows.schema), rows.types
