"""How the demo ends: a release that is judged, a sealed record, and an audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lineage.audits import audits
from lineage.project import Project
from lineage.releases import door
from lineage.releases.door import ReleaseOutcome, ReleaseRequest
from lineage.seals import sealing
from projections.audit.facts import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the demo leaves to check.

    Attributes:
        outcome: The release.
        audit: The audit, as `projections.audit.document.build_audit` describes.
        page: The page of the audit.
        sealed: Events under the signed tree head; 0 if nothing was sealed.
    """

    outcome: ReleaseOutcome
    audit: dict[str, Any]
    page: Path
    sealed: int


RELEASED: Final = "DATA/processed/t_1A/output/people_anonymized.parquet"
"""What the last task of the demo writes."""


def prove(project: Project) -> Proof:
    """Release the anonymized file if the policies allow it, seal the record, and write an audit.

    Args:
        project: The demo project, after its tasks.

    Raises:
        LineageError: The history, the file or the key cannot be used.
        OSError: The page cannot be written.
    """
    outcome = door.release(
        project,
        ReleaseRequest(
            path=project.root / RELEASED,
            purpose="showing what a release is",
            recipient="readers of the demo",
            approver=project.ledger.actor,
        ),
    )
    head = sealing.seal(project)
    made = audits.audit(project, Scope())
    page, _ = audits.write(project, made)
    return Proof(
        outcome=outcome, audit=made.document, page=page, sealed=0 if head is None else head.size
    )
