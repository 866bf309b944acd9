"""Judge evidence by a policy: a function of both, without any side effect.

What is not known does not pass: its outcome is "unknown", which blocks as a violation does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lineage.events import PolicyOutcome
from lineage.kernel.plain import listed
from lineage.policies.declared import (
    AllowedRecipients,
    BudgetAtMost,
    ClaimsHold,
    ClassNotReleased,
    EncryptionRequired,
    KAtLeast,
    LAtLeast,
    NoDirectIdentifier,
    Policy,
    RetentionKept,
    TAtMost,
)
from lineage.policies.evidence import Evidence

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of judging evidence by one policy.

    Attributes:
        outcome: Whether the policy holds.
        measured: What was found: names, numbers, columns.
        reason: Why it does not hold, in a sentence; empty if it does.
    """

    outcome: PolicyOutcome
    measured: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def judge(policy: Policy, evidence: Evidence) -> Judgement:
    """Return whether a policy holds for a file."""
    return _JUDGES[type(policy)](policy, evidence)


def _k(policy: KAtLeast, evidence: Evidence) -> Judgement:
    found = evidence.measures.get("k")
    if not evidence.quasi_identifiers:
        return Judgement(
            outcome="unknown",
            reason="k was not measured: no column of the file is a quasi-identifier by declaration "
            "or lineage",
        )
    if not isinstance(found, int):
        return _unknown("k", evidence)
    measured: dict[str, Any] = {
        "k": found,
        "rows": evidence.measures.get("rows"),
        "quasi_identifiers": list(evidence.quasi_identifiers),
    }
    # a file without rows has no class, and shows nobody
    if evidence.measures.get("rows") == 0 or found >= policy.k:
        return Judgement(outcome="passed", measured=measured)
    return _violated(measured, f"k is {found}, and at least {policy.k} is required")


def _l(policy: LAtLeast, evidence: Evidence) -> Judgement:
    name = "l" if policy.definition == "distinct" else "entropy_l"
    return _by_column(evidence, name, lambda found: found >= policy.l, f"at least {policy.l:g}")


def _t(policy: TAtMost, evidence: Evidence) -> Judgement:
    return _by_column(evidence, "t", lambda found: found <= policy.t, f"at most {policy.t:g}")


def _by_column(
    evidence: Evidence, name: str, holds: Callable[[float], bool], demand: str
) -> Judgement:
    """Judge a measure that each sensitive column has."""
    if not evidence.sensitive:
        return Judgement(outcome="passed", measured={"sensitive": []})
    found = evidence.measures.get(name)
    if not isinstance(found, dict) or set(evidence.sensitive) - found.keys():
        return _unknown(name, evidence)
    bad = {
        column: value
        for column, value in found.items()
        if isinstance(value, int | float) and not holds(value)
    }
    if evidence.measures.get("rows") == 0 or not bad:
        return Judgement(outcome="passed", measured={name: found})
    told = listed([f"{value:g} in {column}" for column, value in bad.items()], _MOST_NAMED)
    return _violated({name: found}, f"{name} is {told}, and {demand} is required")


def _no_identifier(_: NoDirectIdentifier, evidence: Evidence) -> Judgement:
    columns = _columns(evidence)
    open_to_all = [c["column"] for c in columns if _is_identifier(c)]
    unknown = [c["column"] for c in columns if c["verdict"] == "unknown"]
    measured: dict[str, Any] = {"columns": len(columns)}
    if open_to_all:
        told = listed(open_to_all, _MOST_NAMED)
        return _violated({**measured, "identifiers": open_to_all}, f"direct identifier: {told}")
    if unknown or not columns:
        told = listed(unknown, _MOST_NAMED) if columns else "all columns"
        return Judgement(
            outcome="unknown",
            measured={**measured, "unknown": unknown},
            reason=f"nobody declared where {told} came from",
        )
    return Judgement(outcome="passed", measured=measured)


def _not_released(policy: ClassNotReleased, evidence: Evidence) -> Judgement:
    found = _columns_of(evidence, policy.classes)
    verdicts = {c["column"]: c["verdict"] for c in _columns(evidence)}
    unknown = [column for column, verdict in verdicts.items() if verdict == "unknown"]
    shown = [column for column in found if verdicts.get(column) not in {"protected", "generated"}]
    if shown:
        return _violated({"columns": shown}, f"released unchanged: {listed(shown, _MOST_NAMED)}")
    if unknown:
        return Judgement(
            outcome="unknown",
            measured={"unknown": unknown},
            reason=f"nobody declared where {listed(unknown, _MOST_NAMED)} came from",
        )
    return Judgement(outcome="passed", measured={"columns": found})


