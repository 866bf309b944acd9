"""Join two tables on a key, by the product's types rather than Arrow's."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import OperationError
from ops.columns import join_keys
from ops.data import row_values
from ops.profiling import plain_values

_Keys = tuple[pa.ChunkedArray, pa.ChunkedArray]


def join(primary: pa.Table, secondary: pa.Table, key: str) -> pa.Table:
    """Join two tables on a key that is unique in at least one of them.

    Text joins text in any form (dictionaries and views of it too), integers join integers of any
    width and sign, floats join floats, decimals decimals, and
    dates and times those of any unit; values are
    equal if they are exactly the same. Any other type joins only itself.

    Args:
        primary: Has the key and any other columns.
        secondary: Has the key and any other columns.
        key: A column of both; null and NaN match nothing.

    Returns:
        The columns of the primary, then those of the secondary, without the key. A row for
        each row of the table in which the key repeats, in its order, that has a partner.

    Raises:
        OperationError: The key repeats in both, or its types do not join; or a column cannot
            be joined, which the message names.
    """
    first, second = (table.column(key) for table in (primary, secondary))
    keys = plain_values.computed(
        f"join key {key!r}", first.type, lambda: join_keys.comparable(first, second, key)
    )
    one, partner = plain_values.computed(
        f"join key {key!r}", first.type, lambda: _partners(keys, key)
    )
    has_partner = pc.is_valid(partner)
    sides = {one: partner.filter(has_partner), 1 - one: pc.indices_nonzero(has_partner)}
    columns = {}
    for side, table in enumerate((primary, secondary)):
        for name, column in zip(table.column_names, table.columns, strict=True):
            if name != key:
                columns[side, name] = _taken(column, name, sides[side])
    return pa.table(list(columns.values()), [name for _, name in columns])


def _partners(keys: _Keys, key: str) -> tuple[int, pa.ChunkedArray]:
    """Return which side has each key once, and its row for each row of the other; else null."""
    is_unique = [
        pc.count_distinct(found, mode="only_valid").as_py() == len(found) - found.null_count
        for found in keys
    ]
    if not any(is_unique):
        raise OperationError(
            f"join key {key!r}",
            problem="its values repeat in both datasets",
            expected="a key that is unique in one of them",
            remedy="aggregate one of the datasets first",
        )
    one = 0 if is_unique[0] else 1
    partner = pc.index_in(keys[1 - one], value_set=keys[one], skip_nulls=True)
    return one, pc.if_else(pc.is_valid(keys[1 - one]), partner, pa.scalar(None, pa.int32()))


def _taken(column: pa.ChunkedArray, name: str, rows: pa.Array) -> pa.ChunkedArray:
    def take() -> pa.ChunkedArray:
        return row_values.takeable(column).take(rows)

    return plain_values.computed(f"column {name!r}", column.type, take)
