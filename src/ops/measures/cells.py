"""Count the values of an attribute within each class, keeping only the pairs that occur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops.measures.classes import LARGEST_KEY, Keys, count_keys, group
from ops.measures.codes import Integers

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The pairs of class and value that occur, sorted by class, then by value.

    Attributes:
        classes: The class of each cell, numbered in the order of the keys; shape (cells,).
        codes: The value's code of each cell; shape (cells,).
        counts: The rows of each cell, all positive; shape (cells,).
        starts: The first cell of each class; shape (classes,).
        class_sizes: The rows of each class; shape (classes,).
        value_sizes: The rows of each value over all classes; shape (values,).
    """

    classes: Integers
    codes: Integers
    counts: Integers
    starts: Integers
    class_sizes: Integers
    value_sizes: Integers

    @property
    def stops(self) -> Integers:
        """The cell after the last of each class; shape (classes,)."""
        return np.append(self.starts[1:], len(self.classes))[: len(self.class_sizes)]

    @property
    def shares(self) -> Shares:
        """The share of each cell in its class; shape (cells,)."""
        return self.counts / self.class_sizes[self.classes]

    @property
    def value_shares(self) -> Shares:
        """The share of each value in all rows; shape (values,), empty without rows."""
        return self.value_sizes / max(int(self.value_sizes.sum()), 1)


def tabulate(packed: Keys, codes: Integers, size: int) -> Cells:
    """Count the values within each class.

    Args:
        packed: The keys of the rows.
        codes: The value's code of each row, at least 0; shape (rows,).
        size: The number of values; every code is below it.
    """
    bits = max(size - 1, 1).bit_length()
    keys, cardinality = packed.keys, packed.cardinality
    if cardinality << bits > LARGEST_KEY:
        compact = group([(keys, cardinality)])
        keys, cardinality = compact.labels, compact.count
    # Shifts, for they take a fraction of the time of divisions.
    pairs = keys << bits
    pairs |= codes
    found, counts = count_keys(pairs, cardinality << bits)
    of_class = found >> bits
    is_first = np.ones(len(found), dtype=np.bool_)
    np.not_equal(of_class[1:], of_class[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    return Cells(
        classes=np.cumsum(is_first) - 1,
        codes=found & ((1 << bits) - 1),
        counts=counts,
        starts=starts,
        class_sizes=np.add.reduceat(counts, starts) if len(starts) else starts,
        value_sizes=np.bincount(codes, minlength=size).astype(np.int64),
    )
