"""Join two tables on a key, by the product's types rather than Arrow's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import OperationError
from ops.data import column_types, row_values
from ops.profiling import plain_values

_DIGITS: Final = 76
_UNITS: Final = ("s", "ms", "us", "ns")
_TARGETS: Final[tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...]] = (
    (column_types.is_text, pa.large_string()),
    # Holds every integer from the lowest int64 to the highest uint64.
    (pa.types.is_integer, pa.decimal128(20, 0)),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_date, pa.date64()),
    (pa.types.is_time, pa.time64("ns")),
)
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
        f"join key {key!r}", first.type, lambda: _comparable(first, second, key)
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


def _comparable(first: pa.ChunkedArray, second: pa.ChunkedArray, key: str) -> _Keys:
    """Return both keys in one type, NaN as null.

    Raises:
        OperationError: Their types do not join.
    """
    plain = [row_values.plain(column) for column in (first, second)]
    kinds = [column.type for column in plain]
    is_extended = any(isinstance(c.type, pa.BaseExtensionType) for c in (first, second))
    target = _common(*kinds) if not is_extended or first.type == second.type else None
    if target is None:
        raise OperationError(
            f"join key {key!r}",
            problem=f"{first.type} in one dataset and {second.type} in the other",
            expected="text, integers, floats, decimals, or one other type in both",
            remedy="declare its type when the files are added",
        )
    left, right = (_without_nan(column.cast(target)) for column in plain)
    return left, right


def _common(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """Return the type in which values of two types are compared; None if they are not."""
    kinds = (first, second)
    if first == second or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    if all(map(pa.types.is_decimal, kinds)):
        return pa.decimal256(_DIGITS, max(kind.scale for kind in kinds))
    if all(map(pa.types.is_timestamp, kinds)):
        unit = max((kind.unit for kind in kinds), key=_UNITS.index)
        return pa.timestamp(unit, first.tz) if (first.tz is None) == (second.tz is None) else None
    return next((target for is_kind, target in _TARGETS if all(map(is_kind, kinds))), None)


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    floats = column.cast(pa.float64())
    return pc.if_else(pc.is_nan(floats), pa.scalar(None, pa.float64()), floats)


def _taken(column: pa.ChunkedArray, name: str, rows: pa.Array) -> pa.ChunkedArray:
    def take() -> pa.ChunkedArray:
        return _takeable(column).take(rows)

    return plain_values.computed(f"column {name!r}", column.type, take)


def _takeable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return views and runs as the values that Arrow can take from."""
    kind = column.type
    is_form = (
        pa.types.is_string_view(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_run_end_encoded(kind)
    )
    return row_values.plain(column) if is_form else column
