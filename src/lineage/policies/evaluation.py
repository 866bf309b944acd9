"""Judge a file by all policies of the project, and turn what was found into facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lineage.domain.policy import PolicyFact, PolicyState, RecordEvaluation
from lineage.events import PolicyEvaluated
from lineage.kernel.secrets.file_encryption import FileEncryption
from lineage.policies import dictionary
from lineage.policies.collection import Collected, Judged, collect
from lineage.policies.declared import Policies, load
from lineage.policies.evidence import Evidence
from lineage.policies.judging import judge
from lineage.policies.on_record import declare, policy_session
from lineage.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A file judged by all policies.

    Attributes:
        policies: The policies.
        collected: What they were judged on.
        evaluated: One evaluation of each policy, in their order.
    """

    policies: Policies
    collected: Collected
    evaluated: tuple[PolicyEvaluated, ...]

    @property
    def facts(self) -> tuple[PolicyFact, ...]:
        """What was found, measurement first."""
        measured = self.collected.measured
        return self.evaluated if measured is None else (measured, *self.evaluated)

    @property
    def blocking(self) -> tuple[PolicyEvaluated, ...]:
        """The evaluations that keep the file back."""
        return tuple(
            one
            for one in self.evaluated
            if one.outcome != "passed" and one.severity == "block" and one.waiver is None
        )


def evaluate(
    project: Project,
    path: Path,
    sha256: str,
    *,
    recipient: str | None = None,
    encryption: FileEncryption | None = None,
    content: Path | None = None,
) -> Evaluation:
    """Judge a file; nothing is recorded but policies and data dictionary, if they changed.

    Args:
        project: Where the file belongs.
        path: The file.
        sha256: Digest of its content.
        recipient: Who is to get it; None where nobody asked.
        encryption: What opens it if it is encrypted.
        content: Where its content is; where the file is when None.

    Raises:
        ConfigurationError: The policies have mistakes.
        LedgerError: The history cannot be read or written.
        ProjectionError: Its catalog cannot be built.
    """
    policies = load(project.root)
    dictionary.declare(project)
    on_record = declare(project, policies)
    judged = Judged(uri=project.display(path), sha256=sha256, content=content or path)
    collected = collect(project, judged, recipient=recipient, encryption=encryption)
    return Evaluation(
        policies=policies,
        collected=collected,
        evaluated=tuple(
            _evaluated(name, policies, collected.evidence, on_record) for name in policies.by_name
        ),
    )


def record(project: Project, evaluation: Evaluation) -> None:
    """Record a judgement that is for no release.

    Raises:
        LedgerError: The history cannot be written.
    """
    policy_session(project).handle(RecordEvaluation(facts=evaluation.facts))


def _evaluated(
    name: str, policies: Policies, evidence: Evidence, on_record: PolicyState
) -> PolicyEvaluated:
    policy = policies.by_name[name]
    judged = judge(policy, evidence)
    holds = judged.outcome == "passed"
    return PolicyEvaluated(
        policy=name,
        kind=policy.kind,
        severity=policy.severity,
        uri=evidence.uri,
        sha256=evidence.sha256,
        outcome=judged.outcome,
        required=policy.required,
        measured=dict(judged.measured),
        reason=judged.reason,
        waiver=None if holds else on_record.waiver_of(name, evidence.uri, evidence.now),
    )
