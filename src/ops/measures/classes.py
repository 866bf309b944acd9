"""Group the rows of a frame into equivalence classes: rows equal in every given column.

Every measure of risk and utility is a fold over these classes, so they are made once, from
integers, and by this module only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError

Integers = npt.NDArray[np.int64]

_LARGEST_KEY: Final = 2**62
_DENSE_ROWS_FACTOR: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceClasses:
    """The classes of a frame's rows.

    Attributes:
        labels: The class of each row, 0-based; shape (rows,).
        sizes: The number of rows of each class, all positive; shape (classes,).
    """

    labels: Integers
    sizes: Integers

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.labels)

    @property
    def count(self) -> int:
        """The number of classes."""
        return len(self.sizes)

    @property
    def smallest(self) -> int:
        """The size of the smallest class, the k of k-anonymity; 0 without rows."""
        return int(self.sizes.min()) if self.count else 0

    def first_rows(self) -> Integers:
        """Return the position of each class's first row; shape (classes,)."""
        first = np.empty(self.count, dtype=np.int64)
        # Of repeated targets numpy keeps the last assignment: the first row, going backwards.
        first[self.labels[::-1]] = np.arange(self.rows, dtype=np.int64)[::-1]
        return first


def classify(frame: pd.DataFrame, columns: Sequence[str]) -> EquivalenceClasses:
    """Group rows that are equal in every one of the columns.

    Args:
        frame: Any rows; the index is ignored.
        columns: The columns to compare, at least one. A null is a value of its own, equal to
            every other null of its column.

    Returns:
        The classes. Equal frames give the same numbering; it has no other meaning.

    Raises:
        AnonymizationError: No column is given, or one is missing, repeated or unhashable.
    """
    require_columns(frame, columns)
    return group(encode(frame[column])[:2] for column in columns)


def group(coded: Iterable[tuple[Integers, int]]) -> EquivalenceClasses:
    """Group rows whose columns are already coded.

    Args:
        coded: For each column its codes, shape (rows,), and the number of codes: every code
            is at least 0 and below it. At least one column.

    Returns:
        The classes, numbered in the order of their codes.
    """
    keys, cardinality = np.zeros(0, dtype=np.int64), 0
    for position, (codes, count) in enumerate(coded):
        if position == 0:
            keys, cardinality = codes, count
            continue
        if cardinality * count > _LARGEST_KEY:
            compact = _number(keys, cardinality)
            keys, cardinality = compact.labels, compact.count
        keys, cardinality = keys * count + codes, cardinality * count
    return _number(keys, cardinality)


def encode(column: pd.Series) -> tuple[Integers, int, pd.Index]:
    """Number the distinct values of a column in order of first appearance.

    Args:
        column: Any hashable values; all nulls (None, NaN, NaT, NA) are one value.

    Returns:
        The code of each row, the number of codes, and the values by code.

    Raises:
        AnonymizationError: The values cannot be compared (lists, dictionaries).
    """
    try:
        codes, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError as error:
        raise AnonymizationError(
            f"column {column.name!r}",
            problem="its values cannot be compared",
            expected="numbers, texts, dates or other hashable values",
            remedy="convert the column, or leave it out",
        ) from error
    return codes.astype(np.int64, copy=False), len(values), pd.Index(values)


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse column lists that do not fit a frame.

    Raises:
        AnonymizationError: The list is empty or repeats a name, or a name is not exactly once
            in the frame.
    """
    names = list(frame.columns)
    if isinstance(columns, str) or not columns or len(set(columns)) < len(columns):
        raise AnonymizationError(
            "column list",
            found=columns if isinstance(columns, str) else list(columns),
            expected="a list of at least one column, each named once",
            remedy="name the quasi-identifiers",
        )
    unfit = [column for column in columns if names.count(column) != 1]
    if unfit:
        raise AnonymizationError(
            "column list",
            found=unfit,
            expected=f"columns that occur exactly once in {names}",
            remedy="correct the names",
        )


def _number(keys: Integers, cardinality: int) -> EquivalenceClasses:
    if cardinality <= max(len(keys) * _DENSE_ROWS_FACTOR, 1):
        sizes = np.bincount(keys, minlength=cardinality)
        used = sizes > 0
        labels = (np.cumsum(used) - 1)[keys]
        sizes = sizes[used]
    else:
        _, labels, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    return EquivalenceClasses(
        labels=labels.astype(np.int64, copy=False), sizes=sizes.astype(np.int64, copy=False)
    )
