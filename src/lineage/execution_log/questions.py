"""Query the execution log: the history of tasks, and who produced a file."""

from __future__ import annotations

from pathlib import Path

from lineage.execution_log.scope import (
    FilePath,
    ProgressManagerProtocol,
    Record,
    check_number,
    working,
)
from lineage.project import Project
from projections.documents.execution_log import execution_history, file_producers


def get_task_execution_history(
    task_id: str | None = None,
    limit: int = 10,
    success_only: bool = False,  # noqa: FBT001, FBT002  # the documented signature
    progress_manager: ProgressManagerProtocol | None = None,
) -> list[Record]:
    """Return the records of runs, newest first.

    Args:
        task_id: Only runs of this task; all when None.
        limit: Maximum number, 0 or more.
        success_only: Only runs that succeeded.
        progress_manager: Shown one step.

    Raises:
        ExecutionLogError: The limit is negative, or the history cannot be read.
    """
    with working(progress_manager, "read history") as project, project.catalog() as catalog:
        check_number("limit", limit, at_least=0)
        return execution_history(catalog, task_id=task_id, success_only=success_only, limit=limit)


def find_latest_execution(
    task_id: str,
    success_only: bool = True,  # noqa: FBT001, FBT002  # the documented signature
    progress_manager: ProgressManagerProtocol | None = None,
) -> Record | None:
    """Return the record of a task's latest run; None if there is none.

    Raises:
        ExecutionLogError: The history cannot be read.
    """
    found = get_task_execution_history(task_id, 1, success_only, progress_manager)
    return found[0] if found else None


def find_task_by_output(
    file_path: FilePath, progress_manager: ProgressManagerProtocol | None = None
) -> Record | None:
    """Return the record of the latest run that wrote a file; None if no run did.

    Args:
        file_path: The file, absolute, relative to the project, or through a symlink.
        progress_manager: Shown one step.

    Raises:
        ExecutionLogError: The history cannot be read.
    """
    found = find_producers(file_path, progress_manager)
    return found[0] if found else None


def find_producers(
    file_path: FilePath, progress_manager: ProgressManagerProtocol | None = None
) -> list[Record]:
    """Return the records of all runs that wrote a file, latest first.

    Raises:
        ExecutionLogError: The history cannot be read.
    """
    with working(progress_manager, "find producer") as project, project.catalog() as catalog:
        return file_producers(catalog, _names(project, file_path))


def _names(project: Project, file_path: FilePath) -> list[str]:
    """Return the names a file may have in records; imported ones keep their spelling."""
    given, displayed = Path(file_path), Path(project.display(file_path))
    spellings = [displayed, project.root / displayed, given, project.root / given]
    return [spelling.as_posix() for spelling in spellings]
