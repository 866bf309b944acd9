"""What is on record about policies, and the policies of the project put there."""

from __future__ import annotations

from lineage.domain.policy import POLICY, DeclarePolicies, PolicyCommand, PolicyState
from lineage.events import PolicyDeclared, streams
from lineage.ledger import Session
from lineage.policies.declared import Policies
from lineage.project import Project


def policy_session(project: Project) -> Session[PolicyState, PolicyCommand]:
    """Return the session of what is on record about policies."""
    return Session(project.ledger, POLICY, streams.POLICIES)


def declare(project: Project, policies: Policies) -> PolicyState:
    """Record the policies if they are not those on record, and return what is on record then."""
    session = policy_session(project)
    declared = PolicyDeclared(policies_sha256=policies.sha256, policies=policies.to_plain())
    session.handle(DeclarePolicies(declared=declared))
    return session.state
