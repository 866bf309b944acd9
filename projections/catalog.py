"""Ask the read models: one read-only DuckDB connection at one position of the ledger."""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from lineage.kernel.errors import QueryError
from lineage.kernel.files import PART_SUFFIX

_log = logging.getLogger(__name__)

Parameters = Sequence[object] | Mapping[str, object]

CONFIGURATION: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""Settings of every connection: nothing is fetched from the network."""

_CONFINEMENT: Final = (
    "set timezone = 'UTC'",
    "set python_enable_replacements = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
_READING: Final = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.MULTI,  # a pivot over values it has to look up first
}
_SIZE: Final = "select (total_blocks * block_size)::bigint from pragma_database_size()"
_POSITION_OF_A_WHOLE_FILE: Final = f"select position from catalog_info where ({_SIZE}) <= ?"  # noqa: S608  # constants
_TIME: Final = pa.timestamp("us", tz="UTC")
_DECODERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "JSON": json.loads,
    "HUGEINT": int,
    "UHUGEINT": int,
    "TIMESTAMP WITH TIME ZONE": lambda moment: moment.replace(tzinfo=UTC),
}


class Catalog:
    """The tables and views of `projections/sql`, folded up to `position`.

    Close it, or use it as a context manager. It never changes: later events need a new one, and
    no statement can write, reach outside, or change a setting.

    Args:
        connection: A connection nobody else uses.
        position: The last position that is folded in.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, position: int) -> None:
        self.position = position
        self._connection = connection
        for statement in _CONFINEMENT:
            connection.execute(statement)

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return the rows of a query as an Arrow table.

        Columns of one name are told apart: the second becomes "name_1".

        Args:
            sql: One statement.
            parameters: Values for `?` or `$name` in it.

        Raises:
            QueryError: It is wrong, writes, or reaches outside the catalog.
        """
        with self._reading(sql):
            return _with_distinct_names(self._relation(sql, parameters).to_arrow_table())

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries; JSON columns are decoded.

        Raises:
            QueryError: As in `arrow`.
        """
        with self._reading(sql):
            relation = self._relation(sql, parameters)
            decoders = [_DECODERS.get(str(kind)) for kind in relation.types]
            table = _with_distinct_names(relation.to_arrow_table())
            rows: list[dict[str, Any]] = _without_zones(table).to_pylist()
        for name, decode in zip(table.column_names, decoders, strict=True):
            if decode is not None:
                for row in rows:
                    row[name] = None if row[name] is None else decode(row[name])
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

    @contextmanager
    def _reading(self, sql: str) -> Iterator[None]:
        """Let one statement read, and translate its errors."""
        try:
            _check_reads(self._connection.extract_statements(sql))
            self._connection.execute("begin transaction read only")
            try:
                yield
            finally:
                self._connection.execute("rollback")
        except (duckdb.Error, pa.ArrowException, ValueError, OverflowError) as error:
            raise _query_error(error) from error

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


def open_file(path: Path) -> Catalog | None:
    """Open the newest catalog that was published at a path; None if it cannot be read."""
    # A DuckDB process keeps one instance a file name, so a fresh name is needed to see the
    # newest file; the name can go once the file is open.
    alias = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART_SUFFIX}")
    try:
        alias.hardlink_to(path)
    except FileNotFoundError:
        return None
    except OSError:
        return _open_read_only(path)
    try:
        return _open_read_only(alias)
    finally:
        with suppress(OSError):
            alias.unlink()


def fill_up(path: Path) -> None:
    """Give a new catalog file the length that its header announces.

    DuckDB cuts free blocks off the end after it has counted them, and `open_file` takes a file
    that is too short for one whose end was lost.
    """
    with duckdb.connect(str(path), read_only=True, config=CONFIGURATION) as connection:
        announced = connection.sql(_SIZE).fetchall()[0][0]
    if path.stat().st_size < announced:
        os.truncate(path, announced)


def remove_aliases(path: Path) -> None:
    """Remove the names that killed readers left; one that is about to open its own tries again."""
    for alias in path.parent.glob(f".{path.name}.*{PART_SUFFIX}"):
        with suppress(OSError):
            alias.unlink()


def _open_read_only(path: Path) -> Catalog | None:
    try:
        connection = duckdb.connect(str(path), read_only=True, config=CONFIGURATION)
    except duckdb.Error as error:
        _log.info("cannot open a catalog: %s", error)
        return None
    try:
        # DuckDB opens a file whose end is missing, and fails when it reads there.
        rows = connection.sql(_POSITION_OF_A_WHOLE_FILE, params=[path.stat().st_size]).fetchall()
        if rows:
            return Catalog(connection, rows[0][0])
    except (duckdb.Error, OSError) as error:
        _log.info("cannot read a catalog: %s", error)
    connection.close()
    return None


def _check_reads(statements: Sequence[duckdb.Statement]) -> None:
    if len(statements) != 1 or statements[0].type not in _READING:
        found = " and ".join(str(s.type).rpartition(".")[2].lower() for s in statements)
        raise duckdb.InvalidInputException(f"Permission Error: {found or 'no'} statement")


def _with_distinct_names(table: pa.Table) -> pa.Table:
    names: list[str] = []
    for name in table.column_names:
        candidates = (name, *(f"{name}_{i}" for i in range(1, table.num_columns)))
        names.append(next(c for c in candidates if c not in names))
    return table.rename_columns(names)


def _without_zones(table: pa.Table) -> pa.Table:
    """Drop the zone of times, all of them UTC: to make it, pyarrow would import pandas."""
    fields = (
        field.with_type(pa.timestamp("us")) if field.type == _TIME else field
        for field in table.schema
    )
    return table.cast(pa.schema(fields))


def _query_error(error: Exception) -> QueryError:
    # A block with a wrong checksum is an error of no particular class.
    is_damage = isinstance(error, duckdb.IOException) or type(error) is duckdb.Error
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    return QueryError(
        "query",
        found=lines[0] if lines else type(error).__name__,
        expected="one reading statement over the catalog's tables",
        remedy="`lineage rebuild` makes a damaged catalog anew"
        if is_damage
        else '`lineage query "show tables"` lists them',
    )
