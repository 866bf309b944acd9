"""The documents a project writes to disk, where, and when.

Reports, the execution log and process summaries are projections of the ledger; the files are
exports that anyone may delete. One writer at a time publishes each as a whole, and never replaces
a newer one.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock, Timeout

from lineage import settings
from lineage.events import EnvironmentCaptured, RunStarted, streams
from lineage.kernel import files, paths
from lineage.kernel.errors import PathRefusedError, ProjectionError, safe_message
from lineage.kernel.values import document_text
from lineage.project import EXECUTION_LOG, Project
from projections import Catalog
from projections.documents.execution_log import build_execution_log
from projections.documents.processes.process_summary import Document, build_process_summaries
from projections.documents.report import (
    build_report,
    build_true_report,
    report_of,
    report_rows,
    reported_runs,
)
from projections.documents.run_list import build_run_list

_log = logging.getLogger(__name__)

EXECUTION_LOG_FOLLOWS_UP_TO: Final = 20_000
"""Size of a ledger, in events, up to which the execution log is written without being asked for."""

EXECUTION_LOG_GROWS_UP_TO: Final = 2**20
"""Size of the log, in bytes, up to which it is; it has 700 for a short run."""

SUMMARY_FOLDER: Final = "runs"
"""Where process summaries are exported, relative to the project."""

REPORT_LOCK: Final = "export.lock"
SUMMARY_LOCK: Final = "process_summaries.lock"
"""Summaries are saved often, and do not wait for a rebuild of all reports."""

LOCK_TIMEOUT_S: Final = 60
BEGINNING: Final = 100
"""The environment of a run that was executed here is among this many first events."""

_DAMAGED: Final = ".damaged-"


def report_target(project: Project, report_path: str | os.PathLike[str]) -> Path:
    """Return where a report is written, absolute.

    Raises:
        PathRefusedError: The path is outside the project, or belongs to the ledger or the raw data.
    """
    target = project.safe_path(report_path)
    return settings.check_target(target, project.root, project.data_folder)


def export_report(project: Project, run_id: str) -> Path:
    """Write the report of a run and return its path.

    The file is not touched if it belongs to a newer run of the task.

    Raises:
        RunNotFoundError: No such run.
        PathRefusedError: The recorded path is outside the project, or belongs to the ledger or
            the raw data.
        ProjectionError: Another process has been exporting for over a minute.
        OSError: The file cannot be written.
    """
    rows = report_rows(project.ledger, project.projector, run_id)
    task_id, report_path = str(rows.run["task_id"]), str(rows.run["report_path"])
    target = report_target(project, report_path)
    with exporting(project):
        if not _is_overtaken(project, run_id, task_id, report_path):
            files.write_text(target, document_text(report_of(rows, run_id)))
    return target


def export_execution_log(project: Project) -> Path:
    """Write the execution log and return its path.

    Raises:
        ProjectionError: Another process has been exporting for over a minute.
        OSError: The file cannot be written.
    """
    target = project.root / EXECUTION_LOG
    project.at_close(None)
    with exporting(project), project.catalog() as catalog:
        files.write_text(target, document_text(build_execution_log(catalog)))
    return target


def follow_execution_log(project: Project, *, at_once: bool = False) -> None:
    """Write the execution log after a run, when the project wants it written.

    Args:
        project: The project.
        at_once: Write what "auto" writes when the project is closed now.

    Raises:
        ProjectionError: Another process has been exporting for over a minute.
        OSError: The file cannot be written.
    """
    if project.settings.execution_log == "auto" and not at_once:
        project.at_close(partial(follow_execution_log, project, at_once=True))
    elif keeps_execution_log(project):
        export_execution_log(project)


def keeps_execution_log(project: Project) -> bool:
    """Tell whether the execution log is written without being asked for (ADR 21)."""
    match project.settings.execution_log:
        case "each_run":
            return True
        case "on_demand":
            return False
        case "auto":  # nobody has asked for a text of what is encrypted
            return not project.ledger.is_encrypted and is_execution_log_short(project)


def is_execution_log_short(project: Project) -> bool:
    """Tell whether writing the execution log costs little: it contains every run."""
    if project.ledger.head() > EXECUTION_LOG_FOLLOWS_UP_TO:
        return False
    try:
        present_bytes = (project.root / EXECUTION_LOG).stat().st_size
    except OSError:
        return True
    return present_bytes <= EXECUTION_LOG_GROWS_UP_TO


def due_reports(project: Project, catalog: Catalog) -> dict[Path, str]:
    """Return path to run of the reports that should be on disk, the latest run first.

    The report of an open run is due at its end.

    Raises:
        PathRefusedError: The recorded path of a report is outside the project.
    """
    open_runs = {run["run_id"] for run in build_run_list(catalog, status="running")["runs"]}
    return {
        report_target(project, report_path): run_id
        for report_path, run_id in reported_runs(catalog).items()
        if run_id not in open_runs
    }


def expected_documents(
    project: Project, catalog: Catalog, *, latest: int | None = None, is_true: bool = False
) -> dict[Path, str]:
    """Return path to text of the reports and the execution log that should be on disk.

    The report of an open run is due at its end; so is the log while any run is open.

    Args:
        project: The project.
        catalog: Its history.
        latest: How many reports, those of the latest runs, and no log; all when None.
        is_true: Whether the catalog shows what the ledger holds, as `build_true_report` needs.

    Raises:
        PathRefusedError: The recorded path of a report is outside the project.
    """
    of_true = partial(build_true_report, catalog, project.ledger, project.projector)
    report = of_true if is_true else partial(build_report, catalog)
    expected = {
        path: document_text(report(run_id))
        for path, run_id in islice(due_reports(project, catalog).items(), latest)
    }
    if latest is None and _is_log_due(project, catalog):
        expected[project.root / EXECUTION_LOG] = document_text(build_execution_log(catalog))
    return expected


def rebuild(project: Project, on_step: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Rebuild the catalog from the ledger, and write every exported document.

    Args:
        project: The project to rebuild.
        on_step: Called with the name of each file before it is built.

    Returns:
        The written files.

    Raises:
        ProjectionError: Another process has been exporting for over a minute; or documents could
            not be written, which are named after all others were.
    """
    on_step(project.projector.path.name)
    project.projector.rebuild()
    written = [path for path in (project.projector.path,) if path.exists()]
    with _naming_failures() as failures:
        on_step(EXECUTION_LOG)
        with _noting(EXECUTION_LOG, failures):
            written.append(export_execution_log(project))
        with exporting(project), project.catalog() as catalog:
            for report_path, run_id in sorted(reported_runs(catalog).items()):
                on_step(report_path)
                with _noting(report_path, failures):
                    target = report_target(project, report_path)
                    files.write_text(target, document_text(build_report(catalog, run_id)))
                    written.append(target)
        written += _write_summaries(project, on_step, failures)
    return written


