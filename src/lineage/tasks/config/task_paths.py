"""Where a task and its files are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lineage import settings
from lineage.kernel import paths
from lineage.tasks.dependencies import output

PROCESSED: Final = "processed"
REPORTS: Final = "reports"


class TaskPaths:
    """The folders of a project as one of its tasks sees them; none is made.

    Args:
        root: The project's folder, absolute.
        data_repository: The folder of the data, relative to it.
        task_id: Id of the task.

    Raises:
        PathRefusedError: The task id cannot be a folder name.
    """

    def __init__(self, root: Path, data_repository: str, task_id: str) -> None:
        self.task_id = paths.check_name(task_id, "task id")
        self._root = root
        self._data = root / data_repository

    def get_project_root(self) -> Path:
        """Return the project's folder, absolute."""
        return self._root

    def get_data_repository(self) -> Path:
        """Return the folder of the data, absolute."""
        return self._data

    def get_reports_dir(self) -> Path:
        """Return the folder of the reports, absolute."""
        return self._data / REPORTS

    def get_report_path(self, task_id: str | None = None) -> Path:
        """Return where the report of a task is exported, of this one when None.

        Raises:
            PathRefusedError: The id cannot be a folder name.
        """
        name = paths.check_name(self.task_id if task_id is None else task_id, "task id")
        return self.get_reports_dir() / f"{name}_report.json"

    def get_task_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of a task, this one when None.

        Raises:
            PathRefusedError: The id cannot be a folder name.
        """
        name = paths.check_name(self.task_id if task_id is None else task_id, "task id")
        return self._data / PROCESSED / name

    def get_task_output_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of a task's outputs, this one's when None."""
        return self.get_task_dir(task_id) / "output"

    def get_task_input_dir(self, task_id: str | None = None) -> Path:
        """Return the folder of files imported into a task, this one when None."""
        return self.get_task_dir(task_id) / "input"


def find_previous_output(
    task_id: str, project_root: Path | None = None, file_pattern: str | None = None
) -> list[Path]:
    """Return what a task has written to its output folder.

    Args:
        task_id: The task.
        project_root: The project's folder; the one around the current folder when None.
        file_pattern: A glob pattern; every file directly in the folder when None.

    Returns:
        The files, sorted; none if it never wrote.

    Raises:
        ProjectNotFoundError: There is no project.
        PathRefusedError: The id cannot be a folder name, or the pattern climbs.
    """
    folder = _paths_of(task_id, project_root).get_task_output_dir()
    return [path for path in output.find_files(folder, file_pattern or "*") if path.is_file()]


def find_task_report(task_id: str, project_root: Path | None = None) -> Path | None:
    """Return the exported report of a task; None if there is none.

    Parameters and errors as in `find_previous_output`.
    """
    path = _paths_of(task_id, project_root).get_report_path()
    return path if path.is_file() else None


def _paths_of(task_id: str, project_root: Path | None) -> TaskPaths:
    root = settings.find_root(project_root)
    return TaskPaths(root, settings.load(root).data_repository, task_id)
