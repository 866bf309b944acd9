"""Turn what an operation found out about privacy into facts about dataset versions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import assert_never

from lineage.domain.run import RunFact
from lineage.events import (
    ArtifactWritten,
    BudgetSpent,
    ClassificationProposed,
    DatasetRead,
    RiskMeasured,
)
from lineage.kernel.secrets.redaction import redacted
from lineage.project import Project
from ops.privacy_facts import MeasuredRisk, PrivacyFact, ProposedRole, SpentBudget


def privacy_facts(
    project: Project,
    operation: int,
    found: Iterable[PrivacyFact],
    inputs: Iterable[DatasetRead],
    artifacts: Iterable[ArtifactWritten],
) -> list[RunFact]:
    """Return the events of what an operation found out; those about unknown versions are left out.

    Args:
        project: Where the run belongs.
        operation: Which one of the run.
        found: What it found out.
        inputs: What it read, as recorded.
        artifacts: What it wrote, as recorded.
    """
    read = {one.name: (one.uri, one.sha256) for one in inputs}
    written = {one.uri: (one.uri, one.sha256) for one in artifacts}
    facts: list[RunFact] = []
    for fact in found:
        uri, sha256 = _version(project, fact, read, written)
        if uri is not None and sha256 is not None:
            facts.append(_event(operation, fact, uri, sha256))
    return facts


def _version(
    project: Project,
    fact: PrivacyFact,
    read: dict[str, tuple[str, str | None]],
    written: dict[str, tuple[str, str | None]],
) -> tuple[str | None, str | None]:
    subject = fact.subject if isinstance(fact, MeasuredRisk) else fact.dataset
    if isinstance(subject, Path):
        return written.get(project.display(subject), (None, None))
    return read.get(subject, (None, None))


def _event(operation: int, fact: PrivacyFact, uri: str, sha256: str) -> RunFact:
    match fact:
        case MeasuredRisk():
            return RiskMeasured(
                operation=operation,
                uri=uri,
                sha256=sha256,
                quasi_identifiers=fact.quasi_identifiers,
                sensitive=fact.sensitive,
                measures=redacted(fact.measures),
                method=fact.method,
            )
        case SpentBudget():
            return BudgetSpent(
                operation=operation,
                source_uri=uri,
                source_sha256=sha256,
                mechanism=fact.mechanism,
                epsilon=fact.epsilon,
                delta=fact.delta,
                unit=fact.unit,
                partition=fact.partition,
            )
        case ProposedRole():
            return ClassificationProposed(
                dataset=fact.dataset,
                uri=uri,
                sha256=sha256,
                column=fact.column,
                role=fact.role,
                category=fact.category,
                evidence=redacted(fact.evidence),
            )
    assert_never(fact)
