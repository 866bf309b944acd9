"""Measure how exposed the people in a dataset are: k, re-identification risk, l, t.

Every measure folds the equivalence classes of the quasi-identifiers. A null is a value of its
own, as a quasi-identifier and as a sensitive value. A dataset without rows has no class: its
counts and risks are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures import closeness, diversity
from ops.measures.cells import tabulate
from ops.measures.classes import column_of, pack_columns, require_columns
from ops.measures.closeness import ClosenessMetrics, Distance, measure_closeness
from ops.measures.codes import Integers
from ops.measures.diversity import DiversityMetrics, is_recursive_diverse, measure_diversity
from ops.measures.value_domain import order_values

__all__ = [
    "ClosenessMetrics",
    "Distance",
    "DiversityMetrics",
    "PrivacyMetrics",
    "RiskMetrics",
    "is_recursive_diverse",
    "measure_closeness",
    "measure_diversity",
    "measure_privacy",
    "measure_risk",
    "verify_k_anonymous",
]

DEFAULT_THRESHOLD: Final = 5
METHOD: Final = "ops.measures.risk.measure_privacy"
"""How `MeasuredRisk` names what is measured here."""
# Lower ends of the bins in which reports show class sizes.
_SIZE_BINS: Final = (1, 2, 3, 5, 10, 20, 50, 100, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskMetrics:
    """The risk that a person is found by the quasi-identifiers.

    Attributes:
        rows: The number of records.
        classes: The number of equivalence classes.
        k: The size of the smallest class.
        uniques: Records that are alone in their class.
        uniqueness: Their share of all records.
        prosecutor_max: The risk of the most exposed record, 1 / k.
        prosecutor_average: The mean over records of 1 / size of their class. It equals
            classes / rows, and therefore the marketer risk.
        threshold: The class size asked for.
        rows_below_threshold: Records in smaller classes.
        class_sizes: (size, number of classes of that size), ascending.
    """

    rows: int
    classes: int
    k: int
    uniques: int
    uniqueness: float
    prosecutor_max: float
    prosecutor_average: float
    threshold: int
    rows_below_threshold: int
    class_sizes: tuple[tuple[int, int], ...]

    @property
    def marketer(self) -> float:
        """The share of all records that an attacker links correctly on average."""
        return self.prosecutor_average

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name, with `marketer`; class sizes are counted in bins."""
        measures: dict[str, object] = {
            name: getattr(self, name) for name in self.__slots__ if name != "class_sizes"
        }
        return measures | {"marketer": self.marketer, "class_sizes": self._binned_sizes()}

    def _binned_sizes(self) -> dict[str, int]:
        counts = [0] * len(_SIZE_BINS)
        for size, classes in self.class_sizes:
            counts[int(np.searchsorted(_SIZE_BINS, size, side="right")) - 1] += classes
        nexts = (*_SIZE_BINS[1:], None)
        return {
            _bin_name(low, following): count
            for low, following, count in zip(_SIZE_BINS, nexts, counts, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyMetrics:
    """All measures of one dataset.

    Attributes:
        risk: Re-identification.
        diversity: By sensitive attribute.
        closeness: By sensitive attribute.
    """

    risk: RiskMetrics
    diversity: Mapping[str, DiversityMetrics]
    closeness: Mapping[str, ClosenessMetrics]

    def to_metrics(self) -> dict[str, object]:
        """Return {"risk": ..., "diversity": {column: ...}, "closeness": {column: ...}}."""
        return {
            "risk": self.risk.to_metrics(),
            "diversity": {name: found.to_metrics() for name, found in self.diversity.items()},
            "closeness": {name: found.to_metrics() for name, found in self.closeness.items()},
        }

    def to_measures(self) -> dict[str, object]:
        """Return the measures that belong to a dataset version, flat.

        Returns:
            rows, k, uniques, prosecutor_max and prosecutor_average; l, entropy_l and t by
            sensitive attribute.
        """
        risk = self.risk
        names = ("rows", "k", "uniques", "prosecutor_max", "prosecutor_average")
        return {
            **{name: getattr(risk, name) for name in names},
            "l": {name: found.distinct_l for name, found in self.diversity.items()},
            "entropy_l": {name: found.entropy_l for name, found in self.diversity.items()},
            "t": {name: found.t for name, found in self.closeness.items()},
        }


def measure_risk(
    frame: Frame, quasi_identifiers: Sequence[str], *, threshold: int = DEFAULT_THRESHOLD
) -> RiskMetrics:
    """Measure the risk that a person is found by the quasi-identifiers.

    Args:
        frame: One row per person.
        quasi_identifiers: What an attacker may know; null is a value like any other.
        threshold: The smallest class size wanted, for `rows_below_threshold`.

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable.

    Source:
        El Emam: Guide to the De-Identification of Personal Health Information, 2013, chapter
        16 (prosecutor and marketer risk, both averaged over records).
    """
    return _risk(pack_columns(frame, quasi_identifiers).sizes(), threshold)


def measure_privacy(
    frame: Frame,
    quasi_identifiers: Sequence[str],
    sensitive_attributes: Sequence[str] = (),
    *,
    threshold: int = DEFAULT_THRESHOLD,
) -> PrivacyMetrics:
    """Measure re-identification risk, and diversity and closeness of sensitive attributes.

    Args:
        frame: One row per person.
        quasi_identifiers: What an attacker may know.
        sensitive_attributes: What an attacker wants to learn; may be none.
        threshold: As in `measure_risk`.

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable.
    """
    if sensitive_attributes:
        require_columns(frame, sensitive_attributes)
    packed = pack_columns(frame, quasi_identifiers)
    sizes: Integers | None = None
    varied: dict[str, DiversityMetrics] = {}
    close: dict[str, ClosenessMetrics] = {}
    for name in sensitive_attributes:
        ordered = order_values(column_of(frame, name), name)
        cells = tabulate(packed, ordered.codes, len(ordered.distinct))
        varied[name] = diversity.of_cells(cells)
        close[name] = closeness.of_cells(cells, "ordered" if ordered.is_range else "equal")
        sizes = cells.class_sizes
    return PrivacyMetrics(
        risk=_risk(packed.sizes() if sizes is None else sizes, threshold),
        diversity=varied,
        closeness=close,
    )


def verify_k_anonymous(frame: Frame, quasi_identifiers: Sequence[str], *, k: int) -> None:
    """Refuse a frame that is not k-anonymous.

    Raises:
        AnonymizationError: A class has fewer than k rows, or the columns do not fit the frame.
    """
    found = measure_risk(frame, quasi_identifiers, threshold=k)
    if found.rows_below_threshold:
        raise AnonymizationError(
            f"k-anonymity with k = {k}",
            problem=f"{found.rows_below_threshold} of {found.rows} rows in smaller classes "
            f"(the smallest has {found.k})",
            remedy="generalize further; nothing was written",
        )


def _risk(of_classes: Integers, threshold: int) -> RiskMetrics:
    counted = np.bincount(of_classes)
    sizes = np.flatnonzero(counted)
    counts = counted[sizes]
    rows, classes = int(of_classes.sum()), len(of_classes)
    k = int(sizes[0]) if classes else 0
    uniques = int(counts[sizes == 1].sum())
    return RiskMetrics(
        rows=rows,
        classes=classes,
        k=k,
        uniques=uniques,
        uniqueness=uniques / max(rows, 1),
        prosecutor_max=1 / k if k else 0.0,
        prosecutor_average=classes / max(rows, 1),
        threshold=threshold,
        rows_below_threshold=int((sizes * counts)[sizes < threshold].sum()),
        class_sizes=tuple(zip(sizes.tolist(), counts.tolist(), strict=True)),
    )


def _bin_name(low: int, following: int | None) -> str:
    if following is None:
        return f"{low}+"
    return str(low) if following == low + 1 else f"{low}-{following - 1}"
