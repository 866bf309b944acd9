"""The rules of the policies on record: versions of their text, evaluations, and exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from lineage.domain.decider import Decider
from lineage.events import (
    ClaimChecked,
    Event,
    PolicyDeclared,
    PolicyEvaluated,
    RiskMeasured,
    WaiverGranted,
    WaiverWithdrawn,
)
from lineage.kernel.errors import CommandRejectedError

PolicyFact: TypeAlias = PolicyEvaluated | RiskMeasured | ClaimChecked
"""What is found out when a file is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarePolicies:
    """Record the policies that hold now; nothing is recorded if they are those on record."""

    declared: PolicyDeclared


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvaluation:
    """Record that a file was judged without being released."""

    facts: tuple[PolicyFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWaiver:
    """Allow an exception.

    Attributes:
        granted: The exception.
        now: The time, which its end must be after.
    """

    granted: WaiverGranted
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawWaiver:
    """End an exception before its time."""

    withdrawn: WaiverWithdrawn


PolicyCommand: TypeAlias = DeclarePolicies | RecordEvaluation | GrantWaiver | WithdrawWaiver


class PolicyState(NamedTuple):
    """What is on record about policies.

    Attributes:
        policies_sha256: Digest of the policies that hold; None before any were declared.
        names: Their names.
        waivers: Exceptions that were granted and not withdrawn, by their id.
        withdrawn: Ids of those that were withdrawn.
    """

    policies_sha256: str | None = None
    names: frozenset[str] = frozenset()
    waivers: tuple[WaiverGranted, ...] = ()
    withdrawn: frozenset[str] = frozenset()

    def waiver_of(self, policy: str, uri: str, now: datetime) -> str | None:
        """Return the exception from a policy for a file; None if there is none now."""
        fitting = [
            waiver
            for waiver in self.waivers
            if waiver.policy == policy and waiver.uri in {None, uri} and waiver.until > now
        ]
        return max(fitting, key=lambda waiver: waiver.until).waiver if fitting else None


def decide(state: PolicyState, command: PolicyCommand) -> tuple[Event, ...]:
    """Return the events of a command.

    Raises:
        CommandRejectedError: An exception is from no policy, is made twice, has ended, or does
            not exist.
    """
    match command:
        case DeclarePolicies(declared=declared):
            return () if declared.policies_sha256 == state.policies_sha256 else (declared,)
        case RecordEvaluation(facts=facts):
            return facts
        case GrantWaiver(granted=granted, now=now):
            _check_grant(state, granted, now)
            return (granted,)
        case WithdrawWaiver(withdrawn=withdrawn):
            if withdrawn.waiver in state.withdrawn:
                return ()
            if withdrawn.waiver not in {waiver.waiver for waiver in state.waivers}:
                raise CommandRejectedError(
                    f"waiver {withdrawn.waiver!r}",
                    problem="there is none of that id",
                    remedy="`lineage policy list` shows them",
                )
            return (withdrawn,)


def evolve(state: PolicyState, event: Event) -> PolicyState:
    """Return what is on record after an event."""
    match event:
        case PolicyDeclared():
            return state._replace(
                policies_sha256=event.policies_sha256, names=frozenset(event.policies)
            )
        case WaiverGranted():
            return state._replace(waivers=(*state.waivers, event))
        case WaiverWithdrawn():
            left = tuple(waiver for waiver in state.waivers if waiver.waiver != event.waiver)
            return state._replace(waivers=left, withdrawn=state.withdrawn | {event.waiver})
    return state


POLICY: Decider[PolicyState, PolicyCommand] = Decider(
    initial=PolicyState(), decide=decide, evolve=evolve
)
"""The rules of the stream `project:policies`."""


def _check_grant(state: PolicyState, granted: WaiverGranted, now: datetime) -> None:
    subject = f"waiver of {granted.policy!r}"
    if granted.policy not in state.names:
        raise CommandRejectedError(
            subject,
            problem="there is no such policy",
            expected=", ".join(sorted(state.names)) or "a policy in configs/policies.json",
        )
    if granted.waiver in {waiver.waiver for waiver in state.waivers} | state.withdrawn:
        raise CommandRejectedError(subject, problem=f"id {granted.waiver!r} is taken")
    if granted.until <= now:
        raise CommandRejectedError(
            subject, problem="it would end before it begins", expected="a time to come"
        )
    for name in ("reason", "approver"):
        if not getattr(granted, name).strip():
            raise CommandRejectedError(subject, problem=f"no {name}", expected=f"a {name}")
