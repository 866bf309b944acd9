"""Find the outputs of a task that another one depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from lineage.kernel import files, paths
from lineage.kernel.errors import DependencyError, PathRefusedError
from lineage.kernel.storage import sha256_or_none
from lineage.project import Project
from projections.documents.reuse import rows_behind


def find_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files below a folder that a pattern describes.

    Args:
        folder: The folder; it may be missing.
        pattern: A glob pattern such as "*.parquet" or "people/*.parquet".

    Returns:
        The files, sorted; without those still being written and those outside, behind a symlink.

    Raises:
        PathRefusedError: The pattern is absolute or climbs.
    """
    paths.check_text(pattern)
    parts = PurePosixPath(pattern.replace("\\", "/")).parts
    if ".." in parts or parts[0] == "/":
        raise PathRefusedError(
            "file pattern", found=pattern, expected="a pattern inside the task's output folder"
        )
    return sorted(
        path
        for path in folder.glob(pattern)
        if not any(map(files.is_part, path.relative_to(folder).parts))
        and paths.is_within(path, folder)
    )


def require_folder(folder: Path, task: str) -> None:
    """Make sure that a task has an output folder.

    Raises:
        DependencyError: It has none.
    """
    if not folder.is_dir():
        raise DependencyError(
            f"output of task {task!r}",
            problem=f"no folder {str(folder)!r}",
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
    present = (path for path in files or () if path.is_file())
    for uri in written if files is None else map(project.display, present):
        if sha256_or_none(project.storage(uri), uri) != written.get(uri):
            raise DependencyError(
                f"output of run {run!r} of task {task!r}",
                problem=f"{uri} is not as that run left it",
                remedy="run the task again and depend on that run, or on its latest success",
            )


def written_by(project: Project, run: str) -> dict[str, str | None]:
    """Return the files that a run wrote or reused, each with its last digest if that is known.

    Raises:
        LedgerError: The history cannot be read.
    """
    with project.projector.of_run(run) as catalog:
        return {row["uri"]: row["sha256"] for row in rows_behind(catalog, "artifacts", run)}


def _written_below(project: Project, run: str, folder: Path) -> Mapping[str, str | None]:
    below = PurePosixPath(project.display(folder))
    written = written_by(project, run)
    return {uri: sha for uri, sha in written.items() if PurePosixPath(uri).is_relative_to(below)}
