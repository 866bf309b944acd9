"""The rules of a release: judged, approved or refused once, published once, perhaps withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, assert_never

from lineage.domain.decider import Decider
from lineage.domain.policy import PolicyFact
from lineage.events import (
    Event,
    PolicyEvaluated,
    ReleaseApproved,
    ReleasePublished,
    ReleaseRefused,
    ReleaseWithdrawn,
)
from lineage.kernel.errors import CommandRejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRelease:
    """Decide about a file.

    Attributes:
        policies: Names of the policies that hold.
        facts: What was found, an evaluation of each of them among it.
        wanted: The approval to record if nothing blocks it; its warnings are filled in here.
    """

    policies: frozenset[str]
    facts: tuple[PolicyFact, ...]
    wanted: ReleaseApproved


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRelease:
    """Record that the approved file appeared."""

    published: ReleasePublished


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRelease:
    """Record that the release must not be used any more."""

    withdrawn: ReleaseWithdrawn


ReleaseCommand: TypeAlias = JudgeRelease | PublishRelease | WithdrawRelease


class ReleaseState(NamedTuple):
    """What is on record about a release.

    Attributes:
        approved: Its approval; None before it, and if it was refused.
        is_refused: Whether it was refused.
        is_published: Whether its file appeared.
        is_withdrawn: Whether it was withdrawn.
    """

    approved: ReleaseApproved | None = None
    is_refused: bool = False
    is_published: bool = False
    is_withdrawn: bool = False


def decide(state: ReleaseState, command: ReleaseCommand) -> tuple[Event, ...]:
    """Return the events of a command.

    A file is refused if a policy with severity "block" does not hold and is not waived.

    Raises:
        CommandRejectedError: A policy was not evaluated, or there is none; the release was decided
            already, was not approved, or the file that appeared is another one.
    """
    match command:
        case JudgeRelease():
            return _judge(state, command)
        case PublishRelease(published=published):
            return _publish(state, published)
        case WithdrawRelease(withdrawn=withdrawn):
            if state.is_withdrawn:
                return ()
            if state.approved is None:
                raise CommandRejectedError("release", problem="nothing was released under this id")
            return (withdrawn,)
    assert_never(command)


def evolve(state: ReleaseState, event: Event) -> ReleaseState:
    """Return what is on record after an event."""
    match event:
        case ReleaseApproved():
            return state._replace(approved=event)
        case ReleaseRefused():
            return state._replace(is_refused=True)
        case ReleasePublished():
            return state._replace(is_published=True)
        case ReleaseWithdrawn():
            return state._replace(is_withdrawn=True)
    return state


RELEASE: Decider[ReleaseState, ReleaseCommand] = Decider(
    initial=ReleaseState(), decide=decide, evolve=evolve
)
"""The rules of the streams `release:<id>`."""


def _judge(state: ReleaseState, command: JudgeRelease) -> tuple[Event, ...]:
    wanted = command.wanted
    if state.approved is not None or state.is_refused:
        raise CommandRejectedError("release", problem="it was decided already")
    evaluated = [fact for fact in command.facts if isinstance(fact, PolicyEvaluated)]
    missing = command.policies - {one.policy for one in evaluated}
    if missing or not evaluated:
        told = ", ".join(sorted(missing)) or "any policy"
        raise CommandRejectedError("release", problem=f"not judged by {told}")
    failed = [one for one in evaluated if one.outcome != "passed"]
    blocking = tuple(one.policy for one in failed if one.severity == "block" and one.waiver is None)
    if blocking:
        refused = ReleaseRefused(
            source_uri=wanted.source_uri,
            sha256=wanted.sha256,
            purpose=wanted.purpose,
            recipient=wanted.recipient,
            approver=wanted.approver,
            violations=blocking,
        )
        return (*command.facts, refused)
    warnings = tuple(one.policy for one in failed)
    return (*command.facts, wanted.model_copy(update={"warnings": warnings}))


def _publish(state: ReleaseState, published: ReleasePublished) -> tuple[Event, ...]:
    if state.approved is None or state.is_withdrawn:
        raise CommandRejectedError("release", problem="it is not approved")
    if state.is_published:
        return ()
    if (published.sha256, published.release_uri) != (
        state.approved.sha256,
        state.approved.release_uri,
    ):
        raise CommandRejectedError("release", problem="another file than the one that was approved")
    return (published,)
