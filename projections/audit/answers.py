"""Answers to the lines of an audit: whether something is on record, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from projections.audit.facts import Facts

State = Literal["evidence", "not recorded", "not applicable"]
"""What is said of a line."""

SMALLEST: Final = 1
"""k of a dataset in which somebody stands alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of a line.

    Attributes:
        state: Whether it is on record.
        sentence: What was found, or what to do to have it, or why it does not apply.
        positions: Where in the ledger; empty unless it is evidence.
    """

    state: State
    sentence: str
    positions: Sequence[int] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the checklist.

    Attributes:
        id: "A1" to "H6".
        demand: What is to be shown.
        basis: Where that comes from.
        answer: Says it of the facts.
    """

    id: str
    demand: str
    basis: str
    answer: Callable[[Facts], Told]


def declared(key: str, how: str) -> Callable[[Facts], Told]:
    """Answer from the project's accountability, or from every dataset that declares it."""

    def answer(facts: Facts) -> Told:
        dictionary = facts.one("dictionary")
        answers: Mapping[str, Any] = dictionary.get("accountability") or {}
        datasets: Mapping[str, Any] = dictionary.get("datasets") or {}
        named = [name for name, one in datasets.items() if isinstance(one, dict) and one.get(key)]
        if answers.get(key):
            return evidence(f"declared for the project: {_words(answers[key])}", dictionary)
        if named:
            return evidence(f"declared for {', '.join(named)}", dictionary)
        return Told(state="not recorded", sentence=how)

    return answer


def of_types(*types: str, found: str, missing: str) -> Callable[[Facts], Told]:
    """Answer by whether events of some types are on record."""

    def answer(facts: Facts) -> Told:
        positions = facts.positions(*types)
        if positions:
            return Told(state="evidence", sentence=found, positions=positions)
        return Told(state="not recorded", sentence=missing)

    return answer


def unless(
    happened: Callable[[Facts], object], because: str, answer: Callable[[Facts], Told]
) -> Callable[[Facts], Told]:
    """Say that a line does not apply where nothing of the kind has happened."""

    def told(facts: Facts) -> Told:
        return answer(facts) if happened(facts) else Told(state="not applicable", sentence=because)

    return told


def never(because: str) -> Callable[[Facts], Told]:
    """Say that a line never applies."""
    return lambda _: Told(state="not applicable", sentence=because)


def missing(how: str) -> Callable[[Facts], Told]:
    """Say that the product does not record it, and what to do."""
    return lambda _: Told(state="not recorded", sentence=how)


def evidence(sentence: str, row: Mapping[str, Any]) -> Told:
    """Return that a row is evidence."""
    return Told(state="evidence", sentence=sentence, positions=[row["position"]])


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def roles(facts: Facts) -> Told:
    """Say whose roles were decided, and by whom."""
    dictionary = facts.one("dictionary")
    datasets: Mapping[str, Any] = dictionary.get("datasets") or {}
    count = sum(len(one.get("columns", {})) for one in datasets.values() if isinstance(one, dict))
    decided = len(facts["classifications"])
    if not count and not decided:
        return Told(
            state="not recorded",
            sentence="declare the columns of datasets, or confirm proposals: "
            "`lineage privacy confirm`",
        )
    positions = [dictionary["position"]] if dictionary else []
    positions += [row["position"] for row in facts["classifications"]]
    told = f"{count} columns declared, {decided} confirmed by a person, with who and when"
    return Told(state="evidence", sentence=told, positions=positions)


def thresholds(facts: Facts) -> Told:
    """Say which policies are declared, and how many with a rationale."""
    policies = facts.one("policies")
    if not policies:
        return Told(state="not recorded", sentence="declare policies in configs/policies.json")
    declared: Mapping[str, Any] = policies["policies"]
    reasoned = [name for name, one in declared.items() if one.get("rationale")]
    told = f"{len(declared)} policies, {len(reasoned)} of them with a rationale"
    return evidence(told, policies)


def risk(facts: Facts) -> Told:
    """Say between which k the measured datasets are."""
    measured = [row for row in facts["risk"] if row["measures"].get("k") is not None]
    if not measured:
        return Told(
            state="not recorded",
            sentence="measure it with MeasureRiskOperation, or release a file",
        )
    ks = [row["measures"]["k"] for row in measured]
    alone = sum(k <= SMALLEST for k in ks)
    told = f"{len(ks)} measurements, k from {min(ks):,} to {max(ks):,}"
    if alone:
        told += f"; in {alone} of the datasets somebody stands alone"
    return Told(state="evidence", sentence=told, positions=_places(measured))


def diversity(facts: Facts) -> Told:
    """Say how varied sensitive columns are at least."""
    measured = [row for row in facts["risk"] if row["measures"].get("l")]
    if not measured:
        return Told(
            state="not recorded", sentence="name sensitive columns, so that l and t are measured"
        )
    worst = min(value for row in measured for value in row["measures"]["l"].values())
    told = f"distinct l at least {worst} wherever it was measured, and t with it"
    return Told(state="evidence", sentence=told, positions=_places(measured))


def attacks(facts: Facts) -> Told:
    """Say how many releases were attacked."""
    attacked = [row for row in facts["risk"] if "attack" in row["method"]]
    if not attacked:
        return Told(state="not recorded", sentence="attack a release with AttackRiskOperation")
    told = f"{len(attacked)} releases attacked, beside a control set"
    return Told(state="evidence", sentence=told, positions=_places(attacked))


def decisions(facts: Facts) -> Told:
    """Say that releases were decided."""
    positions = facts.positions("release.approved", "release.refused", "policy.evaluated")
    if not positions:
        return Told(
            state="not recorded", sentence="release files with `lineage release`, which judges them"
        )
    return Told(
        state="evidence",
        sentence="each policy is judged on its own, and the decision names its approver",
        positions=positions,
    )


def budget(facts: Facts) -> Told:
    """Say that privacy budgets are on record."""
    return Told(
        state="evidence",
        sentence="mechanism, epsilon, delta and privacy unit of each use are on record; "
        "`lineage privacy budget` composes them",
        positions=facts.positions("budget.spent"),
    )


def seals(facts: Facts) -> Told:
    """Say how far the record is sealed."""
    counts, last = facts.one("seal_counts"), facts.one("seals")
    if not last:
        return Told(state="not recorded", sentence="sign the tree head: `lineage seal`")
    told = (
        f"{counts['seals']:,} signed tree heads, the last over {last['tree_size']:,} events; "
        f"{counts['cosigned']} co-signed, {counts['deposited']} kept outside"
    )
    return evidence(told, last)


def utility(facts: Facts) -> Told:
    """Say how many measures of utility there are."""
    if not facts["utility"]:
        return Told(state="not recorded", sentence="measure it with MeasureUtilityOperation")
    told = f"{len(facts['utility'])} measures of utility"
    return Told(state="evidence", sentence=told, positions=_places(facts["utility"]))


def keyed(facts: Facts) -> bool:
    """Tell whether somebody can turn data back into people."""
    return bool(facts.vaults or facts["keys"] or does(facts, "pseudonymization"))


def does(facts: Facts, effect: str) -> bool:
    """Tell whether an operation of the scope has an effect."""
    return any(
        told["effect"] == effect for row in facts["operations"] for told in row["effects"] or ()
    )


def _places(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the first and the last position of rows."""
    places = [row["position"] for row in rows]
    return sorted({min(places), max(places)}) if places else []
