"""Group the rows of a frame into equivalence classes: rows equal in every given column.

Every measure of risk and utility is a fold over these classes, so they are made once, from
integers, and by this module only. Equal rows have equal keys; measures that ask for sizes only
sort the keys, which is several times as fast as to number the classes of all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from lineage.kernel.errors import AnonymizationError
from ops.data import frames
from ops.data.frames import Frame
from ops.measures.codes import Column, Integers, encode

__all__ = [
    "LARGEST_KEY",
    "EquivalenceClasses",
    "Integers",
    "Keys",
    "classify",
    "column_of",
    "count_keys",
    "group",
    "pack",
    "pack_columns",
    "require_columns",
]

LARGEST_KEY: Final = 2**62
_DENSE_ROWS_FACTOR: Final = 4
_DENSE_KEYS_FACTOR: Final = 8
"""So many rows a possible key make counting them in place faster than sorting."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The rows of a frame as integers, which are equal for rows of the same class.

    Attributes:
        keys: The key of each row, at least 0; shape (rows,). Not to be changed.
        cardinality: Every key is below it.
    """

    keys: Integers
    cardinality: int

    def sizes(self) -> Integers:
        """Return the number of rows of each class, all positive; shape (classes,)."""
        return count_keys(self.keys.copy(), self.cardinality)[1]


def pack_columns(frame: Frame, columns: Sequence[str]) -> Keys:
    """Give rows keys that are equal where all of the columns are; parameters as `classify`."""
    require_columns(frame, columns)
    return pack(encode(column_of(frame, name), name)[:2] for name in columns)


def classify(frame: Frame, columns: Sequence[str]) -> EquivalenceClasses:
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
    return _number(pack_columns(frame, columns))


def group(coded: Iterable[tuple[Integers, int]]) -> EquivalenceClasses:
    """Group rows whose columns are already coded.

    Args:
        coded: As of `pack`.

    Returns:
        The classes, numbered in the order of their codes.
    """
    return _number(pack(coded))


def pack(coded: Iterable[tuple[Integers, int]]) -> Keys:
    """Make one key of the codes of a row, in the order of the codes.

    Args:
        coded: For each column its codes, shape (rows,), and the number of codes: every code
            is at least 0 and below it. At least one column.
    """
    keys, cardinality = np.zeros(0, dtype=np.int64), 0
    for position, (codes, count) in enumerate(coded):
        if position == 0:
            keys, cardinality = codes, count
            continue
        if cardinality * count > LARGEST_KEY:
            compact = _number(Keys(keys=keys, cardinality=cardinality))
            keys, cardinality = compact.labels, compact.count
        keys, cardinality = keys * count, cardinality * count
        keys += codes
    return Keys(keys=keys, cardinality=cardinality)


def count_keys(keys: Integers, cardinality: int) -> tuple[Integers, Integers]:
    """Return the distinct keys in order, and how often each occurs.

    Args:
        keys: Any keys, in any order; sorted in place, so that no copy is needed.
        cardinality: Every key is below it.
    """
    if cardinality * _DENSE_KEYS_FACTOR <= len(keys):
        counts = np.bincount(keys, minlength=cardinality)
        used = np.flatnonzero(counts)
        return used, counts[used]
    keys.sort()
    is_first = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    first = np.flatnonzero(is_first)
    return keys[first], np.diff(first, append=len(keys))


def column_of(frame: Frame, name: str) -> Column:
    """Return a column of a frame, which has it."""
    if not isinstance(frame, pa.Table):
        return frame[name]
    part = frame.select([name])
    return frames.to_table(part, f"column {name!r}", fault=AnonymizationError).column(0)


def require_beside(original: Frame, published: Frame, columns: Sequence[str]) -> None:
    """Refuse frames that cannot be compared row by row.

    Raises:
        AnonymizationError: They differ in length, or the columns do not fit one of them.
    """
    if len(original) != len(published):
        raise AnonymizationError(
            "published rows",
            found=len(published),
            expected=f"as many as in the original, {len(original)}",
            remedy="compare before rows are dropped",
        )
    for frame in (original, published):
        require_columns(frame, columns)


def require_columns(frame: Frame, columns: Sequence[str]) -> None:
    """Refuse column lists that do not fit a frame.

    Raises:
        AnonymizationError: The list is empty or repeats a name, or a name is not exactly once
            in the frame.
    """
    names = list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
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


def _number(packed: Keys) -> EquivalenceClasses:
    keys, cardinality = packed.keys, packed.cardinality
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
