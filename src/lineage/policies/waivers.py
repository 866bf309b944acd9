"""Allow exceptions from policies."""

from __future__ import annotations

from datetime import datetime

from lineage.domain.policy import GrantWaiver
from lineage.events import WaiverGranted
from lineage.policies import declared, on_record
from lineage.project import Project


def waive(
    project: Project,
    policy: str,
    *,
    reason: str,
    until: datetime,
    approver: str = "",
    uri: str | None = None,
) -> WaiverGranted:
    """Allow an exception from a policy until a time.

    Args:
        project: The project.
        policy: Name of the policy.
        reason: Why.
        until: When it ends; without an offset, a time of this machine.
        approver: Who allows it; the actor when empty.
        uri: The file it is for, as the history names it; any file when None.

    Returns:
        What was recorded.

    Raises:
        ConfigurationError: The policies have mistakes.
        CommandRejectedError: There is no such policy, no reason, or the end is past.
        LedgerError: The history cannot be read or written.
    """
    on_record.declare(project, declared.load(project.root))
    granted = WaiverGranted(
        waiver=project.ids.new(),
        policy=policy,
        uri=uri,
        reason=reason,
        approver=approver or project.ledger.actor,
        until=until.astimezone(),
    )
    command = GrantWaiver(granted=granted, now=project.clock.now())
    on_record.policy_session(project).handle(command)
    return granted
