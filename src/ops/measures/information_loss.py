"""Measure what generalization along hierarchies, or of any other kind, has taken from values.

Rows of the original and of the published frame stand side by side. A published null beside an
original value is a suppressed cell: it tells nothing. A dataset without rows has lost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures import hierarchy_codes
from ops.measures.cells import tabulate
from ops.measures.classes import Keys, column_of, require_beside
from ops.measures.codes import encode
from ops.measures.hierarchies import Hierarchy

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeLoss:
    """What one attribute has lost along its hierarchy.

    Attributes:
        loss: The mean over records of the share of the hierarchy's leaves that a published value
            covers, 0 for a leaf and 1 for all of them, suppressed cells among these.
        level: The mean over records of the level of the published value, as a share of the
            height of the hierarchy; suppressed cells are at the top.
    """

    loss: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyLoss:
    """What all attributes have lost along their hierarchies.

    Attributes:
        by_attribute: The losses of each attribute.
    """

    by_attribute: Mapping[str, AttributeLoss]

    @property
    def loss(self) -> float:
        """The geometric mean of the attributes' losses: prod(1 + loss)^(1 / attributes) - 1."""
        losses = [each.loss for each in self.by_attribute.values()]
        return float(prod(1 + loss for loss in losses) ** (1 / max(len(losses), 1)) - 1)

    @property
    def precision(self) -> float:
        """1 less the mean over attributes of their level; 1 is unchanged, 0 is all at the top."""
        levels = [each.level for each in self.by_attribute.values()]
        return 1 - sum(levels) / max(len(levels), 1)

    def to_metrics(self) -> dict[str, object]:
        """Return {"loss": ..., "precision": ..., "loss_by_attribute": {column: ...}}."""
        losses = {name: each.loss for name, each in self.by_attribute.items()}
        return {"loss": self.loss, "precision": self.precision, "loss_by_attribute": losses}


def measure_hierarchy_loss(
    original: Frame, published: Frame, hierarchies: Mapping[str, Hierarchy]
) -> HierarchyLoss:
    """Measure the loss and the precision of values that were generalized along hierarchies.

    Args:
        original: The rows before; each value is a leaf of its hierarchy, and so is null.
        published: The same rows in the same order afterwards.
        hierarchies: The hierarchy of each column to measure. Leaves that it lists count though no
            row has them. Values are compared as text.

    Raises:
        AnonymizationError: The frames differ in length or lack a column, or a value is not where
            its hierarchy has it. Of values only the number is told.

    Source:
        Sweeney: Achieving k-Anonymity Privacy Protection Using Generalization and Suppression,
        IJUFKS 10(5), 2002 (precision); Iyengar: Transforming Data to Satisfy Privacy
        Constraints, KDD 2002 (loss), normalized and aggregated as in ARX.
    """
    require_beside(original, published, list(hierarchies))
    return HierarchyLoss(
        by_attribute={
            name: _along(name, original, published, hierarchy)
            for name, hierarchy in hierarchies.items()
        }
    )


def measure_entropy_loss(
    original: Frame, published: Frame, columns: Sequence[str]
) -> dict[str, float]:
    """Measure the non-uniform entropy: the bits that are missing to tell the original values.

    Args:
        original: The rows before.
        published: The same rows in the same order afterwards.
        columns: The columns to compare, in both frames.

    Returns:
        For each column -sum over records of log2(rows with the original value / rows with the
        published one); a suppressed cell is a value that all rows have.

    Raises:
        AnonymizationError: The frames differ in length, or a column is missing or repeated.

    Source:
        Gionis, Tassa: k-Anonymization with Minimal Loss of Information, IEEE TKDE 21(2), 2009
        (non-uniform entropy), summed over records as in ARX.
    """
    require_beside(original, published, columns)
    return {name: _entropy(_pairs(name, original, published)) for name in columns}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """The pairs of an original and a published value that occur.

    Attributes:
        before: The original value's place of each pair in `original`.
        after: The published value's place in `published`.
        counts: The rows of each pair, positive.
        original: The distinct original values.
        published: The distinct published values.
    """

    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    original: pd.Index
    published: pd.Index

    @property
    def is_suppressed(self) -> npt.NDArray[np.bool_]:
        """Whether a pair has a null where there was a value."""
        was_null = np.asarray(self.original.isna(), dtype=np.bool_)[self.before]
        return np.asarray(self.published.isna(), dtype=np.bool_)[self.after] & ~was_null


def _pairs(name: str, original: Frame, published: Frame) -> _Pairs:
    before, size, originals = encode(column_of(original, name), name)
    after, count, labels = encode(column_of(published, name), name)
    cells = tabulate(Keys(keys=before, cardinality=size), after, count)
    # Every original value occurs, so that its class is its code.
    return _Pairs(
        before=cells.classes,
        after=cells.codes,
        counts=cells.counts,
        original=originals,
        published=labels,
    )


def _entropy(pairs: _Pairs) -> float:
    counts = pairs.counts
    before = np.bincount(pairs.before, weights=counts)[pairs.before]
    after = np.bincount(pairs.after, weights=counts)[pairs.after]
    after = np.where(pairs.is_suppressed, counts.sum(), after)
    return float((counts * np.log2(after / before)).sum())


def _along(name: str, original: Frame, published: Frame, hierarchy: Hierarchy) -> AttributeLoss:
    pairs = _pairs(name, original, published)
    known = hierarchy_codes.of_values(hierarchy, pairs.original)
    texts = hierarchy_codes.texts_or_none(pairs.published, hierarchy.name)
    labels = np.array([*texts, None], dtype=object)[pairs.after]  # None keeps it an array of one
    share, level = np.ones(len(labels)), np.full(len(labels), float(known.highest))
    is_open = ~pairs.is_suppressed
    for at, (codes, names, shares) in enumerate(
        zip(known.codes, known.texts, known.shares, strict=True)
    ):
        own = codes[pairs.before]
        fits = is_open & (np.array([*names, None], dtype=object)[own] == labels)
        share[fits], level[fits] = shares[own[fits]], at
        is_open &= ~fits
    strays = int(pairs.counts[is_open].sum())
    if strays:
        raise AnonymizationError(
            f"hierarchy of {name!r}",
            problem=f"{strays} rows with a value that is not above theirs",
            expected="every published value above the original one",
            remedy="complete the hierarchy, or measure without it",
        )
    weights = pairs.counts / max(int(pairs.counts.sum()), 1)
    # One leaf of many covers 1 / leaves, which is no loss; of one leaf there is nothing to lose.
    least = 1 / known.leaves
    losses = (share - least) / (1 - least) if known.leaves > 1 else np.zeros(len(share))
    return AttributeLoss(
        loss=float((weights * losses).sum()),
        level=float((weights * level).sum()) / known.highest,
    )
