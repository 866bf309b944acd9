"""Prints of columns: what tells whether two columns hold the same values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from lineage.kernel.packages.statements import statements
from ops.columns.confinement import CONFINED

_SQL: Final = statements(__name__)
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPrint:
    """What is equal for two columns that hold the same values, in whatever order.

    Attributes:
        kind: The kind of values, see `alike.alike`.
        rows: How many rows there are.
        values: How many of them are not null.
        one: Sum of a hash of all values.
        two: Sum of another hash of them.
    """

    kind: str
    rows: int
    values: int
    one: int
    two: int


def print_columns(columns: Mapping[_Key, tuple[str, pa.ChunkedArray]]) -> dict[_Key, ColumnPrint]:
    """Return the prints of columns, all from one pass over their rows.

    A column whose values DuckDB cannot take has none.

    Args:
        columns: By name, the kind of values and the values, from `alike.alike`; equally many
            rows, at least one.
    """
    if not columns:
        return {}
    try:
        return _printed(columns)
    except (duckdb.Error, pa.ArrowException):
        if len(columns) == 1:
            return {}
    each = [print_columns({name: column}) for name, column in columns.items()]
    return {name: found for prints in each for name, found in prints.items()}


def _printed(columns: Mapping[_Key, tuple[str, pa.ChunkedArray]]) -> dict[_Key, ColumnPrint]:
    labels = [f"c{at}" for at in range(len(columns))]
    kinds, values = zip(*columns.values(), strict=True)
    rows = len(values[0])
    frame = pa.table(list(values), labels)
    sql = _SQL["frame"].format(
        prints=", ".join(_SQL["print"].format(column=label) for label in labels),
        hashes=", ".join(map(_hashes, labels, values)),
    )
    with duckdb.connect(config=CONFINED) as connection:
        connection.register("frame", frame)
        (found,) = connection.execute(sql).fetchall()
    facts = zip(found[::3], found[1::3], found[2::3], strict=True)
    return {
        name: ColumnPrint(kind=kind, rows=rows, values=count, one=one or 0, two=two or 0)
        for name, kind, (count, one, two) in zip(columns, kinds, facts, strict=True)
    }


def _hashes(label: str, values: pa.ChunkedArray) -> str:
    is_varying = not pa.types.is_primitive(values.type) and not pa.types.is_decimal(values.type)
    second = _SQL["second_of_varying" if is_varying else "second_of_fixed"]
    return _SQL["hash"].format(column=label, second=second.format(column=label))
