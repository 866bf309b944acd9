"""Weigh what the name and the values of a column say about personal data in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.roles import ColumnRole
from ops.profiling.detectors.detector import Confidence, Detector
from ops.profiling.detectors.table import DETECTORS
from ops.profiling.sample import Sample

RULE: Final = (
    "values say so if enough of the tested ones (a twentieth, or half where the form is weak) have "
    "the form, and, where there are check digits, seven tenths of these pass, which other values "
    "would do by chance less than once in a thousand columns; high: the values say so, and so does "
    "the name, or half of the values do; medium: the values in part, or the name with a weak form; "
    "low: the name alone, also where check digits fail, or a form that other data have as well"
)
_AGREEING: Final = 0.7
_BY_CHANCE: Final = 1e-3
_MOST: Final = 0.5
_ORDER: Final[tuple[Confidence, ...]] = ("high", "medium", "low")

_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of personal data that a column may hold: a proposal, with its evidence.

    It holds no value of a cell.

    Attributes:
        kind: `Detector.kind`.
        meaning: `Detector.meaning`.
        role: The proposed role of the column.
        confidence: "high", "medium" or "low", as `RULE` says.
        name_says: The phrase in the column's name that says so; None for none.
        values_tested: Different values that were looked at.
        values_matching: How many of them have the form.
        values_passing: How many of these pass the check; None if the kind has none.
        rows_tested: Rows that have one of the tested values.
        rows_matching: Rows that have a matching one.
        rows_passing: Rows that have a passing one; None as above.
        hipaa: Letter of the identifier in 45 CFR 164.514(b)(2)(i); None if it is none.
        is_special: A special category of GDPR Art. 9.
    """

    kind: str
    meaning: str
    role: ColumnRole
    confidence: Confidence
    name_says: str | None
    values_tested: int
    values_matching: int
    values_passing: int | None
    rows_tested: int
    rows_matching: int
    rows_passing: int | None
    hipaa: str | None
    is_special: bool


def find(name: str, sample: Sample) -> tuple[Finding, ...]:
    """Return what a column may hold, the most certain first.

    Args:
        name: The column.
        sample: Different values of it, with their rows; may be empty.
    """
    seen: dict[str, pa.Array] = {}
    found = []
    for detector in DETECTORS:
        finding = _finding(detector, detector.phrase_in(name), sample, seen)
        if finding is not None:
            found.append(finding)
    ranked = sorted(found, key=lambda finding: _ORDER.index(finding.confidence))
    said = [finding.name_says for finding in ranked]
    return tuple(
        finding
        for place, finding in enumerate(ranked)
        # a phrase that speaks for several kinds is told once, unless values speak as well
        if finding.confidence != "low"
        or finding.name_says is None
        or finding.name_says not in said[:place]
    )


def _finding(
    detector: Detector, phrase: str | None, sample: Sample, seen: dict[str, pa.Array]
) -> Finding | None:
    matching = _matching(detector, sample, seen)
    texts = sample.texts.filter(pa.array(matching)).to_pylist() if matching.any() else []
    passing = None if detector.check is None else _passing(detector, matching, texts)
    confidence = _confidence(detector, matching, passing, texts, is_named=phrase is not None)
    if confidence is None:
        return None
    return Finding(
        kind=detector.kind,
        meaning=detector.meaning,
        role=detector.role,
        confidence=confidence,
        name_says=phrase,
        values_tested=len(matching),
        values_matching=int(matching.sum()),
        values_passing=None if passing is None else int(passing.sum()),
        rows_tested=int(sample.rows.sum()),
        rows_matching=int(sample.rows[matching].sum()),
        rows_passing=None if passing is None else int(sample.rows[passing].sum()),
        hipaa=detector.hipaa,
        is_special=detector.is_special,
    )


def _matching(detector: Detector, sample: Sample, seen: dict[str, pa.Array]) -> _Flags:
    """Tell which values have the form; `seen` keeps the texts without separators."""
    if detector.form is None or not len(sample.texts):
        return np.zeros(len(sample.texts), dtype=np.bool_)
    if detector.separators not in seen:
        seen[detector.separators] = sample.without(detector.separators)
    found: _Flags = pc.match_substring_regex(seen[detector.separators], detector.form).to_numpy(
        zero_copy_only=False
    )
    return found


def _passing(detector: Detector, matching: _Flags, texts: Sequence[str]) -> _Flags:
    assert detector.check is not None  # noqa: S101  # asked by the caller
    passing = matching.copy()
    drop = str.maketrans("", "", detector.separators)
    passing[matching] = [detector.check(text.strip().translate(drop)) for text in texts]
    return passing


def _confidence(
    detector: Detector,
    matching: _Flags,
    passing: _Flags | None,
    texts: Sequence[str],
    *,
    is_named: bool,
) -> Confidence | None:
    """Return how sure it is by `RULE`; None if nothing says so."""
    share = float(matching.mean()) if len(matching) else 0.0
    agrees = passing is None or (share > 0 and passing.sum() >= _AGREEING * matching.sum())
    is_proven = passing is not None and agrees and detector.chance ** passing.sum() < _BY_CHANCE
    says_form = detector.is_telling or (detector.whole is not None and detector.whole(texts))
    if share >= detector.least_share and (is_proven or says_form):
        is_sure = agrees and (is_named or share >= _MOST)
        found: Confidence = "high" if is_sure else "medium"
        return found if is_named else max(found, detector.most, key=_ORDER.index)
    if is_named:
        is_likely = share >= _MOST and (agrees or detector.chance == 1.0)
        return "medium" if is_likely else "low"
    return None