def export_summaries(
    project: Project, on_step: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Rewrite the summary of every recorded process.

    Args:
        project: The project that records the processes.
        on_step: Called with the path of each summary, relative to the project, before it is
            written.

    Returns:
        The written files.

    Raises:
        ProjectionError: As in `rebuild`.
    """
    with _naming_failures() as failures:
        return _write_summaries(project, on_step, failures)


def summary_path(root: Path, run_name: str, process_name: str) -> Path:
    """Return the absolute path of the summary of a process.

    Args:
        root: The project folder.
        run_name: The pipeline run, which names the folder.
        process_name: The process, which is part of the file name.

    Raises:
        PathRefusedError: A name is not a plain file name, or the path is outside the project.
    """
    paths.check_file_name(run_name, "name of a run")
    paths.check_file_name(process_name, "name of a process")
    file_name = f"process_summary_{process_name}.json"
    paths.check_file_name(f"{file_name}{_DAMAGED}999", "file name of a process summary")
    return paths.resolve(Path(SUMMARY_FOLDER, run_name, file_name), root)


def write_summary(target: Path, document: Document) -> None:
    """Publish a summary, unless the file has that content already.

    A file that is not a summary of this process is renamed first, with a warning.

    Args:
        target: The path of `summary_path`; its folder is created if missing.
        document: The summary.

    Raises:
        OSError: The file cannot be read or written.
    """
    text = document_text(document)
    try:
        content = target.read_bytes()
    except FileNotFoundError:
        files.write_text(target, text)
        return
    except IsADirectoryError:
        content = b""
    if content == text.encode():
        return
    if _is_damaged(content, document):
        aside = _renamed(target)
        _log.warning("%s is damaged: renamed to %s, rebuilt from the ledger", target, aside.name)
    files.write_text(target, text)


@contextmanager
def exporting(
    project: Project, lock: Literal["export.lock", "process_summaries.lock"] = REPORT_LOCK
) -> Iterator[None]:
    """Let one writer at a time read the ledger and write documents, so that no file gets older.

    Args:
        project: The project that owns the documents.
        lock: `REPORT_LOCK` for reports and the execution log, `SUMMARY_LOCK` for summaries.

    Raises:
        ProjectionError: Another process has been exporting for over a minute.
        LedgerLockedError: The documents would lack what is encrypted.
    """
    project.ledger.require_key()
    try:
        with FileLock(project.state_folder / lock, timeout=LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        raise ProjectionError(
            "export of documents",
            problem=f"another process has been exporting for over {LOCK_TIMEOUT_S} s",
            remedy="end that process",
        ) from error


def _is_log_due(project: Project, catalog: Catalog) -> bool:
    has_runs = build_run_list(catalog, limit=0)["total"] > 0
    is_any_open = build_run_list(catalog, status="running", limit=0)["total"] > 0
    return has_runs and not is_any_open and keeps_execution_log(project)


def _write_summaries(
    project: Project, on_step: Callable[[str], None], failures: list[str]
) -> list[Path]:
    written = []
    with exporting(project, SUMMARY_LOCK), project.catalog() as catalog:
        for document in build_process_summaries(catalog):
            run_name, process_name = str(document["run_name"]), str(document["process_name"])
            with _noting(f"summary of {run_name}/{process_name}", failures):
                target = summary_path(project.root, run_name, process_name)
                on_step(project.display(target))
                write_summary(target, document)
                written.append(target)
    return written


@contextmanager
def _naming_failures() -> Iterator[list[str]]:
    """Raise an error at the end that names what was noted."""
    failures: list[str] = []
    yield failures
    if failures:
        raise ProjectionError(
            "export of documents",
            problem=f"{len(failures)} not written: {'; '.join(failures)}",
            remedy="make these places writable and rebuild again; all others were written",
        )


@contextmanager
def _noting(place: str, failures: list[str]) -> Iterator[None]:
    """Note what keeps a document from being written, and go on with the next one."""
    try:
        yield
    except (OSError, PathRefusedError) as error:
        failures.append(f"{place} ({safe_message(error)})")


def _is_overtaken(project: Project, run_id: str, task_id: str, report_path: str) -> bool:
    """Tell whether a newer run of the task, executed here, has the same report path."""
    newer = _newer_runs(project, run_id, task_id)
    return any(_reports_to(project, run, report_path) for run in newer)


def _newer_runs(project: Project, run_id: str, task_id: str) -> Iterator[str]:
    """Yield the runs of a task that began after one of them, newest first."""
    seen, limit = 0, 1
    while True:
        runs = project.ledger.runs_of_task(task_id, limit=limit)
        yield from takewhile(lambda run: run != run_id, runs[seen:])
        if run_id in runs or len(runs) < limit:
            return
        seen, limit = limit, 4 * limit


def _reports_to(project: Project, run_id: str, report_path: str) -> bool:
    beginning = islice(project.ledger.iter_stream(streams.run(run_id)), BEGINNING)
    events = [recorded.event for recorded in beginning]
    has_path = any(isinstance(e, RunStarted) and e.report_path == report_path for e in events)
    # the report of a run recorded after the fact was written by another program
    return has_path and any(isinstance(e, EnvironmentCaptured) for e in events)


def _is_damaged(content: bytes, document: Document) -> bool:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return True
    names = ("process_name", "run_name")
    return (
        not isinstance(found, dict)
        or bool(document.keys() - found.keys())
        or any(found[name] != document[name] for name in names)
    )


def _renamed(target: Path) -> Path:
    aside = next(
        path
        for path in (target.with_name(f"{target.name}{_DAMAGED}{n}") for n in count(1))
        if not path.exists()
    )
    return target.rename(aside)
