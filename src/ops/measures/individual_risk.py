"""Measure the risk of each record of a sample whose records stand for people of a population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.data.frames import Frame
from ops.measures.classes import EquivalenceClasses, column_of, group, require_columns
from ops.measures.codes import Integers, encode

Numbers = npt.NDArray[np.float64]
Method = Literal["approximate", "exact"]
Nulls = Literal["value", "wildcard"]

_APPROXIMATE_ABOVE: Final = 2
_SERIES_ABOVE: Final = 30
_TERMS: Final = 80
"""Enough for the series to be exact where it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndividualRisk:
    """The risk of the records of a weighted sample.

    Attributes:
        individual_max: The greatest risk of a record; 0 without rows.
        individual_average: The mean risk, also called the global risk.
        expected_reidentifications: The sum of the risks: records that are found on average.
    """

    individual_max: float
    individual_average: float
    expected_reidentifications: float

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def measure_individual_risk(
    frame: Frame, quasi_identifiers: Sequence[str], weight: str
) -> IndividualRisk:
    """Measure the risks of all records, as `individual_risks` by the approximation."""
    risks = individual_risks(frame, quasi_identifiers, weight)
    return IndividualRisk(
        individual_max=float(risks.max(initial=0.0)),
        individual_average=float(risks.sum()) / max(len(risks), 1),
        expected_reidentifications=float(risks.sum()),
    )


def individual_risks(
    frame: Frame,
    quasi_identifiers: Sequence[str],
    weight: str,
    *,
    method: Method = "approximate",
    nulls: Nulls = "value",
) -> Numbers:
    """Return the risk of each record: the expected value of 1 / people in its class.

    With f records of a class, whose weights sum up to F, and p = f / F, the number of people has
    a negative binomial distribution.

    Args:
        frame: One row per person of the sample.
        quasi_identifiers: What an attacker may know.
        weight: The column that says for how many people of the population a record stands, at
            least 1, not null.
        method: "approximate" takes p / (f - 1 + p) for f above 2; "exact" takes none.
        nulls: Whether a null is a value of its own, or may be any value, so that a record is in
            a class with all that it might equal.

    Returns:
        Risks from 0 to 1 in the order of the rows; shape (rows,).

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable, or a weight is null,
            below 1 or infinite.

    Source:
        Benedetti, Franconi: Statistical and Technological Solutions for Controlled Data
        Dissemination, NTTS 1998; Polettini: Some Remarks on the Individual Risk Methodology,
        UNECE 2003; with approximation and wildcards as in sdcMicro.
    """
    require_columns(frame, [*quasi_identifiers, weight])
    coded = [encode(column_of(frame, name), name) for name in quasi_identifiers]
    classes = group((codes, count) for codes, count, _ in coded)
    sums: Numbers = np.bincount(
        classes.labels, weights=_weights(frame, weight), minlength=classes.count
    ).astype(np.float64, copy=False)
    sizes = classes.sizes
    if nulls == "wildcard":
        sizes, sums = _matching(classes, coded, sums)
    return _risks(sizes, sums, method)[classes.labels]


def _weights(frame: Frame, name: str) -> Numbers:
    codes, _, values = encode(column_of(frame, name), name)
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    if not (np.isfinite(numbers) & (numbers >= 1)).all():
        raise AnonymizationError(
            f"weights in column {name!r}",
            problem="some are null, below 1, infinite or no numbers",
            expected="for how many people of the population a record stands",
        )
    return numbers[codes]


def _risks(sizes: Integers, sums: Numbers, method: Method) -> Numbers:
    """Return the risk of each class."""
    p = sizes / sums
    risks = p / (sizes - 1 + p)
    is_drawn = p < 1
    if method == "approximate":
        by_parts, by_series = is_drawn & (sizes <= _APPROXIMATE_ABOVE), np.zeros_like(is_drawn)
    else:
        # The steps lose digits where p is above one half; the series needs few terms there.
        by_parts = is_drawn & (sizes <= _SERIES_ABOVE) & (p <= 1 / 2)
        by_series = is_drawn & ~by_parts
    risks[by_parts] = _by_parts(sizes[by_parts], p[by_parts])
    risks[by_series] = _series(sizes[by_series], p[by_series])
    return risks


def _by_parts(sizes: Integers, p: Numbers) -> Numbers:
    """Return the integrals of the risk by parts, each from that of the size before."""
    odds = p / (1 - p)
    risks = reached = -odds * np.log(p)
    for size in range(2, int(sizes.max(initial=0)) + 1):
        reached = odds / (size - 1) - odds * reached
        risks = np.where(sizes == size, reached, risks)
    return risks


def _series(sizes: Integers, p: Numbers) -> Numbers:
    """Return p / f times the hypergeometric function 2F1(1, 1; f + 1; 1 - p)."""
    term, total = np.ones(len(p)), np.ones(len(p))
    for n in range(_TERMS):
        term = term * (n + 1) / (sizes + 1 + n) * (1 - p)
        total += term
    return p / sizes * total


def _matching(
    classes: EquivalenceClasses,
    coded: Sequence[tuple[Integers, int, pd.Index]],
    sums: Numbers,
) -> tuple[Integers, Numbers]:
    """Return rows and weights of all classes that each class might equal.

    Classes are compared by which columns are null in them: two kinds of classes are equal where
    they agree in the columns that are null in neither.
    """
    first = classes.first_rows()
    codes = [own[first] for own, _, _ in coded]
    is_null = np.array(
        [np.asarray(v.isna(), dtype=np.bool_)[c] for c, (_, _, v) in zip(codes, coded, strict=True)]
    )
    kinds = group((row.astype(np.int64), 2) for row in is_null)
    rows, weights = np.zeros(classes.count, dtype=np.int64), np.zeros(classes.count)
    members = [np.flatnonzero(kinds.labels == kind) for kind in range(kinds.count)]
    for ours in members:
        for theirs in members:
            both = ~(is_null[:, ours[0]] | is_null[:, theirs[0]])
            at = np.concatenate([ours, theirs])
            compared = [(codes[c][at], coded[c][1]) for c in np.flatnonzero(both).tolist()]
            labels = group(compared).labels if compared else np.zeros(len(at), dtype=np.int64)
            mine, other = labels[: len(ours)], labels[len(ours) :]
            size = int(labels.max()) + 1
            of_label = np.bincount(other, weights=classes.sizes[theirs], minlength=size)
            rows[ours] += of_label[mine].astype(np.int64)
            weights[ours] += np.bincount(other, weights=sums[theirs], minlength=size)[mine]
    return rows, weights
