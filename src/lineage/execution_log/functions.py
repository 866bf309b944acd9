"""The execution log as functions: record your own runs, and query all of them.

Each function works on the project that LINEAGE_PROJECT names or lies in, else on the one that
contains the current folder; a folder outside any project becomes one. Records are
events in the ledger, answers come from its projections, and `configs/execution_log.json` is an
export. Several processes may call them at once. A `progress_manager` is shown one step.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lineage import exports
from lineage.domain.run import AnnotateRun, ArchiveRun
from lineage.events import streams
from lineage.execution_log import export, interchange
from lineage.execution_log.questions import (
    find_latest_execution,
    find_producers,
    find_task_by_output,
    get_task_execution_history,
)
from lineage.execution_log.scope import (
    DEFAULT_LOCK_TIMEOUT,
    ExecutionLogError,
    FilePath,
    ProgressManagerProtocol,
    check_number,
    root_of,
    working,
)
from lineage.execution_log.tracking import track
from lineage.kernel.errors import LineageError, safe_message
from lineage.kernel.values import to_json
from lineage.project import EXECUTION_LOG, Project
from lineage.recording.error_facts import stated_error
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started, type_of
from ops.result import Artifact
from projections.documents.execution_log import build_execution_log, surplus_runs

__all__ = [
    "DEFAULT_EXECUTION_LOG_PATH",
    "DEFAULT_LOCK_TIMEOUT",
    "ExecutionLogError",
    "ProgressManagerProtocol",
    "cleanup_old_executions",
    "export_execution_log",
    "find_latest_execution",
    "find_producers",
    "find_task_by_output",
    "get_task_execution_history",
    "import_execution_log",
    "initialize_execution_log",
    "record_task_execution",
    "remove_execution_record",
    "track_input_files",
    "track_output_files",
    "update_execution_record",
    "validate_execution_log",
]

_log = logging.getLogger(__name__)

DEFAULT_EXECUTION_LOG_PATH: Final = Path(EXECUTION_LOG)
"""Where the execution log is exported, relative to the project."""


def initialize_execution_log(
    project_path: Path | None = None, progress_manager: ProgressManagerProtocol | None = None
) -> Path:
    """Make the project's ledger if there is none, export the log, and return its path.

    Args:
        project_path: The project's folder; found from the current folder when None.
        progress_manager: Shown one step.

    Raises:
        ExecutionLogError: The folder cannot be written, or the ledger is damaged.
    """
    with working(progress_manager, "initialize execution log", project_path) as project:
        return exports.export_execution_log(project)


def record_task_execution(
    task_id: str,
    task_type: str,
    success: bool,  # noqa: FBT001  # the documented signature
    execution_time: float,
    report_path: Path,
    input_datasets: Mapping[str, FilePath] | None = None,
    output_artifacts: Iterable[Any] | None = None,
    progress_manager: ProgressManagerProtocol | None = None,
) -> str:
    """Record a run that has ended, in one durable step, and return its id.

    Args:
        task_id: Id of the task.
        task_type: Its type.
        success: Whether the run succeeded.
        execution_time: Seconds it took, finite and not negative.
        report_path: Where its report is.
        input_datasets: Dataset name to path.
        output_artifacts: Paths, objects with the keys path, type and description, or things
            with the attributes `path` and `artifact_type`.
        progress_manager: Shown one step.

    Returns:
        The run's id, a UUID.

    A path outside the project's folders is kept out of the record, and a warning in the record
    names it; the run and its other files are recorded.

    Raises:
        ExecutionLogError: A value cannot be recorded, or the record could not be
            written; then nothing was recorded.
    """
    with working(progress_manager, f"record {task_id}") as project:
        check_number("execution_time", execution_time, at_least=0)
        recorder = RunRecorder(project, task_id)
        started = run_started(
            task_type=task_type, description="", report_path=project.display(report_path)
        )
        recorder.record_ended_run(
            started,
            inputs=dict(input_datasets or {}),
            artifacts=[_artifact(item) for item in output_artifacts or ()],
            error=None if success else stated_error({}),
            duration_s=float(execution_time),
        )
        _seal(project, recorder)
        return recorder.run_id


def track_input_files(
    task_id: str,
    file_paths: Sequence[FilePath],
    progress_manager: ProgressManagerProtocol | None = None,
) -> bool:
    """Add input files to the run of a task in progress, else to its latest one.

    Args:
        task_id: Id of the task.
        file_paths: The files; files already listed are not added again.
        progress_manager: Shown one step.

    Returns:
        False if the log has no run of the task.

    Raises:
        ExecutionLogError: The files could not be recorded, or one lies outside the project.
    """
    return track(task_id, file_paths, "input_files", progress_manager)


def track_output_files(
    task_id: str,
    file_paths: Sequence[FilePath],
    progress_manager: ProgressManagerProtocol | None = None,
) -> bool:
    """Add output files to the run of a task in progress, else to its latest one.

    Parameters, result and errors as in `track_input_files`.
    """
    return track(task_id, file_paths, "output_files", progress_manager)


def update_execution_record(
    task_run_id: str,
    updates: Mapping[str, Any],
    progress_manager: ProgressManagerProtocol | None = None,
) -> bool:
    """Change keys of a record; the change itself is an event.

    Args:
        task_run_id: Id of the run.
        updates: Key to new value; not task_id, task_run_id or timestamp. Keys of your own may
            have any value, the others one of their kind (`RECORD_KINDS`).
        progress_manager: Shown one step.

    Returns:
        False if there is no such run.

    Raises:
        ExecutionLogError: An identity key would change, a value cannot be right, or the history
            cannot be written.
    """
    wrong = interchange.value_faults({key: to_json(value) for key, value in updates.items()})
    if wrong:
        raise ExecutionLogError(f"updates of run {task_run_id!r}", problem="; ".join(wrong))
    return _change(task_run_id, AnnotateRun(changes=dict(updates)), progress_manager)


def remove_execution_record(
    task_run_id: str, progress_manager: ProgressManagerProtocol | None = None
) -> bool:
    """Hide a run from the log; the ledger keeps it.

    Returns:
        False if there is no such run.

    Raises:
        ExecutionLogError: The history cannot be written.
    """
    return _change(task_run_id, ArchiveRun(reason="removed"), progress_manager)


def cleanup_old_executions(
    max_age_days: int = 30,
    max_per_task: int = 10,
    dry_run: bool = False,  # noqa: FBT001, FBT002  # the documented signature
    progress_manager: ProgressManagerProtocol | None = None,
) -> tuple[int, list[str]]:
    """Hide runs that are too old or exceed the number per task; the ledger keeps them.

    Args:
        max_age_days: Hide runs older than this.
        max_per_task: Keep at most this many recent runs per task.
        dry_run: Only report which would be hidden.
        progress_manager: Shown one step.

    Returns:
        How many, and their ids, oldest first. Runs in progress are kept.

    Raises:
        ExecutionLogError: A number is negative, or the history cannot be read or written.
    """
    with working(progress_manager, "clean up") as project:
        check_number("max_age_days", max_age_days, at_least=0)
        check_number("max_per_task", max_per_task, at_least=0)
        with project.catalog() as catalog:
            rows = surplus_runs(
                catalog,
                max_per_task=max_per_task,
                max_age_days=max_age_days,
                now=project.clock.now(),
            )
        if not dry_run:
            for row in rows:
                session = project.run_session(row["task_run_id"], row["task_id"])
                session.handle(ArchiveRun(reason="cleaned up"))
    return len(rows), [row["task_run_id"] for row in rows]


def validate_execution_log(
    progress_manager: ProgressManagerProtocol | None = None,
) -> tuple[bool, list[str]]:
    """Check the records, above all the imported ones.

    Returns:
        Whether all is well, and one message per fault: a required key missing, a
        value of the wrong kind, a negative duration, a time before 1970 or in the future, a run
        id that occurs twice (in whatever case), an import that was set aside.

    Raises:
        ExecutionLogError: The history cannot be read.
    """
    with working(progress_manager, "validate") as project, project.catalog() as catalog:
        faults = interchange.faults(build_execution_log(catalog), now=project.clock.now())
        faults += interchange.set_aside(catalog)
    return not faults, faults


def export_execution_log(
    output_path: Path | None = None,
    format: str = "json",  # noqa: A002  # the documented name
    progress_manager: ProgressManagerProtocol | None = None,
) -> Path:
    """Write the log to a file and return its path.

    Args:
        output_path: The file; the project's own export when None.
        format: "json", or "csv" with a header and one row per run (`export.to_csv`).
        progress_manager: Shown one step.

    Raises:
        ExecutionLogError: The format is unknown, or the file cannot be written, or belongs to
            the history (`Project.check_target`).
    """
    with working(progress_manager, "export") as project:
        return export.export_log(
            project, None if output_path is None else Path(output_path), format=format
        )


def import_execution_log(
    input_path: Path,
    merge: bool = False,  # noqa: FBT001, FBT002  # the documented signature
    progress_manager: ProgressManagerProtocol | None = None,
) -> bool:
    """Import the runs of an exported log.

    Args:
        input_path: A JSON file as `export_execution_log` writes it.
        merge: False makes the log what the file says: runs that are not in it are hidden, and
            what `update_execution_record` changed since is reverted. True only adds.
        progress_manager: Shown one step.

    Returns:
        True. Entries that cannot be imported are set aside, each as an event, and
        `validate_execution_log` names them.

    Raises:
        ExecutionLogError: The file is not an execution log, or the history cannot be written.
    """
    with working(progress_manager, "import") as project:
        interchange.import_log(project, Path(input_path), replace=not merge)
    return True


def _get_execution_log_path() -> Path:
    """Return where the log is exported, whether it exists or not."""
    return root_of(None) / DEFAULT_EXECUTION_LOG_PATH


def _load_execution_log(
    progress_manager: ProgressManagerProtocol | None = None,
) -> dict[str, Any]:
    """Return the log as a document, built from the history.

    Raises:
        ExecutionLogError: The history cannot be read.
    """
    with working(progress_manager, "load") as project, project.catalog() as catalog:
        return build_execution_log(catalog)


def _save_execution_log(
    data: Mapping[str, Any], progress_manager: ProgressManagerProtocol | None = None
) -> None:
    """Make the log what a document says, as an import that replaces.

    Raises:
        ExecutionLogError: It is not an execution log, or the history cannot be written.
    """
    with working(progress_manager, "save") as project:
        interchange.take_over(project, data, source="data", replace=True)


def _seal(project: Project, recorder: RunRecorder) -> None:
    """Seal the ledger; the run is on record whether that succeeds or not."""
    from lineage.seals import sealing  # noqa: PLC0415  # start-up time

    try:
        sealing.seal_after_run(project, run=recorder.run_id, task=recorder.task_id)
    except (LineageError, OSError) as error:
        _log.warning("run %s is not sealed: %s", recorder.run_id, safe_message(error))


def _artifact(item: Any) -> Artifact:
    if isinstance(item, str | os.PathLike):
        path = Path(item)
        return Artifact(path=path, artifact_type=type_of(path))
    try:
        if isinstance(item, Mapping):
            path, kind = Path(item["path"]), item.get("type", "unknown")
            description = item.get("description", "")
        else:
            path, kind = Path(item.path), item.artifact_type
            description = getattr(item, "description", "")
    except (KeyError, AttributeError, TypeError) as error:
        raise ExecutionLogError(
            "output artifact",
            found=type(item).__name__,
            expected="a path, an object with the key path, or one with path and artifact_type",
        ) from error
    return Artifact(path=path, artifact_type=str(kind), description=str(description or ""))


def _change(
    task_run_id: str,
    command: AnnotateRun | ArchiveRun,
    progress_manager: ProgressManagerProtocol | None,
) -> bool:
    with working(progress_manager, f"change {task_run_id}") as project:
        # a run id means the same in capitals
        for run_id in dict.fromkeys((task_run_id, task_run_id.lower())):
            known = project.ledger.read_stream(streams.run(run_id))
            if known:
                project.run_session(run_id, known[0].task or "").handle(command)
                return True
    return False
