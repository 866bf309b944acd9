"""Add files to a run in the execution log, whether it is open or has ended."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lineage.domain import RunState
from lineage.domain.run import AddFiles, RunCommand, RunStatus
from lineage.execution_log.scope import (
    ExecutionLogError,
    FilePath,
    ProgressManagerProtocol,
    Record,
    working,
)
from lineage.kernel.errors import RunClosedError
from lineage.kernel.values import JsonValue
from lineage.ledger import Session
from lineage.project import Project
from lineage.recording.run_facts import tracked_file, type_of
from lineage.upkeep import liveness
from projections.documents.execution_log import execution_history


def track(
    task_id: str,
    file_paths: Sequence[FilePath],
    key: str,
    progress_manager: ProgressManagerProtocol | None,
) -> bool:
    """Add files under a key of the record of a task's run in progress, else of its latest one.

    Args:
        task_id: Id of the task.
        file_paths: The files; files already listed are not added again.
        key: "input_files" or "output_files".
        progress_manager: Shown one step.

    Returns:
        False if the log has no run of the task.

    Raises:
        ExecutionLogError: The files could not be recorded, or one lies outside the project.
    """
    if isinstance(file_paths, str | os.PathLike):
        raise ExecutionLogError("file_paths", found=file_paths, expected="a list of paths")
    with working(progress_manager, f"track files of {task_id}") as project:
        run_id = _run_to_track(project, task_id)
        if run_id is None:
            return False
        checked = [project.safe_path(path) for path in file_paths]
        named = {project.display(path): path for path in checked}
        session = project.run_session(run_id, task_id)
        try:
            _add(project, session, run_id, key, named)
        except RunClosedError:  # it has just ended, and does not begin again
            _add(project, session, run_id, key, named)
    return True


def _run_to_track(project: Project, task_id: str) -> str | None:
    """Return the task's run in progress, else its latest in the log; None if there is none."""
    liveness.settle_recent_runs(project, task_id)
    for run_id in project.ledger.runs_of_task(task_id, limit=liveness.RECENT_RUNS):
        if project.run_session(run_id, task_id).state.status is RunStatus.RUNNING:
            return run_id
    with project.catalog() as catalog:
        latest = execution_history(catalog, task_id=task_id, limit=1)
    return str(latest[0]["task_run_id"]) if latest else None


def _add(
    project: Project,
    session: Session[RunState, RunCommand],
    run_id: str,
    key: str,
    named: Mapping[str, Path],
) -> None:
    """Add the files that the record of a run lacks.

    Raises:
        RunClosedError: The run has just ended.
    """
    session.catch_up()
    is_open = session.state.status is RunStatus.RUNNING
    known = _recorded_files(project, run_id, key)
    new = {name: path for name, path in named.items() if name not in {f["path"] for f in known}}
    session.handle(
        AddFiles(
            key=key,
            facts=tuple(tracked_file(project, key, p) for p in new.values()) if is_open else (),
            files=tuple(_entry(key, name) for name in new),
            known=None if is_open else tuple(known),
        )
    )


def _recorded_files(project: Project, run_id: str, key: str) -> list[Any]:
    with project.projector.of_run(run_id) as catalog:
        records: list[Record] = [*execution_history(catalog)]
    return records[0].get(key) or [] if records else []


def _entry(key: str, name: str) -> dict[str, JsonValue]:
    path = Path(name)
    if key == "input_files":
        return {"name": path.stem, "path": name}
    return {"path": name, "type": type_of(path), "description": ""}
