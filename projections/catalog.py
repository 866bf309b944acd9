"""Ask the read models: one read-only DuckDB connection at one position of the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from lineage.kernel.errors import QueryError

Parameters = Sequence[object] | Mapping[str, object]


class Catalog:
    """The tables and views of `projections/sql`, folded up to `position`.

    Close it, or use it as a context manager. It never changes: later events need a new one.

    Args:
        connection: A connection nobody else uses.
        position: The last position that is folded in.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, position: int) -> None:
        self.position = position
        self._connection = connection

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return the rows of a query as an Arrow table.

        Args:
            sql: One statement.
            parameters: Values for `?` or `$name` in it.

        Raises:
            QueryError: It is wrong, writes, or reaches outside the catalog.
        """
        try:
            return self._relation(sql, parameters).to_arrow_table()
        except duckdb.Error as error:
            raise _query_error(error) from error

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries; JSON columns are decoded.

        Raises:
            QueryError: As in `arrow`.
        """
        try:
            relation = self._relation(sql, parameters)
            types = zip(relation.columns, relation.types, strict=True)
            json_columns = {name for name, kind in types if str(kind) == "JSON"}
            rows: list[dict[str, Any]] = relation.to_arrow_table().to_pylist()
        except duckdb.Error as error:
            raise _query_error(error) from error
        for row in rows:
            for column in json_columns & row.keys():
                row[column] = None if row[column] is None else json.loads(row[column])
        return rows

    def row(self, sql: str, parameters: Parameters = ()) -> dict[str, Any] | None:
        """Return the first row of a query; None when there is none.

        Raises:
            QueryError: As in `arrow`.
        """
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Return the first value of the first row; None when there is none.

        Raises:
            QueryError: As in `arrow`.
        """
        row = self.row(sql, parameters)
        return next(iter(row.values())) if row else None

    def _relation(self, sql: str, parameters: Parameters) -> duckdb.DuckDBPyRelation:
        relation = self._connection.sql(sql, params=parameters or None)
        if relation is None:
            raise duckdb.InvalidInputException("the statement returns no rows")
        return relation

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _query_error(error: duckdb.Error) -> QueryError:
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    return QueryError(
        "query",
        found=lines[0] if lines else type(error).__name__,
        expected="one reading statement over the catalog's tables",
        remedy='`lineage query "show tables"` lists them',
    )
