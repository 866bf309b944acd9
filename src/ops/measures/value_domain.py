r"""The ordered values of one quasi-identifier, and how ranges of them read.

A column of numbers or dates is ordered by value and generalised to a range; anything else is
ordered by first appearance (an ordered categorical by its categories) and generalised to a set.

| generalised | reads |
| --- | --- |
| numbers from 17 to 25 | `17-25`; equal ends `17`; a negative end keeps its sign, `-5--3` |
| dates | `2020-01-31/2020-02-29`, the ISO 8601 interval |
| anything else | `Private|State-gov`, sorted; a `|` or `\` of a value is written `\|`, `\\` |
| nulls with other values | `<null>|17-25`, `<null>|Private` |
| nulls only | null |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from lineage.kernel.errors import AnonymizationError
from ops.measures.codes import Column, Integers, encode

NULL_TEXT: Final = "<null>"

Positions = npt.NDArray[np.float64]

# A power of two is exact, and this one keeps the difference of any two positions finite.
_POSITION_SCALE: Final = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The distinct values of a column in order.

    Attributes:
        is_range: True when an interval describes its values (numbers, dates).
        values: The values that are not null, in order; shape (values,).
        null_code: The code of null; None when the column has no null.
        positions: The place of each code on the scale on which widths are measured, never
            decreasing with the code: an eighth of the value for numbers and dates, the code
            for sets. Null is one mean step below the lowest number, and in its order of
            appearance in a set. Shape (codes,).
    """

    is_range: bool
    values: pd.Index
    null_code: int | None
    positions: Positions

    @property
    def extent(self) -> float:
        """The distance of the first and the last position; 1.0 where that is zero."""
        width = float(self.positions[-1] - self.positions[0]) if len(self.positions) else 0.0
        return width or 1.0

    @property
    def size(self) -> int:
        """The number of codes."""
        return len(self.positions)

    def texts(self, codes: Integers) -> list[str]:
        """Return the texts of single codes, null as `<null>`.

        Args:
            codes: Codes of this domain; shape (n,).

        Returns:
            One text per code, in their order.
        """
        read = _range_end if self.is_range else _set_member
        null = self.size if self.null_code is None else self.null_code
        places = codes - (codes > null)
        known = iter(self.values.take(places[codes != null]).tolist())
        return [NULL_TEXT if is_null else read(next(known)) for is_null in (codes == null).tolist()]

    @property
    def range_mark(self) -> str:
        """The mark between the ends of a range."""
        is_temporal = self.values.dtype.kind in "mM" or isinstance(self.values[0], dt.date)
        return "/" if is_temporal else "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedValues:
    """A column coded by the order of its distinct values.

    Attributes:
        codes: The code of each row; shape (rows,).
        distinct: The values by code, null among them; shape (codes,).
        is_range: True for numbers and dates, in whose order null comes first.
    """

    codes: Integers
    distinct: pd.Index
    is_range: bool


def order_values(column: Column, name: Hashable = None) -> OrderedValues:
    """Code a column by the order of its distinct values.

    Args:
        column: Any hashable values; all nulls are one value.
        name: What to call an Arrow column in messages.

    Raises:
        AnonymizationError: The values are unhashable.
    """
    codes, _, values = encode(column, name)
    is_null = np.asarray(values.isna(), dtype=np.bool_)
    has_ranges = is_range(values)
    order = _order(values, is_null, is_range=has_ranges)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return OrderedValues(codes=rank[codes], distinct=values[order], is_range=has_ranges)


def is_range(values: pd.Index) -> bool:
    """Tell whether values are numbers or dates; only by their types, never by their texts.

    Args:
        values: Any values, distinct or not; nulls do not count.
    """
    kind = values.dtype
    if types.is_object_dtype(kind):
        return {type(value) for value in values.dropna()} in ({dt.date}, {Decimal})
    is_number = types.is_numeric_dtype(kind) and not (
        types.is_bool_dtype(kind) or types.is_complex_dtype(kind)
    )
    return is_number or types.is_datetime64_any_dtype(kind) or types.is_timedelta64_dtype(kind)


def encode_ordered(column: Column, name: Hashable = None) -> tuple[Integers, Domain]:
    """Code a column by the order of its domain.

    Args:
        column: Any hashable values; all nulls are one value. Numbers must be finite.
        name: What to call an Arrow column in messages; a series has a name.

    Returns:
        The code of each row, shape (rows,), and the domain the codes number.

    Raises:
        AnonymizationError: The column holds an infinite number or unhashable values.
    """
    ordered = order_values(column, name)
    is_null = np.asarray(ordered.distinct.isna(), dtype=np.bool_)
    present = ordered.distinct[~is_null]
    if ordered.is_range:
        positions = _range_positions(
            present, has_null=bool(is_null.any()), name=getattr(column, "name", name)
        )
    else:
        positions = np.arange(len(is_null), dtype=np.float64)
    domain = Domain(
        is_range=ordered.is_range,
        values=present,
        null_code=int(is_null.argmax()) if is_null.any() else None,
        positions=positions,
    )
    return ordered.codes, domain


def _order(values: pd.Index, is_null: npt.NDArray[np.bool_], *, is_range: bool) -> Integers:
    """Return the positions of the values in the order of the domain."""
    if is_range:
        present = np.flatnonzero(~is_null)
        by_value = np.asarray(values[present].argsort(), dtype=np.int64)
        return np.concatenate([np.flatnonzero(is_null), present[by_value]])
    if isinstance(values, pd.CategoricalIndex) and values.ordered:
        return np.argsort(values.codes, kind="stable").astype(np.int64)
    return np.arange(len(values), dtype=np.int64)


def _range_positions(present: pd.Index, *, has_null: bool, name: object) -> Positions:
    scaled = _measure(present) * _POSITION_SCALE
    if not np.isfinite(scaled).all():
        raise AnonymizationError(
            f"column {name!r}",
            problem="it has infinite numbers",
            remedy="replace infinite values by null",
        )
    if not has_null:
        return scaled
    return np.concatenate([[_below(scaled)], scaled])


def _measure(present: pd.Index) -> Positions:
    """Return numbers as they are, dates as days or the units of their type since their epoch."""
    if len(present) and type(present[0]) is dt.date:
        return np.array([day.toordinal() for day in present], dtype=np.float64)
    if present.dtype.kind in "mM":
        return present.astype("int64").to_numpy(dtype=np.float64)
    return present.to_numpy(dtype=np.float64)


def _below(scaled: Positions) -> float:
    if not len(scaled):
        return 0.0
    steps = max(len(scaled) - 1, 1)
    mean_step = float(scaled[-1] - scaled[0]) / steps or _POSITION_SCALE
    return float(scaled[0]) - mean_step


def _range_end(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, dt.date | pd.Timedelta):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _set_member(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace("|", "\\|")
    return f"\\{text}" if text == NULL_TEXT else text
