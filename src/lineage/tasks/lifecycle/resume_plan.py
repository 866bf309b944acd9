"""What a resume of a run would do, as far as it can be known before it begins."""

from __future__ import annotations

from typing import Any

from lineage.project import Project
from lineage.tasks.execution.reuse import Reuse
from projections import Catalog
from projections.documents.resume_state import build_resume_state, python_version


def build_resume_plan(project: Project, catalog: Catalog, run_id: str) -> dict[str, Any] | None:
    """Return which operations of a run a resume would reuse, and which it would execute again.

    Args:
        project: Where the files are, which are read and hashed.
        catalog: The history.
        run_id: Id of the run.

    Returns:
        A document with run_id, steps (operation, name, is_reused, reason) and checkpoint (name and
        operation of the last one; None without one); None if the run cannot be resumed. Code,
        parameters and configuration are compared when the resume begins.

    Raises:
        RunNotFoundError: No such run.
    """
    earlier = build_resume_state(catalog, run_id)
    if not earlier["can_resume"]:
        return None
    foreseen = Reuse(project, earlier, python_version=python_version(catalog, run_id)).foresee()
    operations: Any = earlier["operations"]
    checkpoint: Any = earlier["checkpoint"]
    return {
        "run_id": run_id,
        "steps": [
            {
                "operation": recorded["operation"],
                "name": recorded["name"],
                "is_reused": why is None,
                "reason": why or "nothing that is on record has changed",
            }
            for recorded, why in zip(operations, foreseen, strict=True)
        ],
        "checkpoint": checkpoint and {key: checkpoint[key] for key in ("name", "operation")},
    }
