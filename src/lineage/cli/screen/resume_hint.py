"""Name the command that goes on with a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lineage import settings
from lineage.cli.screen import console
from lineage.domain.run import RunStatus
from lineage.kernel.errors import ProjectNotFoundError, RunInterruptedError
from lineage.kernel.secrets.redaction import is_secret
from lineage.project import Project
from lineage.tasks import BaseTask
from lineage.tasks.lifecycle import resumption


def how_to_resume(
    project: Project, task: BaseTask, name: str, options: Sequence[str] = ()
) -> str | None:
    """Return the command that resumes the run of a task; None if that cannot be resumed.

    Args:
        project: Where the run is.
        task: A task that was run.
        name: What the command line called it.
        options: The values and flags it was given; those that are needed again.
    """
    if task.run_id is None or project.run_status(task.run_id, task.task_id) not in _RESUMABLE:
        return None
    is_found = name == task.task_id
    words = ["lineage", *(["resume", name] if is_found else ["run", name, "--resume"])]
    where = [] if _is_here(project) else ["--project", str(project.root)]
    return shlex.join([*words, *map(_shown, options), *where])


@contextmanager
def naming_the_command(
    project: Project, task: BaseTask, name: str, options: Sequence[str]
) -> Iterator[None]:
    """Turn an interrupt of a run into an error that names the command, if there is one.

    Raises:
        RunInterruptedError: The run was interrupted, and can be resumed.
    """
    try:
        yield
    except KeyboardInterrupt:
        command = how_to_resume(project, task, name, options)
        if command is None:
            raise
        raise RunInterruptedError("interrupted", remedy=f"continue with `{command}`") from None


def note_nothing_to_resume(project: Project, task_id: str, run_id: str | None) -> None:
    """Say so if a run that is asked for with a resume is a new one.

    Raises:
        RunNotFoundError: There is no such run of the task.
        LedgerError: The history cannot be read.
    """
    if resumption.find(project, task_id, run_id) is not None:
        return
    has_run = bool(project.ledger.runs_of_task(task_id))
    why = f"the latest run of {task_id} succeeded" if has_run else f"{task_id} has not run yet"
    console.note(f"nothing to resume, {why}; this is a new run")


_RESUMABLE = frozenset({RunStatus.FAILED, RunStatus.INTERRUPTED})


def _is_here(project: Project) -> bool:
    try:
        return settings.find_root() == project.root
    except ProjectNotFoundError:
        return False


def _shown(word: str) -> str:
    """Return a word of the command line, a secret without its value."""
    key, separator, _ = word.partition("=")
    return f"{key}=..." if separator and is_secret(key) else word
