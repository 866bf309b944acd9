"""Columns of whole tables: checked by name, in types that can be queried and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.data import frames, row_values
from ops.result import OperationResult

ANY_ROLE: Final[tuple[ColumnRole, ...]] = tuple(ColumnRole)


def for_query(table: pa.Table) -> pa.Table:
    """Return a table in types that DuckDB knows; of a type that it does not, the values."""
    columns = [_known(column) for column in table.columns]
    return pa.table(columns, table.column_names)


def tell_passed_on(
    result: OperationResult, sources: Mapping[str, Iterable[str]], known: Collection[str]
) -> None:
    """Warn of columns that an output has unchanged, and that have no role.

    Args:
        result: Takes the warning.
        sources: Each unchanged column of the output, and the columns that it came from.
        known: Columns with a role.
    """
    undeclared = [name for name, origin in sources.items() if not {*origin} <= {*known}]
    roles.tell_undeclared(result, undeclared, how="passed on")


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


def require_columns(dataset: str, table: pa.Table, names: Sequence[str]) -> None:
    """Refuse columns that a dataset does not have.

    Raises:
        DataReadError: One is missing; lists names like it.
    """
    frames.choose_columns(f"dataset {dataset!r}", table.column_names, names)


def state_unchanged(
    result: OperationResult, path: Path, dataset: str, table: pa.Table, deciding: Sequence[str]
) -> None:
    """State that a file has rows of a dataset as they were, chosen by some of its columns.

    Args:
        result: Takes the lineage.
        path: The file.
        dataset: Where its rows came from.
        table: That dataset.
        deciding: Columns of it that decided which rows.
    """
    for name in table.column_names:
        result.derive(path, name, "identity", (dataset, name))
        others = [(dataset, other) for other in deciding if other != name]
        if others:
            result.derive(path, name, "transformation", *others, is_direct=False)
    result.details |= {"covered": [], "unchanged": table.column_names}


def _known(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column
    column = row_values.plain(column)
    return column.cast(pa.float32()) if pa.types.is_float16(column.type) else column
