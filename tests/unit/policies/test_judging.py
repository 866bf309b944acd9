"""A policy holds, is violated, or cannot be known; what is not known does not pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from lineage.policies.declared import Policy
from lineage.policies.evidence import Claim, Evidence, Kept, Spent
from lineage.policies.judging import judge

NOW = datetime(2026, 5, 1, tzinfo=UTC)
POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)


def column(name: str, verdict: str = "protected", role: str | None = None) -> dict[str, Any]:
    """A column of a flow."""
    return {"column": name, "verdict": verdict, "role": role, "sources": []}


EVIDENCE = Evidence(
    uri="out.csv",
    sha256="a" * 64,
    flow={
        "verdict": "no direct identifier",
        "columns": [
            column("age", "protected", "quasi_identifier"),
            column("illness", "unchanged", "sensitive"),
            column("made up", "generated"),
        ],
    },
    labels={"illness": frozenset({"health", "special_category"})},
    measures={
        "rows": 100,
        "k": 5,
        "l": {"illness": 3},
        "entropy_l": {"illness": 2.5},
        "t": {"illness": 0.2},
    },
    unmeasured="",
    quasi_identifiers=("age",),
    sensitive=("illness",),
    is_encrypted=False,
    recipient="university",
    declared_recipients=("university",),
    now=NOW,
    kept=(
        Kept(dataset="people", uri="in.csv", since=NOW, period="P1Y", ends_at=NOW + timedelta(1)),
    ),
    spent=(Spent(uri="in.csv", epsilon=1.0, delta=1e-6),),
    claims=(Claim(column="age", effect="generalization", outcome="holds", reason=""),),
)


def outcome(policy: dict[str, Any], evidence: Evidence = EVIDENCE) -> tuple[str, str]:
    """What a policy says of evidence, and why."""
    judged = judge(POLICY.validate_python(policy), evidence)
    assert (judged.outcome == "passed") is (judged.reason == "")
    return judged.outcome, judged.reason


@pytest.mark.parametrize(
    "policy",
    [
        {"kind": "k_at_least", "k": 5},
        {"kind": "l_at_least", "l": 3},
        {"kind": "l_at_least", "l": 2.5, "definition": "entropy"},
        {"kind": "t_at_most", "t": 0.2},
        {"kind": "no_direct_identifier"},
        {"kind": "class_not_released", "classes": ["contact"]},
        {"kind": "encryption_required", "classes": ["contact"]},
        {"kind": "retention_kept"},
        {"kind": "allowed_recipients"},
        {"kind": "allowed_recipients", "recipients": ["university"]},
        {"kind": "budget_at_most", "epsilon": 1.0, "delta": 1e-6},
        {"kind": "claims_hold"},
    ],
    ids=str,
)
def test_evidence_at_the_bound_fits(policy: dict[str, Any]) -> None:
    """A bound is reached, not exceeded."""
    assert outcome(policy) == ("passed", "")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"kind": "k_at_least", "k": 6}, "k is 5, and at least 6"),
        ({"kind": "l_at_least", "l": 4}, "l is 3 in illness, and at least 4"),
        ({"kind": "l_at_least", "l": 2.6, "definition": "entropy"}, "entropy_l is 2.5"),
        ({"kind": "t_at_most", "t": 0.1}, "t is 0.2 in illness, and at most 0.1"),
        ({"kind": "class_not_released", "classes": ["health"]}, "unchanged: illness"),
        ({"kind": "class_not_released", "classes": ["special_category"]}, "unchanged: illness"),
        ({"kind": "encryption_required", "classes": ["health"]}, "not encrypted and holds illness"),
        ({"kind": "encryption_required"}, "not encrypted"),
        ({"kind": "allowed_recipients", "recipients": ["clinic"]}, "may not get it; clinic may"),
        ({"kind": "budget_at_most", "epsilon": 0.5, "delta": 1}, "1 on in.csv"),
        ({"kind": "budget_at_most", "epsilon": 2}, "delta 0 is allowed"),
    ],
    ids=str,
)
def test_evidence_beyond_the_bound_is_a_violation(policy: dict[str, Any], told: str) -> None:
    """The reason says what was found and what is allowed."""
    found, reason = outcome(policy)

    assert found == "violated"
    assert told in reason


@pytest.mark.parametrize(
    ("policy", "change", "told"),
    [
        ({"kind": "k_at_least", "k": 2}, {"quasi_identifiers": ()}, "no column of the file"),
        ({"kind": "k_at_least", "k": 2}, {"measures": {}, "unmeasured": "no table"}, "no table"),
        ({"kind": "l_at_least", "l": 2}, {"measures": {"rows": 3, "l": {}}}, "not measured"),
        ({"kind": "allowed_recipients"}, {"recipient": None}, "no recipient"),
        ({"kind": "claims_hold"}, {"claims": ()}, "not compared with its source: age"),
    ],
    ids=str,
)
def test_what_is_not_known_does_not_pass(
    policy: dict[str, Any], change: dict[str, Any], told: str
) -> None:
    """Missing evidence is its own outcome."""
    found, reason = outcome(policy, replace(EVIDENCE, **change))

    assert found == "unknown"
    assert told in reason


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([column("ssn", "unchanged", "direct_identifier")], "violated"),
        ([column("token", "protected", "direct_identifier")], "passed"),
        ([column("city", "unchanged", "quasi_identifier")], "passed"),
        ([column("x", "unknown")], "unknown"),
        ([column("x", "unknown"), column("ssn", "unchanged", "direct_identifier")], "violated"),
        ([], "unknown"),
    ],
)
def test_identifier_or_unknown_lineage_keeps_a_file_back(
    columns: list[dict[str, Any]], expected: str
) -> None:
    """A file nobody can explain is no safe file."""
    evidence = replace(EVIDENCE, flow={"columns": columns})

    assert outcome({"kind": "no_direct_identifier"}, evidence)[0] == expected


def test_unknown_column_may_be_of_any_class() -> None:
    """A class cannot be excluded where lineage is unknown."""
    evidence = replace(EVIDENCE, flow={"columns": [column("x", "unknown")]}, labels={})

    assert outcome({"kind": "class_not_released", "classes": ["health"]}, evidence)[0] == "unknown"
    assert (
        outcome({"kind": "encryption_required", "classes": ["health"]}, evidence)[0] == "violated"
    )


@pytest.mark.parametrize(
    ("ends_at", "expected"),
    [(NOW - timedelta(1), "violated"), (None, "unknown"), (NOW + timedelta(1), "passed")],
)
def test_source_past_its_period_is_a_violation(ends_at: datetime | None, expected: str) -> None:
    """A source without a period has nobody who decided one."""
    kept = replace(EVIDENCE.kept[0], ends_at=ends_at)

    assert outcome({"kind": "retention_kept"}, replace(EVIDENCE, kept=(kept,)))[0] == expected


def test_false_claim_is_told_with_its_figures() -> None:
    """What was said to be masked and is not keeps the file back."""
    false = Claim(column="age", effect="masking", outcome="false", reason="half of it is equal")
    found = outcome({"kind": "claims_hold"}, replace(EVIDENCE, claims=(false,)))

    assert found == ("violated", "not as declared: age: half of it is equal")


def test_file_without_rows_shows_nobody() -> None:
    """An empty table has no class, so no bound is broken."""
    empty = replace(
        EVIDENCE, measures={"rows": 0, "k": 0, "l": {"illness": 0}, "t": {"illness": 0}}
    )

    assert outcome({"kind": "k_at_least", "k": 5}, empty)[0] == "passed"
    assert outcome({"kind": "l_at_least", "l": 5}, empty)[0] == "passed"


def test_encrypted_file_fits_a_demand_for_encryption() -> None:
    """Whatever it holds."""
    evidence = replace(EVIDENCE, is_encrypted=True)

    assert outcome({"kind": "encryption_required", "classes": ["health"]}, evidence)[0] == "passed"
