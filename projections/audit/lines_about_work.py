"""Lines A to D: who and why, which data, against whom, and each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from projections.audit.answers import (
    Line,
    budget,
    declared,
    does,
    keyed,
    missing,
    of_types,
    roles,
    thresholds,
    unless,
)

_DECLARE: Final = "declare it in the project file, under `accountability` or with the dataset"
_NO_RUN: Final = "no run is on record"
_NO_RELEASE: Final = "nothing was released"

ABOUT_WORK: Final[Sequence[Line]] = (
    Line(
        id="A1",
        demand="controller, processor and contact of the data-protection officer",
        basis="GDPR 30(1)(a), 30(2)(a)",
        answer=declared("controller", _DECLARE),
    ),
    Line(
        id="A2",
        demand="purpose of the processing and its legal basis",
        basis="GDPR 5(1)(b), 6, 30(1)(b)",
        answer=declared("purpose", _DECLARE + "; a run states its own with --purpose"),
    ),
    Line(
        id="A3",
        demand="categories of people and of personal data",
        basis="GDPR 30(1)(c)",
        answer=declared("subjects", "declare `subjects` and `categories` of each dataset"),
    ),
    Line(
        id="A4",
        demand="recipients, and transfers to third countries",
        basis="GDPR 30(1)(d), (e)",
        answer=declared("recipients", _DECLARE),
    ),
    Line(
        id="A5",
        demand="time limits for erasure",
        basis="GDPR 5(1)(e), 30(1)(f)",
        answer=declared("retention", "declare `retention` of each dataset"),
    ),
    Line(
        id="A6",
        demand="description of the security measures",
        basis="GDPR 30(1)(g), 32",
        answer=declared("security_measures", _DECLARE),
    ),
    Line(
        id="A7",
        demand="who acted and who approved, with which version of the tool",
        basis="GDPR 5(2); HIPAA 164.312(b)",
        answer=of_types(
            "run.started",
            "release.approved",
            "release.refused",
            found="every event names user and host; releases name their approver",
            missing=_NO_RUN,
        ),
    ),
    Line(
        id="A8",
        demand="data-protection impact assessment, its version and outcome",
        basis="GDPR 35",
        answer=declared("dpia", _DECLARE),
    ),
    Line(
        id="A9",
        demand="data-use agreement, with a clause against re-identification",
        basis="ISO/IEC 27559, governance",
        answer=declared("agreement", _DECLARE),
    ),
    Line(
        id="A10",
        demand="who was shown values, SQL or code on a page, and why",
        basis="GDPR 5(1)(f), 5(2), 32; HIPAA 164.312(b)",
        answer=unless(
            lambda facts: facts.positions("values.disclosed", "query.asked"),
            "nobody asked a page for what it withholds",
            of_types(
                "values.disclosed",
                "query.asked",
                found="each asking is on record with who, when, of what and why: `lineage query "
                "'from disclosures'` and `'from queries'`",
                missing="",
            ),
        ),
    ),
    Line(
        id="B1",
        demand="datasets with version, digest, size, rows and columns",
        basis="ISO/IEC 27559, 7",
        answer=of_types(
            "dataset.read", found="every version that was read has its SHA-256", missing=_NO_RUN
        ),
    ),
    Line(
        id="B2",
        demand="where the data came from",
        basis="GDPR 5(1)(b); ISO/IEC 27559, 7",
        answer=of_types(
            "columns.derived",
            "file.imported",
            found="lineage from column to column is on record",
            missing="no operation declared where its columns came from",
        ),
    ),
    Line(
        id="B3",
        demand="role of each column, with who decided and when",
        basis="HIPAA 164.514(b); ISO/IEC 20889, 6",
        answer=roles,
    ),
    Line(
        id="B4",
        demand="population or sample, and whose privacy a row is",
        basis="NIST SP 800-188",
        answer=unless(
            lambda facts: "budget.spent" in facts.types,
            "no measure on record depends on the population",
            of_types(
                "budget.spent",
                found="the privacy unit of each private release is on record",
                missing="",
            ),
        ),
    ),
    Line(
        id="B5",
        demand="how missing values of quasi-identifiers count",
        basis="ISO/IEC 20889, 6",
        answer=unless(
            lambda facts: facts["risk"],
            "no risk was measured",
            of_types(
                "risk.measured",
                found="a missing value counts as a value of its own, in every measure",
                missing="",
            ),
        ),
    ),
    Line(
        id="C1",
        demand="release model: open, under contract, or in an enclave",
        basis="ISO/IEC 27559, 6.2",
        answer=unless(
            lambda facts: facts.positions("release.approved"),
            _NO_RELEASE,
            of_types(
                "release.approved", found="each release names its recipient and purpose", missing=""
            ),
        ),
    ),
    Line(
        id="C2",
        demand="attacker: what they know, and which records they could link",
        basis="ISO/IEC 27559, 7.3; HIPAA 164.514(b)(1)",
        answer=of_types(
            "risk.measured",
            found="each measurement names the columns that an attacker was taken to know",
            missing="measure the risk with MeasureRiskOperation, or release a file",
        ),
    ),
    Line(
        id="C3",
        demand="thresholds with rationale and approver",
        basis="HIPAA 164.514(b)(1); GDPR 5(2)",
        answer=thresholds,
    ),
    Line(
        id="C4",
        demand="earlier releases about the same people",
        basis="NIST SP 800-188",
        answer=unless(
            lambda facts: facts.positions("release.published"),
            _NO_RELEASE,
            of_types(
                "release.published",
                found="all releases of the project are listed; how they add up is for a person to "
                "judge",
                missing="",
            ),
        ),
    ),
    Line(
        id="D1",
        demand="each step: operation, technique, version of the code, time, outcome",
        basis="GDPR 5(2); ISO/IEC 20889, 8",
        answer=of_types(
            "operation.succeeded",
            "operation.failed",
            "code.captured",
            found="operations, their code and their outcome are on record",
            missing=_NO_RUN,
        ),
    ),
    Line(
        id="D2",
        demand="parameters, hierarchies, and how chance was seeded",
        basis="GDPR 5(2)",
        answer=of_types(
            "operation.started", found="all parameters and seeds, secrets hidden", missing=_NO_RUN
        ),
    ),
    Line(
        id="D3",
        demand="what went in and out, with digests, rows and changes",
        basis="GDPR 5(1)(d)",
        answer=of_types(
            "artifact.written",
            "metric.recorded",
            found="every file that was written has its SHA-256",
            missing="no file was written",
        ),
    ),
    Line(
        id="D4",
        demand="pseudonymisation: method, key and its version, reversibility, vault",
        basis="GDPR 4(5), 32(1)(a); HIPAA 164.514(c)",
        answer=unless(
            keyed,
            "nothing was pseudonymised, and no key exists",
            of_types(
                "key.created",
                "operation.succeeded",
                found="method, domain, key name and version are with each operation; while a key "
                "or vault exists, the data is pseudonymised, not anonymous",
                missing="",
            ),
        ),
    ),
    Line(
        id="D5",
        demand="differential privacy: unit, mechanism, epsilon, delta, composition",
        basis="NIST SP 800-226",
        answer=unless(
            lambda facts: "budget.spent" in facts.types, "no noise was drawn for privacy", budget
        ),
    ),
    Line(
        id="D6",
        demand="synthetic data: model, training data, number of draws",
        basis="NIST SP 800-188",
        answer=unless(
            lambda facts: does(facts, "synthesis"),
            "no data was synthesized",
            of_types(
                "operation.succeeded",
                found="the model and what it was trained on are with the operation",
                missing="",
            ),
        ),
    ),
    Line(
        id="D7",
        demand="free text and images: handled, or not there",
        basis="HIPAA 164.514(b)(2)",
        answer=missing("nobody declares it here; tag such columns, and state how they are handled"),
    ),
)
"""In the order of the checklist."""
