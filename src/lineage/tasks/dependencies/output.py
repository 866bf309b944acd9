"""Find what a task that another one depends on has written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import DependencyError
from lineage.project import Project
from projections.documents.reuse import rows_behind


def require_folder(folder: Path, task: str) -> None:
    """Make sure that a task has an output folder.

    Raises:
        DependencyError: It has none.
    """
    if not folder.is_dir():
        raise DependencyError(
            f"output of task {task!r}",
            found="no such folder",
            expected=str(folder),
            remedy=f"run it first: lineage run {task}",
        )


def require_version(
    project: Project, run: str, task: str, folder: Path, files: Iterable[Path] | None
) -> None:
    """Make sure that files are still as a certain run left them.

    Args:
        project: The project.
        run: The run.
        task: Its task.
        folder: The task's output folder.
        files: The files; all that the run wrote to the folder when None.

    Raises:
        DependencyError: One was changed since, is missing, or is of another run.
    """
    written = _written_below(project, run, folder)
    wanted = written if files is None else [path for path in files if path.is_file()]
    for path in wanted:
        if _digest(path) != written.get(path):
            raise DependencyError(
                f"output of run {run!r} of task {task!r}",
                found=f"another version of {project.display(path)}",
                expected="the file as that run left it",
                remedy="run the task again and depend on that run, or on its latest success",
            )


def _written_below(project: Project, run: str, folder: Path) -> Mapping[Path, str | None]:
    """Return the files that a run wrote or reused in a folder, each with its last digest."""
    with project.projector.of_run(run) as catalog:
        rows = rows_behind(catalog, "artifacts", run)
    written = {project.root / row["uri"]: row["sha256"] for row in rows}
    real = folder.resolve()
    return {path: sha256 for path, sha256 in written.items() if path.is_relative_to(real)}


def _digest(path: Path) -> str | None:
    try:
        return sha256_file(path)
    except OSError:
        return None
