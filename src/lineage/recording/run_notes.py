"""Put on record what a person says about a run, and whether it is hidden from the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lineage.domain.run import AnnotateRun, ArchiveRun, RestoreRun, RunCommand, RunState
from lineage.ledger import Session
from lineage.project import Project
from projections.documents.run_details import annotations_of
from projections.documents.run_lookup import task_of


def annotate(
    project: Project, run_id: str, *, note: str | None = None, tags: Sequence[str] = ()
) -> dict[str, Any]:
    """Add a note, which replaces the one before, or tags, which are added.

    Args:
        project: Where the run is.
        run_id: Its id.
        note: What to say; None leaves the note as it is.
        tags: Words to find it by.

    Returns:
        All that is said of the run then, by key.

    Raises:
        CommandRejectedError: It cannot be said of this run.
        LedgerError: The history cannot be read or written.
    """
    changes: dict[str, Any] = {} if note is None else {"note": note}
    if tags:
        with project.catalog() as catalog:
            earlier = annotations_of(catalog, run_id)
        changes["tags"] = list(dict.fromkeys([*(earlier.get("tags") or []), *tags]))
    return say(project, run_id, changes)


def say(project: Project, run_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change keys of the record of a run; what they are already is not recorded again.

    Returns and raises as `annotate` does.
    """
    with project.catalog() as catalog:
        earlier = annotations_of(catalog, run_id)
    new = {key: value for key, value in changes.items() if earlier.get(key) != value}
    if new:
        _session(project, run_id).handle(AnnotateRun(changes=new))
    return {**earlier, **new}


def archive(project: Project, run_id: str, reason: str) -> bool:
    """Hide a run from the execution log; the ledger keeps it.

    Returns:
        False if it was hidden already.

    Raises:
        CommandRejectedError: The run cannot be hidden now.
        LedgerError: The history cannot be read or written.
    """
    return bool(_session(project, run_id).handle(ArchiveRun(reason=reason)))


def restore(project: Project, run_id: str, reason: str) -> bool:
    """Show a hidden run in the execution log again.

    Returns:
        False if it was not hidden.

    Raises:
        As `archive`.
    """
    return bool(_session(project, run_id).handle(RestoreRun(reason=reason)))


def _session(project: Project, run_id: str) -> Session[RunState, RunCommand]:
    with project.catalog() as catalog:
        task_id = task_of(catalog, run_id)
    return project.run_session(run_id, task_id)
