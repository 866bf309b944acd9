"""The receipt of an erasure: what was done, as a text for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lineage.events import ErasurePlanned, ErasureStep, ErasureStepEnded
from lineage.project import Project

BACKUPS: Final = (
    "copies that were made outside of this project, such as backups and files that recipients have"
)
"""What no erasure reaches."""


def receipt_text(
    project: Project,
    erasure_id: str,
    planned: ErasurePlanned,
    ended: Mapping[int, ErasureStepEnded],
) -> str:
    """Return what was done; a person is named by the digest of the history.

    Args:
        project: Where it was done.
        erasure_id: The erasure.
        planned: Its plan.
        ended: Number of each step to how it ended.
    """
    lines = [
        f"Receipt of erasure {erasure_id}",
        f"Erased: {planned.kind} {planned.target}",
        f"Reason: {planned.reason}",
        f"Completed: {project.clock.now().isoformat()}",
        f"By: {project.ledger.actor}",
        f"Events on record before this receipt: {project.ledger.head()}",
        "",
        *(
            f"{number}. {_step(step, ended.get(number))}"
            for number, step in enumerate(planned.steps, 1)
        ),
        "",
        f"Beyond the reach of this product: {BACKUPS}.",
    ]
    return "\n".join(lines) + "\n"


def _step(step: ErasureStep, ended: ErasureStepEnded | None) -> str:
    digest = "" if step.sha256 is None else f" sha256 {step.sha256}"
    outcome = None if ended is None else ended.outcome
    count = None if ended is None else ended.detail.get("rows_removed")
    removed = ""
    if count is not None:
        removed = ", 1 row removed" if count == 1 else f", {count:,} rows removed"
    return f"{step.action} {step.subject} {step.uri}{digest}: {outcome}{removed}; {step.reason}"
