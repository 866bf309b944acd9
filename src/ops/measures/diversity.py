"""l-diversity: how varied a sensitive attribute is within the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures.cells import Cells, tabulate
from ops.measures.classes import (
    EquivalenceClasses,
    Keys,
    column_of,
    pack_columns,
    require_columns,
)
from ops.measures.codes import Column, Integers, encode

_DEFAULT_RECURSIVE_L: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DiversityMetrics:
    """How varied a sensitive attribute is in the class where it is least so.

    Attributes:
        distinct_l: The least number of distinct values in a class.
        entropy_l: The least exp(entropy) of a class, a real number between 1 and `distinct_l`.
        recursive_l: The l of the next attribute.
        recursive_c: The dataset is recursively (c, l)-diverse for every c above this number;
            None if it is for no c, because a class has fewer than l values.
    """

    distinct_l: int
    entropy_l: float
    recursive_l: int
    recursive_c: float | None

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def measure_diversity(
    frame: Frame,
    quasi_identifiers: Sequence[str],
    sensitive_attribute: str,
    *,
    recursive_l: int = _DEFAULT_RECURSIVE_L,
) -> DiversityMetrics:
    """Measure distinct, entropy and recursive (c, l) diversity.

    Args:
        frame: One row per person.
        quasi_identifiers: The columns whose equal rows form the classes.
        sensitive_attribute: The column to look at; null is a value of its own.
        recursive_l: The l of recursive diversity, at least 1.

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable, or `recursive_l` is
            below 1.

    Source:
        Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam: l-Diversity, ACM TKDD 1(1), 2007.
    """
    return of_cells(_cells(frame, quasi_identifiers, sensitive_attribute), recursive_l=recursive_l)


def is_recursive_diverse(
    frame: Frame,
    quasi_identifiers: Sequence[str],
    sensitive_attribute: str,
    *,
    c: float,
    l: int,  # noqa: E741  # the name the definition gives it
) -> bool:
    """Tell whether every class is recursively (c, l)-diverse.

    With the counts of a class sorted descending, r1 >= r2 >= ..., that means
    r1 < c (r_l + r_(l+1) + ...).

    Args:
        frame: One row per person; True without rows.
        quasi_identifiers: The columns whose equal rows form the classes.
        sensitive_attribute: The column to look at; null is a value of its own.
        c: The factor, positive.
        l: The rank from which the rarer values count, at least 1.

    Raises:
        AnonymizationError: As `measure_diversity`.
    """
    found = _cells(frame, quasi_identifiers, sensitive_attribute)
    largest, rest = _recursive(found, l)
    return bool((largest < c * rest).all())


def of_cells(found: Cells, *, recursive_l: int = _DEFAULT_RECURSIVE_L) -> DiversityMetrics:
    """Measure the diversity of a column by its values within each class."""
    largest, rest = _recursive(found, recursive_l)
    if not len(found.starts):
        return DiversityMetrics(
            distinct_l=0, entropy_l=0.0, recursive_l=recursive_l, recursive_c=None
        )
    shares = found.shares
    entropies = -np.add.reduceat(shares * np.log(shares), found.starts)
    return DiversityMetrics(
        distinct_l=int((found.stops - found.starts).min()),
        entropy_l=float(np.exp(entropies.min())),
        recursive_l=recursive_l,
        recursive_c=float((largest / rest).max()) if (rest > 0).all() else None,
    )


def uniform_classes(classes: EquivalenceClasses, sensitive: Column) -> tuple[int, int]:
    """Return how many classes have one value of a column only, and how many rows these have.

    Args:
        classes: The classes of the rows.
        sensitive: The column, with the rows of `classes`; null is a value of its own.
    """
    codes, size, _ = encode(sensitive)
    found = tabulate(Keys(keys=classes.labels, cardinality=classes.count), codes, size)
    is_uniform = found.stops - found.starts == 1
    return int(np.count_nonzero(is_uniform)), int(found.class_sizes[is_uniform].sum())


def _cells(frame: Frame, quasi_identifiers: Sequence[str], sensitive_attribute: str) -> Cells:
    require_columns(frame, [sensitive_attribute])
    packed = pack_columns(frame, quasi_identifiers)
    codes, size, _ = encode(column_of(frame, sensitive_attribute), sensitive_attribute)
    return tabulate(packed, codes, size)


def _recursive(found: Cells, rank: int) -> tuple[Integers, Integers]:
    """Return, for each class, the count of its commonest value, and of all from a rank on."""
    if rank < 1:
        raise AnonymizationError("l of recursive diversity", found=rank, expected="at least 1")
    starts, counts = found.starts, found.counts
    if not len(starts):
        return starts, starts
    largest = np.maximum.reduceat(counts, starts)
    if rank == 1:
        return largest, found.class_sizes
    if rank == 2:  # noqa: PLR2004  # all but the commonest, without sorting
        return largest, found.class_sizes - largest
    counts = counts[np.lexsort((-counts, found.classes))]
    ranks = np.arange(1, len(counts) + 1) - starts[found.classes]
    return largest, np.add.reduceat(np.where(ranks >= rank, counts, 0), starts)
