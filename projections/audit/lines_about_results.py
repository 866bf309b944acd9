"""Lines E to H: what remains, what was lost, what left, and the record itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from projections.audit.answers import (
    Line,
    attacks,
    decisions,
    diversity,
    missing,
    never,
    of_types,
    risk,
    seals,
    unless,
    utility,
)

_NO_RUN: Final = "no run is on record"
_NO_RELEASE: Final = "nothing was released"
_NO_ERASURE: Final = "nobody asked for an erasure"

ABOUT_RESULTS: Final[Sequence[Line]] = (
    Line(
        id="E1",
        demand="risk before and after: k, uniques, prosecutor, journalist, marketer",
        basis="HIPAA 164.514(b)(1); ISO/IEC 27559, 8.2",
        answer=risk,
    ),
    Line(
        id="E2",
        demand="diversity and closeness of sensitive columns",
        basis="ISO/IEC 20889, 6",
        answer=diversity,
    ),
    Line(
        id="E3",
        demand="model of uniqueness in the population",
        basis="ISO/IEC 27559, 8.2",
        answer=missing("give MeasureRiskOperation a population or weights"),
    ),
    Line(
        id="E4",
        demand="attacks: singling out, linkability, inference, with a control set",
        basis="Article 29 Working Party, opinion 05/2014",
        answer=attacks,
    ),
    Line(
        id="E5",
        demand="definition of each measure",
        basis="HIPAA 164.514(b)(1)",
        answer=of_types(
            "risk.measured",
            found="each measurement names its method; docs/explanation/measures.md defines them",
            missing="no risk was measured",
        ),
    ),
    Line(
        id="E6",
        demand="decision for each threshold, and what remains",
        basis="HIPAA 164.514(b)(1)",
        answer=decisions,
    ),
    Line(id="F1", demand="loss of information", basis="ISO/IEC 20889, 7", answer=utility),
    Line(id="F2", demand="how distributions changed", basis="ISO/IEC 20889, 7", answer=utility),
    Line(
        id="F3",
        demand="fitness for the intended use",
        basis="GDPR 5(1)(c)",
        answer=missing("nobody declares it here; state it with the release's purpose"),
    ),
    Line(
        id="G1",
        demand="release: id, digest, recipient, channel",
        basis="ISO/IEC 27559, 9.3",
        answer=unless(
            lambda facts: facts.positions("release.published"),
            _NO_RELEASE,
            of_types("release.published", found="id, digest, recipient and purpose", missing=""),
        ),
    ),
    Line(
        id="G2",
        demand="when the release is judged again",
        basis="ISO/IEC 27559, 9.3",
        answer=unless(
            lambda facts: facts.positions("release.published"),
            _NO_RELEASE,
            missing("`lineage releases` judges each again as of now; no date is planned on record"),
        ),
    ),
    Line(
        id="G3",
        demand="who read or decrypted which file",
        basis="HIPAA 164.312(b)",
        answer=of_types(
            "dataset.read",
            found="what runs read is on record; reading outside of runs is not",
            missing=_NO_RUN,
        ),
    ),
    Line(
        id="G4",
        demand="requests for erasure and what was done",
        basis="GDPR 17, 19, 12(3)",
        answer=unless(
            lambda facts: facts["erasures"],
            _NO_ERASURE,
            of_types(
                "erasure.planned",
                "erasure.completed",
                found="plan, steps, receipt and what remains are on record",
                missing="",
            ),
        ),
    ),
    Line(
        id="G5",
        demand="incidents and attempts to re-identify",
        basis="GDPR 33",
        answer=missing("incidents are not recorded by this product"),
    ),
    Line(
        id="H1",
        demand="append-only record with signed heads",
        basis="HIPAA 164.312(b), (c)",
        answer=seals,
    ),
    Line(
        id="H2",
        demand="source of the clock",
        basis="HIPAA 164.312(b)",
        answer=of_types(
            "run.started",
            found="times are those of the recording machine, in UTC; the order is by position",
            missing=_NO_RUN,
        ),
    ),
    Line(
        id="H3",
        demand="result of a verification, and gaps",
        basis="GDPR 5(2)",
        answer=missing("`lineage verify` recomputes the record; its answer is no part of it"),
    ),
    Line(
        id="H4",
        demand="how long the record itself is kept",
        basis="HIPAA 164.316(b)(2): six years",
        answer=missing("nothing is deleted from the ledger; how long it is kept is your decision"),
    ),
    Line(
        id="H5",
        demand="statement that the record holds no personal data",
        basis="GDPR 5(1)(c)",
        answer=of_types(
            "run.started",
            found="no event takes cell values; names of files, columns, users and hosts are in it",
            missing=_NO_RUN,
        ),
    ),
    Line(
        id="H6",
        demand="digest of this report, and the version that made it",
        basis="GDPR 5(2)",
        answer=never("they are in the report's own head and file"),
    ),
)
"""In the order of the checklist."""
