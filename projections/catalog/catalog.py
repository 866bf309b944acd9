"""Query the read models: a read-only DuckDB connection at one position of the ledger."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from lineage.kernel.files import PART_SUFFIX
from projections.catalog.answer import Answer, Query
from projections.catalog.limits import UNLIMITED, Limits, has_abandoned
from projections.catalog.rows import Parameters

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)

CONFIGURATION: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "storage_compatibility_version": "v1.4.0",
}
"""Settings of every connection.

Nothing is fetched from the network, and the file can be read by clients of DuckDB 1.4 and newer.
"""

CAN_HOLD: Final = os.name != "nt"
"""Windows cannot replace an open file, nor rename one: holding it would keep others from
publishing."""

_CONFINEMENT: Final = (
    "set global timezone = 'UTC'",
    "set global python_enable_replacements = false",
    "set global errors_as_json = true",
    "set global temp_directory = ''",  # a query too large for memory fails
    "set global enable_external_access = false",
    "set global allowed_configs = ['memory_limit']",  # for `limit`; queries may not set
    "set global lock_configuration = true",
)
_SIZE: Final = "select (total_blocks * block_size)::bigint from pragma_database_size()"
_POSITION_OF_A_WHOLE_FILE: Final = """
select position
from catalog_info, pragma_database_size()
where total_blocks * block_size <= ?
"""
_MEMORY_IN_USE: Final = "select sum(memory_usage_bytes)::bigint from duckdb_memory()"


class Catalog:
    """The tables and views of `projections/sql`, folded up to `position`.

    Close it, or use it as a context manager. It never changes: later events need a new one, and
    no statement can write, reach outside, or change a setting.

    Args:
        connection: A connection for this catalog only.
        position: The last position that is folded in.
        is_confined: Whether the connection already belongs to a catalog.
        on_close: Called after the connection was closed.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        position: int,
        *,
        is_confined: bool = False,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.position = position
        self._connection = connection
        self._on_close = on_close
        self._limits = UNLIMITED
        self._registered: dict[str, pa.Table] = {}
        self._setup = ""
        self._veil: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        for statement in () if is_confined else _CONFINEMENT:
            connection.execute(statement)

    def share(self) -> Catalog:
        """Return another catalog of the same file; a memory limit applies to both."""
        return Catalog(self._connection.cursor(), self.position, is_confined=True)

    def limit(self, limits: Limits) -> Self:
        """Limit what each query may use from now on, and return the catalog."""
        self._limits = limits
        if limits.memory_bytes is not None:
            # The catalog's own memory does not count.
            (in_use,) = self._connection.execute(_MEMORY_IN_USE).fetchall()[0]
            allowed = limits.memory_bytes + in_use
            self._connection.execute(f"set global memory_limit = '{allowed} bytes'")
        return self

    def before_each_query(self, sql: str) -> Self:
        """Run statements on the connection of each query from now on, and return the catalog.

        Args:
            sql: What a reading connection may do, such as making temporary views.
        """
        self._setup = sql
        return self

    def veil(self, shown: Callable[[dict[str, Any]], dict[str, Any]]) -> Self:
        """Change each row of `rows`, `row` and `value` from now on, and return the catalog.

        Args:
            shown: Returns a row with what may be shown of it.
        """
        self._veil = shown
        return self

    def register(self, name: str, table: pa.Table) -> Self:
        """Add a table for the queries of this catalog, and return the catalog."""
        self._registered[name] = table
        return self

    def sql(self, sql: str, parameters: Parameters = ()) -> Answer:
        """Return the answer to a query, which runs when its rows are read.

        Args:
            sql: One statement.
            parameters: Values for `?` or `$name` in it.
        """
        return Answer(
            Query(
                connection=self._connection,
                tables=self._registered,
                sql=sql,
                parameters=parameters,
                limits=self._limits,
                setup=self._setup,
            )
        )

    def arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return the rows of a query as an Arrow table.

        Duplicate column names are made unique: the second becomes "name_1".

        Args:
            sql: One statement.
            parameters: Values for `?` or `$name` in it.

        Raises:
            QueryError: It is wrong, writes, or reaches outside the catalog.
            QueryStoppedError: It reached a limit.
        """
        return self.sql(sql, parameters).arrow()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries; JSON columns are decoded.

        Raises:
            QueryError: As in `arrow`.
        """
        found = self.sql(sql, parameters).rows()
        return found if self._veil is None else [self._veil(row) for row in found]

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

    def close(self) -> None:
        """Close the connection; if a query could not be stopped, it stays open until that ends."""
        try:
            self._connection.close()
        except duckdb.Error:
            if not has_abandoned():
                raise
        on_close, self._on_close = self._on_close, lambda: None
        on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_file(path: Path) -> Catalog | None:
    """Open the newest catalog published at a path; None if it cannot be read."""
    try:
        with _alias(path) as alias:
            return _open_read_only(alias)
    except FileNotFoundError:
        return None
    except OSError:
        return _open_read_only(path)


def open_in_place(path: Path) -> Catalog | None:
    """Open a published catalog under its own name, which makes no file; None if it cannot be read.

    A process that opened it before gets the same state again, see `open_file`.
    """
    return _open_read_only(path) if path.is_file() else None


def open_new(path: Path, position: int) -> Catalog | None:
    """Open a new file before it is published, and make it as long as its header says.

    DuckDB counts free blocks before it cuts them off the end, and `open_file` treats a file that
    is too short as truncated.

    Args:
        path: The file.
        position: The last position that is folded in.

    Returns:
        The catalog; None where an open file cannot be renamed.
    """
    with suppress(OSError):  # no second names on this disk
        if CAN_HOLD:
            with _alias(path) as alias:
                connection = _connect(alias)
                _extend(path, connection)
                return Catalog(connection, position)
    fill_up(path)
    return None


def fill_up(path: Path) -> None:
    """Make a file as long as its header says, as in `open_new`."""
    with _connect(path) as connection:
        _extend(path, connection)


@contextmanager
def _alias(path: Path) -> Iterator[Path]:
    """Give a file another name while it is opened.

    A DuckDB process keeps one instance per file name, so a fresh name is needed to see the newest
    file; the name can be removed once the file is open.
    """
    alias = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART_SUFFIX}")
    alias.hardlink_to(path)
    try:
        yield alias
    finally:
        with suppress(OSError):
            alias.unlink()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True, config=CONFIGURATION)


def _extend(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    announced = connection.sql(_SIZE).fetchall()[0][0]
    if path.stat().st_size < announced:
        os.truncate(path, announced)


def remove_aliases(path: Path) -> None:
    """Remove the names that killed readers left; a reader about to open its own tries again."""
    for alias in path.parent.glob(f".{path.name}.*{PART_SUFFIX}"):
        with suppress(OSError):
            alias.unlink()


def _open_read_only(path: Path) -> Catalog | None:
    try:
        connection = _connect(path)
    except duckdb.Error as error:
        _log.info("cannot open a catalog: %s", error)
        return None
    try:
        # DuckDB opens a truncated file, and fails when it reads past the end.
        rows = connection.sql(_POSITION_OF_A_WHOLE_FILE, params=[path.stat().st_size]).fetchall()
        if rows:
            return Catalog(connection, rows[0][0])
    except (duckdb.Error, OSError) as error:
        _log.info("cannot read a catalog: %s", error)
    connection.close()
    return None