def _encryption(policy: EncryptionRequired, evidence: Evidence) -> Judgement:
    concerned = _columns_of(evidence, policy.classes) if policy.classes else list(evidence.labels)
    unknown = [c["column"] for c in _columns(evidence) if c["verdict"] == "unknown"]
    measured: dict[str, Any] = {
        "is_encrypted": evidence.is_encrypted,
        "columns": concerned,
    }
    is_due = concerned or unknown or not policy.classes
    if evidence.is_encrypted or not is_due:
        return Judgement(outcome="passed", measured=measured)
    told = f" and holds {listed(concerned, _MOST_NAMED)}" if concerned else ""
    return _violated(measured, f"the file is not encrypted{told}")


def _retention(_: RetentionKept, evidence: Evidence) -> Judgement:
    past = [kept for kept in evidence.kept if kept.ends_at and kept.ends_at < evidence.now]
    unsaid = [kept for kept in evidence.kept if kept.ends_at is None]
    measured: dict[str, Any] = {
        kept.uri: None if kept.ends_at is None else kept.ends_at.isoformat()
        for kept in evidence.kept
    }
    if past:
        told = listed(
            [f"{kept.dataset} since {kept.ends_at:%Y-%m-%d}" for kept in past], _MOST_NAMED
        )
        return _violated(measured, f"past its period: {told}")
    if unsaid:
        told = listed([kept.dataset for kept in unsaid], _MOST_NAMED)
        return Judgement(
            outcome="unknown", measured=measured, reason=f"no period is declared for {told}"
        )
    return Judgement(outcome="passed", measured=measured)


def _recipients(policy: AllowedRecipients, evidence: Evidence) -> Judgement:
    allowed = policy.recipients or tuple(evidence.declared_recipients)
    measured: dict[str, Any] = {"recipient": evidence.recipient, "allowed": list(allowed)}
    if evidence.recipient in allowed:
        return Judgement(outcome="passed", measured=measured)
    if evidence.recipient is None:
        return Judgement(outcome="unknown", measured=measured, reason="no recipient was named")
    told = listed(list(allowed), _MOST_NAMED) if allowed else "nobody"
    return _violated(measured, f"{evidence.recipient} may not get it; {told} may")


def _budget(policy: BudgetAtMost, evidence: Evidence) -> Judgement:
    measured: dict[str, Any] = {
        spent.uri: {"epsilon": spent.epsilon, "delta": spent.delta} for spent in evidence.spent
    }
    over = [
        spent
        for spent in evidence.spent
        if spent.epsilon > policy.epsilon or spent.delta > policy.delta
    ]
    if not over:
        return Judgement(outcome="passed", measured=measured)
    told = listed([f"{one.epsilon:g} on {one.uri}" for one in over], _MOST_NAMED)
    bound = f"epsilon {policy.epsilon:g}, delta {policy.delta:g}"
    return _violated(measured, f"epsilon spent: {told}; at most {bound} is allowed")


def _claims(_: ClaimsHold, evidence: Evidence) -> Judgement:
    measured: dict[str, Any] = {claim.column: claim.outcome for claim in evidence.claims}
    false = [claim for claim in evidence.claims if claim.outcome == "false"]
    if false:
        told = listed([f"{one.column}: {one.reason}" for one in false], _MOST_NAMED)
        return _violated(measured, f"not as declared: {told}")
    held = {claim.column for claim in evidence.claims if claim.outcome == "holds"}
    unchecked = [
        c["column"]
        for c in _columns(evidence)
        if c["verdict"] == "protected" and c["column"] not in held
    ]
    if unchecked:
        return Judgement(
            outcome="unknown",
            measured=measured,
            reason=f"not compared with its source: {listed(unchecked, _MOST_NAMED)}; "
            "`lineage privacy check` does",
        )
    return Judgement(outcome="passed", measured=measured)


_JUDGES: Final[Mapping[type, Callable[[Any, Evidence], Judgement]]] = {
    AllowedRecipients: _recipients,
    BudgetAtMost: _budget,
    ClaimsHold: _claims,
    ClassNotReleased: _not_released,
    EncryptionRequired: _encryption,
    KAtLeast: _k,
    LAtLeast: _l,
    NoDirectIdentifier: _no_identifier,
    RetentionKept: _retention,
    TAtMost: _t,
}


def _violated(measured: Mapping[str, Any], reason: str) -> Judgement:
    return Judgement(outcome="violated", measured=measured, reason=reason)


def _unknown(what: str, evidence: Evidence) -> Judgement:
    return Judgement(
        outcome="unknown",
        reason=f"{what} was not measured: {evidence.unmeasured or 'the file has no such measure'}",
    )


def _columns(evidence: Evidence) -> list[dict[str, Any]]:
    columns = evidence.flow.get("columns", [])
    return [column for column in columns if isinstance(column, dict)] if columns else []  # type: ignore[union-attr]  # a list, by the document


def _is_identifier(column: Mapping[str, Any]) -> bool:
    return (column["role"], column["verdict"]) == ("direct_identifier", "unchanged")


def _columns_of(evidence: Evidence, classes: tuple[str, ...]) -> list[str]:
    wanted = set(classes)
    return [column for column, labels in evidence.labels.items() if labels & wanted]
