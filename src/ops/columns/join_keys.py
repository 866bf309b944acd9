"""Keys of two tables in one type, by the product's types rather than Arrow's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import OperationError
from ops.data import column_types, row_values

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


def comparable(
    first: pa.ChunkedArray, second: pa.ChunkedArray, key: str
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return both keys in one type, NaN as null.

    Text is compared with text in any form (dictionaries and views of it too), integers with
    integers of any width and sign, floats with floats, decimals with decimals, and dates and
    times with those of any unit. Any other type is compared only with itself.

    Args:
        first: The key of one table.
        second: That of the other.
        key: What it is called, for the message.

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
