"""Measure how far the distributions of a transformed dataset are from the original ones.

Rows need not correspond: the datasets may differ in length and order, as synthetic data do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ops.data.frames import Frame
from ops.measures.classes import column_of, require_columns
from ops.measures.codes import encode, pooled
from ops.measures.value_domain import encode_ordered, is_range, order_values

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDistance:
    """How far the distribution of one column is from the original one.

    Attributes:
        kind: "numbers" (dates among them) where both datasets have such, else "categories".
        tvd: Total variation distance: half the sum over values of the difference of their shares,
            from 0 to 1; null is a value of its own.
        ks: Kolmogorov-Smirnov distance of numbers, the greatest difference of the cumulated
            shares, from 0 to 1; null is below all numbers. None for categories.
        wasserstein: Earth mover's distance of the numbers that are not null, as a share of the
            range of both datasets, from 0 to 1. None for categories, or without numbers.
    """

    kind: Literal["numbers", "categories"]
    tvd: float
    ks: float | None
    wasserstein: float | None

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDistance:
    """How far a dataset is from the original.

    Attributes:
        by_column: The distance of each column.
        correlation_mean: The mean difference of the correlations of two columns of numbers, over
            all pairs, from 0 to 2; None with fewer than two such columns.
        correlation_max: The greatest one.
    """

    by_column: Mapping[str, ColumnDistance]
    correlation_mean: float | None
    correlation_max: float | None

    def to_metrics(self) -> dict[str, object]:
        """Return {"columns": {column: ...}, "tvd_mean": ..., "correlation_...": ...}."""
        distances = [each.tvd for each in self.by_column.values()]
        return {
            "columns": {name: each.to_metrics() for name, each in self.by_column.items()},
            "tvd_mean": sum(distances) / max(len(distances), 1),
            "correlation_mean": self.correlation_mean,
            "correlation_max": self.correlation_max,
        }


def measure_distances(
    original: Frame, transformed: Frame, columns: Sequence[str]
) -> DatasetDistance:
    """Measure the distances of columns, and of the correlations between them.

    Args:
        original: Any rows; numbers must be finite.
        transformed: Any rows, not necessarily of the same people.
        columns: The columns to compare, in both.

    Raises:
        AnonymizationError: A column is missing, repeated, unhashable or has infinite numbers.

    Source:
        Total variation, Kolmogorov-Smirnov and 1-Wasserstein distance as defined by Gibbs, Su:
        On Choosing and Bounding Probability Metrics, International Statistical Review 70(3),
        2002. Correlations are Pearson's, over rows in which both values are known; that of a
        constant is 0.
    """
    for frame in (original, transformed):
        require_columns(frame, columns)
    found = {name: _distance(name, original, transformed) for name in columns}
    numbers = [name for name, each in found.items() if each.kind == "numbers"]
    gaps = _correlation_gaps(original, transformed, numbers)
    return DatasetDistance(
        by_column=found,
        correlation_mean=float(gaps.mean()) if len(gaps) else None,
        correlation_max=float(gaps.max()) if len(gaps) else None,
    )


def _distance(name: str, original: Frame, transformed: Frame) -> ColumnDistance:
    sides = [encode(column_of(frame, name), name) for frame in (original, transformed)]
    present = [values.dropna() for _, _, values in sides]
    are_numbers = all(is_range(values) for values in present if len(values))
    values = pooled([values for _, _, values in sides])
    ordered = order_values(values)
    is_number = are_numbers and ordered.is_range and any(map(len, present))
    counted = [np.bincount(codes, minlength=count) for codes, count, _ in sides]
    size = len(ordered.distinct)
    places = np.split(ordered.codes, [len(counted[0])])
    shares = [
        np.bincount(at, weights=counts, minlength=size) / max(int(counts.sum()), 1)
        for at, counts in zip(places, counted, strict=True)
    ]
    gaps = shares[0] - shares[1]
    return ColumnDistance(
        kind="numbers" if is_number else "categories",
        tvd=min(float(np.abs(gaps).sum()) / 2, 1.0),
        ks=min(float(np.abs(np.cumsum(gaps)).max(initial=0.0)), 1.0) if is_number else None,
        wasserstein=_moved(name, values, shares) if is_number else None,
    )


def _moved(name: str, values: pd.Series, shares: Sequence[Numbers]) -> float | None:
    """Return the mean distance that the numbers of one side move to become those of the other."""
    _, domain = encode_ordered(values, name)
    known = np.ones(domain.size, dtype=np.bool_)
    if domain.null_code is not None:
        known[domain.null_code] = False
    of_known = [share[known] for share in shares]
    if not all(share.sum() for share in of_known):
        return None
    positions = domain.positions[known]
    cumulated = [np.cumsum(share / share.sum()) for share in of_known]
    steps = np.diff(positions) / ((positions[-1] - positions[0]) or 1.0)
    return min(float((np.abs(cumulated[0] - cumulated[1])[:-1] * steps).sum()), 1.0)


def _correlation_gaps(original: Frame, transformed: Frame, numbers: Sequence[str]) -> Numbers:
    pairs = np.triu_indices(len(numbers), 1)
    if not len(pairs[0]):
        return np.zeros(0)
    of_original, of_transformed = (
        pd.DataFrame({name: _numbers(frame, name) for name in numbers}).corr().fillna(0.0)
        for frame in (original, transformed)
    )
    gaps: Numbers = np.abs(of_original.to_numpy() - of_transformed.to_numpy())[pairs]
    return gaps


def _numbers(frame: Frame, name: str) -> Numbers:
    codes, domain = encode_ordered(column_of(frame, name), name)
    positions = domain.positions.copy()
    if domain.null_code is not None:
        positions[domain.null_code] = np.nan
    return positions[codes]
