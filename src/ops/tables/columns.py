"""Columns of whole tables: checked by name, in types that can be queried and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from ops.data import frames, row_values


def for_query(table: pa.Table) -> pa.Table:
    """Return a table in types that DuckDB knows; of a type that it does not, the values."""
    columns = [_known(column) for column in table.columns]
    return pa.table(columns, table.column_names)


def require_different(subject: str, names: Sequence[str]) -> None:
    """Refuse a parameter that names a column twice.

    Args:
        subject: The parameter, for the message.
        names: The columns.

    Raises:
        ConfigurationError: One of them is repeated.
    """
    twice = frames.first_repeated(names)
    if twice is not None:
        raise ConfigurationError(
            subject, problem=f"{twice!r} is named twice", expected="different columns"
        )


def require_column(subject: str, header: Iterable[str], name: str) -> None:
    """Refuse a column that a dataset does not have, see `frames.choose_columns`."""
    frames.choose_columns(subject, list(header), [name])


def _known(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column
    column = row_values.plain(column)
    return column.cast(pa.float32()) if pa.types.is_float16(column.type) else column
