"""Where the numbers of a column lie, told by the means of groups of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSummary:
    """Where the finite numbers of a column lie.

    Attributes:
        low: Mean of the lowest group of at least k rows.
        high: Mean of the highest group.
        quantiles: Share of rows below ("0.25") to the mean of the group there.
        mean: Over all rows with a finite number.
        std: Standard deviation with n - 1; None for a single row, or if it exceeds float64.
    """

    low: float
    high: float
    quantiles: Mapping[str, float]
    mean: float
    std: float | None


def summarise(numbers: npt.NDArray[np.float64], k: int) -> NumberSummary | None:
    """Summarise numbers by the means of groups of neighbours.

    Args:
        numbers: Any order, no NaN; infinities are left out.
        k: Rows a group has; the last one has up to 2k - 1.

    Returns:
        None for fewer than k finite numbers.

    Source: fixed-size univariate microaggregation, Domingo-Ferrer and Mateo-Sanz, IEEE TKDE
    14 (2002) 189-201.
    """
    numbers = numbers[np.isfinite(numbers)]
    count = len(numbers)
    if count < k:
        return None
    # Scaled by a power of two, which loses nothing: sums and squares stay finite.
    exponent = int(np.frexp(np.abs(numbers).max())[1])
    numbers = np.ldexp(numbers, -exponent)
    last = count // k - 1
    groups = {q: min(round(q * (count - 1)) // k, last) for q in (0.0, *_QUANTILES, 1.0)}
    bounds = {i: (i * k, count if i == last else (i + 1) * k) for i in groups.values()}
    cuts = sorted({cut for pair in bounds.values() for cut in pair if cut < count})
    ordered = np.partition(numbers, cuts)
    means = {q: _scaled(ordered[slice(*bounds[i])].mean(), exponent) for q, i in groups.items()}
    return NumberSummary(
        low=means.pop(0.0),
        high=means.pop(1.0),
        quantiles={f"{q}": mean for q, mean in means.items()},
        mean=_scaled(numbers.mean(), exponent),
        std=_finite(_scaled(numbers.std(ddof=1), exponent)) if count > 1 else None,
    )


def _scaled(number: np.floating, exponent: int) -> float:
    with np.errstate(over="ignore"):
        return float(np.ldexp(number, exponent))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
