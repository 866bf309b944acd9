"""Given the events of a release, when something is asked of it, then these events or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.domain.release import (
    RELEASE,
    JudgeRelease,
    PublishRelease,
    ReleaseCommand,
    WithdrawRelease,
)
from lineage.events import (
    Event,
    PolicyEvaluated,
    ReleaseApproved,
    ReleasePublished,
    ReleaseRefused,
    ReleaseWithdrawn,
)
from lineage.kernel.errors import CommandRejectedError

SHA256 = "a" * 64
APPROVED = ReleaseApproved(
    source_uri="out.csv",
    sha256=SHA256,
    release_uri="DATA/releases/x/out.csv",
    purpose="research",
    recipient="university",
    approver="dpo",
    warnings=(),
)
PUBLISHED = ReleasePublished(release_uri=APPROVED.release_uri, sha256=SHA256, size_bytes=3)
WITHDRAWN = ReleaseWithdrawn(reason="a mistake", is_removed=True)


def evaluated(policy: str = "few", **said: Any) -> PolicyEvaluated:
    """An evaluation; it passed unless told otherwise."""
    values: dict[str, Any] = {
        "policy": policy,
        "kind": "k_at_least",
        "severity": "block",
        "uri": "out.csv",
        "sha256": SHA256,
        "outcome": "passed",
        "required": {"k": 5},
        "measured": {"k": 5},
        "reason": "",
        "waiver": None,
    }
    return PolicyEvaluated(**{**values, **said})


def judged(*facts: PolicyEvaluated, policies: tuple[str, ...] = ("few",)) -> JudgeRelease:
    """The command to decide by these evaluations."""
    return JudgeRelease(policies=frozenset(policies), facts=facts, wanted=APPROVED)


def when(command: ReleaseCommand, *given: Event) -> tuple[Event, ...]:
    """The events of a command after others."""
    return RELEASE.decide(RELEASE.fold(given), command)


def test_file_that_fits_all_policies_is_approved() -> None:
    """The evaluation is on record before the decision."""
    assert when(judged(evaluated())) == (evaluated(), APPROVED)


@pytest.mark.parametrize("outcome", ["violated", "unknown"])
def test_file_that_does_not_fit_is_refused(outcome: str) -> None:
    """What is not known blocks as a violation does, and the policy is named."""
    found = evaluated(outcome=outcome)

    *_, decision = when(judged(found, evaluated("other"), policies=("few", "other")))

    assert isinstance(decision, ReleaseRefused)
    assert decision.violations == ("few",)


@pytest.mark.parametrize("said", [{"severity": "warn"}, {"waiver": "w1"}])
def test_violation_that_does_not_block_is_named_in_the_approval(said: dict[str, str]) -> None:
    """A warning, or a waived policy, lets the file pass and is not forgotten."""
    *_, decision = when(judged(evaluated(outcome="violated", **said)))

    assert decision == APPROVED.model_copy(update={"warnings": ("few",)})


@pytest.mark.parametrize("facts", [(), (evaluated("other"),)])
def test_policy_that_was_not_evaluated_stops_the_decision(
    facts: tuple[PolicyEvaluated, ...],
) -> None:
    """Nobody decides without having looked."""
    with pytest.raises(CommandRejectedError, match="not judged by few"):
        when(judged(*facts))


def test_project_without_policies_cannot_decide() -> None:
    """No rule means no approval."""
    with pytest.raises(CommandRejectedError, match="not judged by any policy"):
        when(judged(policies=()))


@pytest.mark.parametrize(
    "given",
    [
        (APPROVED,),
        (
            ReleaseRefused(
                **APPROVED.model_dump(exclude={"release_uri", "warnings"}), violations=()
            ),
        ),
    ],
)
def test_release_is_decided_once(given: tuple[Event, ...]) -> None:
    """A second decision would hide the first."""
    with pytest.raises(CommandRejectedError, match="decided already"):
        when(judged(evaluated()), *given)


def test_approved_file_is_published_once() -> None:
    """Doing it again after a crash changes nothing."""
    assert when(PublishRelease(published=PUBLISHED), APPROVED) == (PUBLISHED,)
    assert when(PublishRelease(published=PUBLISHED), APPROVED, PUBLISHED) == ()


@pytest.mark.parametrize(
    ("given", "problem"),
    [((), "not approved"), ((APPROVED, WITHDRAWN), "not approved")],
)
def test_file_without_approval_is_not_published(given: tuple[Event, ...], problem: str) -> None:
    """Only an approval that still holds lets a file appear."""
    with pytest.raises(CommandRejectedError, match=problem):
        when(PublishRelease(published=PUBLISHED), *given)


@pytest.mark.parametrize("other", [{"sha256": "b" * 64}, {"release_uri": "elsewhere.csv"}])
def test_other_file_than_the_approved_one_is_not_published(other: dict[str, str]) -> None:
    """What appears is what was judged."""
    published = PUBLISHED.model_copy(update=other)

    with pytest.raises(CommandRejectedError, match="another file"):
        when(PublishRelease(published=published), APPROVED)


def test_release_is_withdrawn_once() -> None:
    """Withdrawing it again changes nothing; what was never released cannot be."""
    command = WithdrawRelease(withdrawn=WITHDRAWN)

    assert when(command, APPROVED, PUBLISHED) == (WITHDRAWN,)
    assert when(command, APPROVED, PUBLISHED, WITHDRAWN) == ()
    with pytest.raises(CommandRejectedError, match="nothing was released"):
        when(command)
