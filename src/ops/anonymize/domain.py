"""The ordered domain of one quasi-identifier: its values in order, and how ranges of it read.

A numeric or temporal column is ordered by value and generalised to a range; anything else is
ordered by first appearance (an ordered categorical by its categories) and generalised to a set.

| generalised | reads |
| --- | --- |
| numbers from 17 to 25 | `17-25`; equal ends `17`; a negative end keeps its sign, `-5--3` |
| dates | `2020-01-31/2020-02-29`, the ISO 8601 interval |
| texts and everything else | `Private\\|State-gov`, sorted; `\\|` and backslash in a value get a backslash |
| nulls with other values | `<null>\\|17-25`, `<null>\\|Private` |
| nulls only | null |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.classes import Integers, encode

NULL_TEXT: Final = "<null>"

Positions = npt.NDArray[np.float64]

# A power of two is exact, and this one keeps the difference of any two positions finite.
_POSITION_SCALE: Final = 0.125


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The distinct values of a column in order.

    Attributes:
        name: The column.
        is_range: True when an interval of the order says what is in it (numbers, dates).
        values: The values that are not null, in order; shape (values,).
        null_code: The code of null; None when the column has no null.
        positions: Where each code stands on the scale on which widths are measured, never
            decreasing with the code: an eighth of the value for numbers and dates, the code
            for sets. Null stands one mean step below the lowest number, and in its order of
            appearance in a set. Shape (codes,).
    """

    name: str
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

    def texts(self) -> list[str]:
        """Return how each code reads, null as `<null>`."""
        read = _number_text if self.is_range else _set_text
        texts = [read(value) for value in self.values.tolist()]
        if self.null_code is not None:
            texts.insert(self.null_code, NULL_TEXT)
        return texts

    @property
    def range_mark(self) -> str:
        """What stands between the ends of a range."""
        return "/" if self.values.dtype.kind in "mM" else "-"


def encode_ordered(column: pd.Series) -> tuple[Integers, Domain]:
    """Code a column by the order of its domain.

    Args:
        column: Any hashable values; all nulls are one value. Numbers must be finite.

    Returns:
        The code of each row, shape (rows,), and the domain the codes number.

    Raises:
        AnonymizationError: The column holds an infinite number or unhashable values.
    """
    codes, _, values = encode(column)
    is_null = np.asarray(values.isna(), dtype=np.bool_)
    is_range = _is_range(column.dtype)
    order = _order(values, is_null, is_range=is_range)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    null_code = int(rank[is_null][0]) if is_null.any() else None
    ordered = values[order]
    present = ordered[~is_null[order]]
    domain = Domain(
        name=str(column.name),
        is_range=is_range,
        values=present,
        null_code=null_code,
        positions=_range_positions(present, has_null=null_code is not None, name=column.name)
        if is_range
        else np.arange(len(order), dtype=np.float64),
    )
    return rank[codes], domain


def _is_range(dtype: object) -> bool:
    is_number = types.is_numeric_dtype(dtype) and not (
        types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype)
    )
    return is_number or types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype)


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
    numbers = present.astype("int64") if present.dtype.kind in "mM" else present
    scaled = numbers.to_numpy(dtype=np.float64) * _POSITION_SCALE
    if not np.isfinite(scaled).all():
        raise AnonymizationError(
            f"column {name!r}",
            found="an infinite number",
            expected="finite numbers or nulls",
            remedy="replace infinite values by null",
        )
    if not has_null:
        return scaled
    return np.concatenate([[_below(scaled)], scaled])


def _below(scaled: Positions) -> float:
    if not len(scaled):
        return 0.0
    steps = max(len(scaled) - 1, 1)
    mean_step = float(scaled[-1] - scaled[0]) / steps or _POSITION_SCALE
    return float(scaled[0]) - mean_step


def _number_text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, pd.Timedelta):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _set_text(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace("|", "\\|")
    return f"\\{text}" if text == NULL_TEXT else text
