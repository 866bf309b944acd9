"""Count the values of a column in bins of at least k rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Unit: TypeAlias = Literal["year", "month", "day"]
BINS: Final = 20
"""Most bins of a histogram of numbers; one of dates has up to twice as many."""

_UNITS: Final[tuple[tuple[Unit, str], ...]] = (("day", "D"), ("month", "M"), ("year", "Y"))
_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Neighbouring values.

    Attributes:
        low: The least value that belongs to it; None in the first bin, which has no end.
        high: The first value beyond it; None in the last bin.
        rows: Rows with such a value; at least k.
    """

    low: float | str | None
    high: float | str | None
    rows: int


def of_numbers(
    values: npt.NDArray[np.float64], counts: _Counts, ends: tuple[float, float], k: int
) -> tuple[Bin, ...] | None:
    """Count numbers in up to `BINS` bins of one width, of which those with too few are merged.

    Args:
        values: Different numbers; infinities are left out.
        counts: Rows of each, same order.
        ends: Where the bins begin and end; what lies beyond is in the first or last one.
        k: Fewest rows of a bin.

    Returns:
        In the order of the values; None for fewer than k rows, or if all are in one bin.
    """
    is_finite = np.isfinite(values)
    low, high = ends
    if counts[is_finite].sum() < k or not (low < high and math.isfinite(high - low)):
        return None
    edges = np.linspace(low, high, BINS + 1)[1:-1]
    places = np.searchsorted(edges, values[is_finite], side="right")
    rows = np.bincount(places, weights=counts[is_finite], minlength=BINS).astype(np.int64)
    return _bins(rows, edges.tolist(), k)


def of_dates(values: pa.Array, counts: _Counts, k: int) -> tuple[Bin, ...] | None:
    """Count dates in bins of days, months or years, of which those with too few are merged.

    Args:
        values: Different dates or timestamps (of a zone in UTC), none null.
        counts: Rows of each, same order.
        k: Fewest rows of a bin.

    Returns:
        In the order of time, with ends in ISO 8601 ("2020", "2020-01" or "2020-01-31"); None for
        fewer than k rows, or if all are in one bin.
    """
    if counts.sum() < k:
        return None
    unit = "D" if pa.types.is_date(values.type) else values.type.unit
    whole = values.cast(pa.date32() if unit == "D" else pa.int64(), safe=False)
    numbers = (whole.cast(pa.int32()) if unit == "D" else whole).to_numpy().astype("int64")
    moments = numbers.astype(f"datetime64[{unit}]")
    for _, code in _UNITS:
        periods = moments.astype(f"datetime64[{code}]").astype("int64")
        first, last = int(periods.min()), int(periods.max())
        if last - first < 2 * BINS:
            break
    width = max(1, -(-(last - first + 1) // (2 * BINS)))
    rows = np.bincount((periods - first) // width, weights=counts).astype(np.int64)
    edges = first + width * np.arange(1, len(rows))
    return _bins(rows, [str(edge) for edge in edges.astype(f"datetime64[{code}]")], k)


def _bins(counts: _Counts, edges: Sequence[float | str], k: int) -> tuple[Bin, ...] | None:
    """Merge each bin that has too few rows with the next ones, the last with the one before."""
    merged: list[tuple[int, int]] = []
    rows = 0
    for place, count in enumerate(counts.tolist()):
        rows += count
        if rows >= k:
            merged.append((place, rows))
            rows = 0
    if not merged:
        return None
    merged[-1] = (len(counts) - 1, merged[-1][1] + rows)
    if len(merged) < 2:  # noqa: PLR2004  # one bin is the column
        return None
    ends = [None, *(edges[place] for place, _ in merged[:-1]), None]
    return tuple(
        Bin(low=low, high=high, rows=found)
        for low, high, (_, found) in zip(ends, ends[1:], merged, strict=False)
    )
