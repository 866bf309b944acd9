"""What the classes must keep secret about sensitive attributes: l-diversity and t-closeness.

The values of an attribute are counted once for each distinct tuple of the quasi-identifiers. Any
classes made of whole tuples are then judged by adding up these counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.partition import Flags, Weights, sum_by_key
from ops.measures.classes import Integers, classify, group
from ops.measures.closeness import Distance
from ops.measures.value_domain import order_values

DiversityKind = Literal["distinct", "entropy", "recursive"]
Shares = npt.NDArray[np.float64]

# Equal distributions of different sizes have entropies and distances that differ by rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of the classes for one sensitive attribute.

    Attributes:
        column: The attribute; null is a value of its own.
        l: The diversity of each class, at least 1; None asks for none.
        l_kind: "distinct" (l different values), "entropy" (exp of the entropy, l may be a
            fraction) or "recursive" (with the counts of a class descending,
            r1 < c (r_l + r_(l+1) + ...)).
        c: The factor of recursive diversity.
        t: The greatest distance of a class's distribution from that of all rows; None asks for
            none.
        t_distance: As `ops.measures.closeness.measure_closeness` takes it.

    Source:
        Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam: l-Diversity, ACM TKDD 1(1), 2007; Li,
        Li, Venkatasubramanian: t-Closeness, ICDE 2007.
    """

    column: str
    l: float | None = None  # noqa: E741  # the name the definition gives it
    l_kind: DiversityKind = "distinct"
    c: float | None = None
    t: float | None = None
    t_distance: Distance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """What is asked of all classes.

    Attributes:
        k: The least size of a class, at least 1.
        demands: What is asked of sensitive attributes.
        suppression_limit: The share of rows that may be suppressed, from 0 to below 1.
    """

    k: int
    demands: Sequence[Demand] = ()
    suppression_limit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """The values of a sensitive attribute, counted by class.

    Attributes:
        demand: What is asked.
        classes: The class of each cell, ascending; shape (cells,).
        codes: The value's code of each cell, ascending within the class; shape (cells,).
        counts: The rows of each cell, all positive; shape (cells,).
        shares: The share of each value in all rows; shape (values,).
        is_ordered: Whether t is measured over the order of the values.
    """

    demand: Demand
    classes: Integers
    codes: Integers
    counts: Weights
    shares: Shares
    is_ordered: bool

    @classmethod
    def of(cls, demand: Demand, column: pd.Series, labels: Integers) -> Sensitive:
        """Count the values of a column.

        Args:
            demand: What is asked.
            column: The values of all rows.
            labels: The class of each row; -1 for a row of none, which counts in `shares` only.
        """
        ordered = order_values(column)
        size = max(len(ordered.distinct), 1)
        kept = labels >= 0
        codes, classes = ordered.codes[kept], labels[kept]
        cells = group([(classes, int(classes.max(initial=0)) + 1), (codes, size)])
        first = cells.first_rows()
        distance = demand.t_distance or ("ordered" if ordered.is_range else "equal")
        return cls(
            demand=demand,
            classes=classes[first],
            codes=codes[first],
            counts=cells.sizes.astype(np.float64),
            shares=np.bincount(ordered.codes, minlength=size) / max(len(column), 1),
            is_ordered=distance == "ordered",
        )

    def merged(self, class_of: Integers, count: int) -> Sensitive:
        """Return the same values counted by classes of classes.

        Args:
            class_of: The new class of each class, below `count`; -1 leaves its rows out.
            count: The number of new classes.
        """
        size = len(self.shares)
        classes, codes, counts = class_of[self.classes], self.codes, self.counts
        if (class_of < 0).any():
            kept = classes >= 0
            classes, codes, counts = classes[kept], codes[kept], counts[kept]
        keys, sums = sum_by_key(classes * size + codes, counts, count * size)
        return replace(self, classes=keys // size, codes=keys % size, counts=sums)

    def are_satisfied(self) -> Flags:
        """Tell of each class whether it is as asked; shape (classes,)."""
        satisfied = np.ones(len(self._starts), dtype=np.bool_)
        demand = self.demand
        if demand.l is not None and demand.l_kind == "recursive":
            assert demand.c is not None  # noqa: S101  # seen by the operation
            satisfied &= self._recursive_c(int(demand.l)) < demand.c
        elif demand.l is not None:
            satisfied &= self._diversity() >= demand.l * (1 - _ROUNDING)
        if demand.t is not None:
            satisfied &= self._distances() <= demand.t + _ROUNDING
        return satisfied

    def require(self) -> None:
        """Refuse classes of which one is not as asked.

        Raises:
            AnonymizationError: It names what is asked for, and the best that all classes reach.
        """
        if len(self.classes) and not self.are_satisfied().all():
            asked, reached, remedy = self.reached()
            raise AnonymizationError(
                asked, problem=reached, remedy=f"{remedy}; nothing was written"
            )

    def reached(self) -> tuple[str, str, str]:
        """Return in words what is asked for and not reached, what all classes reach, a remedy."""
        demand = self.demand
        if demand.t is not None and (self._distances() > demand.t + _ROUNDING).any():
            return (
                f"t-closeness of {demand.column!r} with t = {demand.t}",
                f"the best that was reached is t = {self._distances().max():.4g}",
                "raise t, or generalize further",
            )
        if demand.l_kind == "recursive":
            said = f"c = {demand.c}, l = {demand.l}"
            return (
                f"recursive (c, l)-diversity of {demand.column!r} with {said}",
                f"that takes a c above {self._recursive_c(int(demand.l or 1)).max():.4g}",
                "raise c, or lower l",
            )
        return (
            f"{demand.l_kind} l-diversity of {demand.column!r} with l = {demand.l}",
            f"the best that was reached is l = {self._diversity().min():.4g}",
            "lower l, or leave the column out",
        )

    @property
    def _starts(self) -> Integers:
        return np.flatnonzero(np.diff(self.classes, prepend=-1)).astype(np.int64)

    @property
    def _lengths(self) -> Integers:
        return np.diff(np.append(self._starts, len(self.classes)))

    @property
    def _within(self) -> Shares:
        """The share of each cell in its class."""
        starts = self._starts
        sizes = np.add.reduceat(self.counts, starts) if len(starts) else self.counts
        shares: Shares = self.counts / np.repeat(sizes, self._lengths)
        return shares

    def _diversity(self) -> Shares:
        if self.demand.l_kind == "distinct":
            return self._lengths.astype(np.float64)
        within = self._within
        entropies: Shares = np.exp(-np.add.reduceat(within * np.log(within), self._starts))
        return entropies

    def _recursive_c(self, rank: int) -> Shares:
        """Return the c that each class needs more than; infinite with fewer than l values."""
        starts, lengths = self._starts, self._lengths
        numbers = np.repeat(np.arange(len(starts)), lengths)
        counts = self.counts[np.lexsort((-self.counts, numbers))]
        ranks = np.arange(1, len(counts) + 1) - np.repeat(starts, lengths)
        rest = np.add.reduceat(np.where(ranks >= rank, counts, 0.0), starts)
        with np.errstate(divide="ignore"):
            factors: Shares = counts[starts] / rest
        return factors

    def _distances(self) -> Shares:
        """Return the distance of each class's distribution from that of all rows."""
        if self.is_ordered:
            return self._ordered_distances()
        expected = self.shares[self.codes]
        terms = np.abs(self._within - expected) - expected
        distances: Shares = (np.add.reduceat(terms, self._starts) + 1.0) / 2
        return distances

    def _ordered_distances(self) -> Shares:
        """Return the mean over ranks of |cumulated share - that of all rows|.

        Between two values of a class its cumulated share is constant, and that of all rows passes
        it once at most: so a stretch is two sums, taken from running totals.
        """
        steps = len(self.shares) - 1
        starts, lengths = self._starts, self._lengths
        if steps < 1:
            return np.zeros(len(starts))
        overall = np.cumsum(self.shares)
        running = np.concatenate([[0.0], np.cumsum(overall[:-1])])
        within = np.cumsum(self._within)
        reached = within - np.repeat(within[starts] - self._within[starts], lengths)
        begin = np.minimum(self.codes, steps)
        end = np.append(begin[1:], steps)
        end[starts + lengths - 1] = steps
        passed = np.clip(np.searchsorted(overall, reached), begin, end)
        below = reached * (passed - begin) - (running[passed] - running[begin])
        above = (running[end] - running[passed]) - reached * (end - passed)
        totals = np.add.reduceat(below + above, starts) + running[begin[starts]]
        distances: Shares = totals / steps
        return distances


def verify(
    generalized: pd.DataFrame,
    is_kept: Flags,
    quasi_identifiers: Sequence[str],
    demands: Sequence[Demand],
) -> None:
    """Refuse rows whose classes are not as asked, counted anew from the rows themselves.

    Args:
        generalized: All rows with their generalized quasi-identifiers.
        is_kept: Which rows are published; shape (rows,).
        quasi_identifiers: The columns whose equal rows form the classes.
        demands: What is asked; the distributions are compared with those of all rows.

    Raises:
        AnonymizationError: See `Sensitive.require`.
    """
    if not demands:
        return
    labels = np.full(len(generalized), -1, dtype=np.int64)
    labels[is_kept] = classify(generalized[is_kept], quasi_identifiers).labels
    for demand in demands:
        Sensitive.of(demand, generalized[demand.column], labels).require()
