"""Add files to a run that the execution log has, whether it is open or over."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lineage.domain.run import RunStatus
from lineage.events import RunAnnotated, streams
from lineage.execution_log.scope import (
    ExecutionLogError,
    FilePath,
    ProgressManagerProtocol,
    Record,
    working,
)
from lineage.kernel.errors import LedgerConflictError, RunClosedError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.upkeep import liveness
from projections.documents.execution_log import execution_record


def track(
    task_id: str,
    file_paths: Sequence[FilePath],
    key: str,
    progress_manager: ProgressManagerProtocol | None,
) -> bool:
    """Add files under a key of the record of a task's run in progress, else of its latest one.

    Args:
        task_id: Id of the task.
        file_paths: The files; one that is there already is not added again.
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
        while not _has_tracked(RunRecorder(project, task_id, run_id=run_id), key, named):
            pass
    return True


def _run_to_track(project: Project, task_id: str) -> str | None:
    """Return the task's run in progress, else its latest in the log; None if there is none."""
    liveness.settle_recent_runs(project, task_id)
    for run_id in project.ledger.runs_of_task(task_id, limit=liveness.RECENT_RUNS):
        if project.run_session(run_id, task_id).state.status is RunStatus.RUNNING:
            return run_id
    with project.catalog() as catalog:
        found = catalog.value(
            "select max_by(task_run_id, happened_order) from execution_log where task_id = ?",
            [task_id],
        )
    return None if found is None else str(found)


def _has_tracked(recorder: RunRecorder, key: str, named: Mapping[str, Path]) -> bool:
    """Add the files that the record lacks; False if another writer came between.

    A run in progress takes facts. One that has ended gets its whole list anew, so it must be as
    it was when the list was read.
    """
    version = recorder.state.version
    known = _recorded_files(recorder, key)
    new = {name: path for name, path in named.items() if name not in {f["path"] for f in known}}
    try:
        if new and recorder.is_open:
            recorder.track_files(key, new.values())
        elif new:
            changes = RunAnnotated(changes={key: [*known, *(_entry(key, name) for name in new)]})
            recorder.project.ledger.append(
                streams.run(recorder.run_id),
                [changes],
                expected_version=version,
                run=recorder.run_id,
                task=recorder.task_id,
            )
    except (LedgerConflictError, RunClosedError):
        return False
    return True


def _recorded_files(recorder: RunRecorder, key: str) -> list[Any]:
    with recorder.project.projector.of_run(recorder.run_id) as catalog:
        row = catalog.row("select * from execution_log")
    record: Record = {} if row is None else execution_record(row)
    return record.get(key) or []


def _entry(key: str, name: str) -> dict[str, str]:
    path = Path(name)
    if key == "input_files":
        return {"name": path.stem, "path": name}
    return {"path": name, "type": type_of(path), "description": ""}


def type_of(path: Path) -> str:
    """Return the type of a file by its suffix; "unknown" without one."""
    return path.suffix.lstrip(".") or "unknown"
