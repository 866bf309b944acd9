"""Count the values of an attribute within each class, keeping only the pairs that occur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ops.measures.classes import EquivalenceClasses, Integers, group

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The pairs of class and value that occur, sorted by class, then by value.

    Attributes:
        classes: The class of each cell; shape (cells,).
        codes: The value's code of each cell; shape (cells,).
        counts: The rows of each cell, all positive; shape (cells,).
        class_sizes: The rows of each class; shape (classes,).
        value_sizes: The rows of each value over all classes; shape (values,).
    """

    classes: Integers
    codes: Integers
    counts: Integers
    class_sizes: Integers
    value_sizes: Integers

    @property
    def starts(self) -> Integers:
        """The first cell of each class; shape (classes,)."""
        return np.flatnonzero(np.diff(self.classes, prepend=-1)).astype(np.int64)

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


def tabulate(classes: EquivalenceClasses, codes: Integers, size: int) -> Cells:
    """Count the values within each class.

    Args:
        classes: The classes of the rows.
        codes: The value's code of each row, at least 0; shape (rows,).
        size: The number of values; every code is below it.
    """
    pairs = group([(classes.labels, classes.count), (codes, size)])
    first = pairs.first_rows()
    return Cells(
        classes=classes.labels[first],
        codes=codes[first],
        counts=pairs.sizes,
        class_sizes=classes.sizes,
        value_sizes=np.bincount(codes, minlength=size).astype(np.int64),
    )
