"""What is measured of a release, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from ops.anonymize.generalization import Generalization
from ops.measures import diversity, risk, utility
from ops.measures.classes import classify
from ops.measures.risk import PrivacyMetrics
from ops.measures.utility import CertaintyPenalty, ClassUtility
from ops.measures.value_domain import encode_ordered
from ops.privacy_facts import MeasuredRisk
from ops.result import OperationResult

_FAR = 0.8
_SUPPRESSED = "\0suppressed"  # no label is written so


@dataclass(frozen=True, kw_only=True)
class Release:
    """A dataset before and after.

    Attributes:
        original: The rows before.
        generalization: The rows afterwards.
        quasi_identifiers: The columns that were generalized together.
        sensitive_attributes: The columns whose diversity and closeness are measured.
        k: The class size asked for.
    """

    original: pd.DataFrame
    generalization: Generalization
    quasi_identifiers: Sequence[str]
    sensitive_attributes: Sequence[str]
    k: int

    def metrics(self) -> dict[str, object]:
        """Return risk, diversity, closeness and utility before and after."""
        raw = utility.measure_class_utility(self.original, self.quasi_identifiers)
        before = {
            "gcp": 0.0,
            "discernibility": raw.discernibility,
            "average_class_size": raw.average_class_size,
        }
        after = self._penalty().to_metrics() | self._class_utility().to_metrics()
        return {
            "before": self._measure(self.original).to_metrics() | {"utility": before},
            "after": self._privacy.to_metrics() | {"utility": after},
        }

    def tell_suppression(self, result: OperationResult) -> None:
        """Say how many rows are not published."""
        suppressed, rows = self.generalization.suppressed, len(self.original)
        if suppressed:
            result.warn(
                f"rows are suppressed: {suppressed:,} of {rows:,} rows are not published",
                suppressed_rows=suppressed,
            )

    def tell_disclosure(self, result: OperationResult) -> None:
        """Say in words what k-anonymity leaves open: what a class tells of all its people."""
        published = self.generalization.published
        measured = self._privacy
        uniform = [name for name, found in measured.diversity.items() if found.distinct_l == 1]
        classes = classify(published, self.quasi_identifiers) if uniform else None
        for name in uniform:
            assert classes is not None  # noqa: S101  # made where any column is uniform
            count, rows = diversity.uniform_classes(classes, published[name])
            result.warn(
                f"{name} (l = 1): in {count:,} of {classes.count:,} groups of people with equal "
                f"quasi-identifiers, with {rows:,} of {classes.rows:,} people, everybody has the "
                "same value; whoever knows the quasi-identifiers of one of them learns their "
                f"{name} without finding their row; generalize further or leave {name} out",
                column=name,
                distinct_l=1,
                classes=count,
                rows=rows,
            )
        for name, found in measured.closeness.items():
            if found.t >= _FAR:
                result.warn(
                    f"{name} (t = {found.t:.2f}, 1 is the worst): in a group of people with equal "
                    "quasi-identifiers its values are distributed quite unlike those of all "
                    f"people; knowing that somebody is in it tells much about their {name}; "
                    f"generalize further or leave {name} out",
                    column=name,
                    t=found.t,
                )

    def measured(self, path: Path) -> MeasuredRisk:
        """Return the risk that remains in the published file."""
        return MeasuredRisk(
            subject=path,
            quasi_identifiers=tuple(self.quasi_identifiers),
            sensitive=tuple(self.sensitive_attributes),
            measures=self._privacy.to_measures(),
            method=risk.METHOD,
        )

    @cached_property
    def _privacy(self) -> PrivacyMetrics:
        return self._measure(self.generalization.published)

    def _measure(self, frame: pd.DataFrame) -> PrivacyMetrics:
        return risk.measure_privacy(
            frame, self.quasi_identifiers, self.sensitive_attributes, threshold=self.k
        )

    def _penalty(self) -> CertaintyPenalty:
        """Return how wide the published values are; a suppressed one is as wide as the column."""
        frame, suppressed = self.generalization.frame, self.generalization.suppressed
        names = self.quasi_identifiers
        if not suppressed:
            return utility.measure_certainty_penalty(self.original, frame, names)
        is_kept = self.generalization.is_kept
        marked = frame[list(names)].astype(object)
        marked.loc[~is_kept, :] = _SUPPRESSED
        penalty = utility.measure_certainty_penalty(self.original, marked, names)
        widths = dict(penalty.by_attribute)
        for name in names:
            codes, domain = encode_ordered(self.original[name])
            places = domain.positions[codes[~is_kept]]
            widths[name] += suppressed * (1.0 - (places.max() - places.min()) / domain.extent)
        return replace(penalty, by_attribute=widths)

    def _class_utility(self) -> ClassUtility:
        """Return the utility of the published classes; suppressed rows count as `utility` says."""
        found = utility.measure_class_utility(
            self.generalization.published, self.quasi_identifiers, k=self.k
        )
        suppressed, rows = self.generalization.suppressed, len(self.original)
        if not suppressed:
            return found
        whole = utility.measure_class_utility(self.generalization.frame, self.quasi_identifiers)
        return replace(
            found,
            rows=rows,
            suppressed_rows=suppressed,
            discernibility=found.discernibility + rows * suppressed,
            discernibility_unsuppressed=whole.discernibility_unsuppressed,
            average_class_size=rows / (found.classes + 1),
        )
