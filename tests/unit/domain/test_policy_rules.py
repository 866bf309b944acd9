"""Given what is on record of policies, when something is asked, then these events or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineage.domain.policy import (
    POLICY,
    DeclarePolicies,
    GrantWaiver,
    PolicyCommand,
    WithdrawWaiver,
)
from lineage.events import Event, PolicyDeclared, WaiverGranted, WaiverWithdrawn
from lineage.kernel.errors import CommandRejectedError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DECLARED = PolicyDeclared(policies_sha256="a" * 64, policies={"few": {"kind": "k_at_least"}})
WITHDRAWN = WaiverWithdrawn(waiver="w1", reason="no longer needed")


def granted(**said: Any) -> WaiverGranted:
    """An exception of a week from the policy "few"."""
    values: dict[str, Any] = {
        "waiver": "w1",
        "policy": "few",
        "uri": None,
        "reason": "agreed",
        "approver": "dpo",
        "until": NOW + timedelta(days=7),
    }
    return WaiverGranted(**{**values, **said})


def when(command: PolicyCommand, *given: Event) -> tuple[Event, ...]:
    """The events of a command after others."""
    return POLICY.decide(POLICY.fold(given), command)


def test_policies_are_recorded_when_their_text_changes() -> None:
    """The same text again is no news."""
    other = DECLARED.model_copy(update={"policies_sha256": "b" * 64})

    assert when(DeclarePolicies(declared=DECLARED)) == (DECLARED,)
    assert when(DeclarePolicies(declared=DECLARED), DECLARED) == ()
    assert when(DeclarePolicies(declared=other), DECLARED) == (other,)


def test_waiver_of_a_policy_is_granted() -> None:
    """Who, why and until when are on record."""
    assert when(GrantWaiver(granted=granted(), now=NOW), DECLARED) == (granted(),)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"policy": "many"}, "no such policy.*few"),
        ({"until": NOW}, "end before it begins"),
        ({"reason": " "}, "no reason"),
        ({"approver": ""}, "no approver"),
    ],
)
def test_waiver_that_means_nothing_is_refused(said: dict[str, Any], problem: str) -> None:
    """It names a policy, a reason, a person and a time to come."""
    with pytest.raises(CommandRejectedError, match=problem):
        when(GrantWaiver(granted=granted(**said), now=NOW), DECLARED)


def test_waiver_cannot_be_granted_twice_under_one_id() -> None:
    """Not even after it was withdrawn."""
    for history in ((DECLARED, granted()), (DECLARED, granted(), WITHDRAWN)):
        with pytest.raises(CommandRejectedError, match="taken"):
            when(GrantWaiver(granted=granted(), now=NOW), *history)


def test_waiver_is_withdrawn_once() -> None:
    """Withdrawing it again changes nothing; there must be one."""
    command = WithdrawWaiver(withdrawn=WITHDRAWN)

    assert when(command, DECLARED, granted()) == (WITHDRAWN,)
    assert when(command, DECLARED, granted(), WITHDRAWN) == ()
    with pytest.raises(CommandRejectedError, match="none of that id"):
        when(command, DECLARED)


@pytest.mark.parametrize(
    ("uri", "after", "expected"),
    [
        ("out.csv", timedelta(), "w1"),
        ("other.csv", timedelta(), None),
        ("out.csv", timedelta(days=8), None),
    ],
)
def test_waiver_holds_for_its_file_and_until_its_end(
    uri: str, after: timedelta, expected: str | None
) -> None:
    """Another file, or a later time, is not covered."""
    state = POLICY.fold([DECLARED, granted(uri="out.csv")])

    assert state.waiver_of("few", uri, NOW + after) == expected
