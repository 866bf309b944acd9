"""What rules a project has, what was decided by them, and who allowed an exception."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from lineage.events.base import Event, JsonObject, Sha256

Severity = Literal["block", "warn"]
"""What a violated policy does: refuse the release, or say so."""

PolicyOutcome = Literal["passed", "violated", "unknown"]
"""Whether a policy holds; unknown where it could not be measured, which does not pass."""


class PolicyDeclared(Event):
    """The policies of the project have another text than before.

    Attributes:
        policies_sha256: Digest of the canonical JSON of `policies`.
        policies: Policy name to what it demands, as declared.
    """

    TOPIC: ClassVar[str] = "policy.declared"
    policies_sha256: Sha256
    policies: JsonObject


class PolicyEvaluated(Event):
    """A policy was applied to a dataset version.

    Attributes:
        policy: Its name.
        kind: What it is about ("k_at_least", "no_direct_identifier", ...).
        severity: What it does when it is violated.
        uri: The file it was applied to.
        sha256: Digest of the file's content.
        outcome: Whether it holds.
        required: What it demands.
        measured: What was found; names, numbers and columns, no cell values.
        reason: Why it does not hold, in a sentence; empty if it does.
        waiver: The waiver that lets it pass all the same; None without one.
    """

    TOPIC: ClassVar[str] = "policy.evaluated"
    policy: str
    kind: str
    severity: Severity
    uri: str
    sha256: Sha256
    outcome: PolicyOutcome
    required: JsonObject
    measured: JsonObject
    reason: str
    waiver: str | None


class WaiverGranted(Event):
    """Somebody allowed an exception from a policy.

    Attributes:
        waiver: Its id.
        policy: The policy.
        uri: The only file it is for; None for every file.
        reason: Why.
        approver: Who allowed it.
        until: When it ends.
    """

    TOPIC: ClassVar[str] = "waiver.granted"
    waiver: str
    policy: str
    uri: str | None
    reason: str
    approver: str
    until: AwareDatetime


class WaiverWithdrawn(Event):
    """An exception from a policy ended before its time.

    Attributes:
        waiver: Its id.
        reason: Why.
    """

    TOPIC: ClassVar[str] = "waiver.withdrawn"
    waiver: str
    reason: str
