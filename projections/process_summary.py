"""The summary of one counted process, as the JSON document that pipelines and people read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from lineage.kernel import files, paths
from lineage.kernel.errors import ProjectionError, RunNotFoundError
from lineage.kernel.values import JsonValue, document_text
from projections.catalog import Catalog
from projections.projector import Projector

_log = logging.getLogger(__name__)
Document = dict[str, JsonValue]

FOLDER: Final = "runs"
"""Where the summaries are exported, relative to the project."""

LOCK_FILE: Final = "process_summaries.lock"
LOCK_TIMEOUT_S: Final = 60
_DAMAGED: Final = ".damaged-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """Everything a summary says, or is computed from, at one time.

    Attributes:
        process_name: The process.
        run_name: The pipeline run.
        session_id: Seconds since 1970 at the start of its first session.
        started_at: When that session began.
        ended_at: When the process ended; None while it is open.
        duration_s: Seconds of work, all sessions together.
        items_processed: Items handled.
        items_successful: Of these, done.
        items_failed: Of these, given up.
        items_retried: Attempts repeated.
        bytes_processed: Bytes moved.
        error_types: Type of error to how many.
        last_error_message: What the last error said; None without one.
        last_error_at: When it occurred; None without one.
        interruption_count: Silences found.
        progress_updates: Made by `progress_entry`, oldest first.
        custom_metrics: Name of a metric to its latest value, in the order they were first set.
        generated_at: The time all this is as of.
    """

    process_name: str
    run_name: str
    session_id: int
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    items_processed: int
    items_successful: int
    items_failed: int
    items_retried: int
    bytes_processed: int
    error_types: Mapping[str, int]
    last_error_message: str | None
    last_error_at: datetime | None
    interruption_count: int
    progress_updates: Sequence[Document]
    custom_metrics: Mapping[str, JsonValue]
    generated_at: datetime


def build_process_summary(catalog: Catalog, run_name: str, process_name: str) -> Document:
    """Return the summary of a process.

    Args:
        catalog: Where it is recorded.
        run_name: The pipeline run.
        process_name: The process.

    Returns:
        The document of `summary_document`, as of the last event of the process.

    Raises:
        RunNotFoundError: No such process.
    """
    row = catalog.row(
        "select * from process_stages where run_name = ? and process_name = ?",
        [run_name, process_name],
    )
    if row is None:
        raise RunNotFoundError(
            f"process {process_name!r} of run {run_name!r}",
            expected="a recorded process",
            remedy='`lineage query "from process_stages"` lists them',
        )
    return summary_document(_facts(catalog, row))


def summary_document(facts: ProcessFacts) -> Document:
    """Return the summary as a document.

    Returns:
        The keys of the process summary format, in its order. start_time, end_time,
        last_error_time and the timestamps of progress updates are seconds since 1970 in UTC;
        duration_seconds and elapsed_seconds count the seconds of work of all sessions;
        duration_seconds is None while the process is open. Rates and percentages are 0 when
        nothing was processed.
    """
    is_completed = facts.ended_at is not None
    return {
        "process_name": facts.process_name,
        "run_name": facts.run_name,
        "session_id": facts.session_id,
        "start_time": facts.started_at.timestamp(),
        "end_time": _seconds(facts.ended_at),
        "duration_seconds": facts.duration_s if is_completed else None,
        "is_completed": is_completed,
        "items_processed": facts.items_processed,
        "items_successful": facts.items_successful,
        "items_failed": facts.items_failed,
        "items_retried": facts.items_retried,
        "bytes_processed": facts.bytes_processed,
        "success_rate_percent": _ratio(100 * facts.items_successful, facts.items_processed),
        "processing_rate_per_second": _ratio(facts.items_processed, facts.duration_s),
        "error_count": sum(facts.error_types.values()),
        "error_types": dict(sorted(facts.error_types.items())),
        "last_error_message": facts.last_error_message,
        "last_error_time": _seconds(facts.last_error_at),
        "interruption_count": facts.interruption_count,
        "progress_updates_count": len(facts.progress_updates),
        "progress_updates": list(facts.progress_updates),
        "custom_metrics": dict(facts.custom_metrics),
        "generated_at": _utc_text(facts.generated_at),
    }


def progress_entry(
    message: str,
    context: Mapping[str, JsonValue],
    *,
    occurred_at: datetime,
    elapsed_s: float,
    items: tuple[int, int, int],
) -> Document:
    """Return a progress update as a summary shows it.

    Args:
        message: What the process said.
        context: What it added; it takes the place of a key of the entry.
        occurred_at: When.
        elapsed_s: Seconds of work until then, all sessions together.
        items: Until then processed, successful and failed.
    """
    processed, successful, failed = items
    return {
        "timestamp": occurred_at.timestamp(),
        "elapsed_seconds": elapsed_s,
        "message": message,
        "items_processed": processed,
        "items_successful": successful,
        "items_failed": failed,
        **context,
    }


def summary_path(root: Path, run_name: str, process_name: str) -> Path:
    """Return where the summary of a process is exported, absolute.

    Args:
        root: The project.
        run_name: The pipeline run; becomes a folder.
        process_name: The process; becomes a part of the file's name.

    Raises:
        PathRefusedError: A name is not one plain file name, or the place lies outside the
            project.
    """
    paths.check_file_name(run_name, "name of a run")
    paths.check_file_name(process_name, "name of a process")
    file_name = f"process_summary_{process_name}.json"
    paths.check_file_name(f"{file_name}{_DAMAGED}999", "file name of a process summary")
    return paths.resolve(Path(FOLDER, run_name, file_name), root).path


def write_summary(target: Path, document: Document) -> None:
    """Publish a summary, unless the file holds just that.

    A file that is no summary of this process is renamed first, with a warning.

    Args:
        target: Where `summary_path` says; its folder is made if missing.
        document: The summary.

    Raises:
        OSError: The place cannot be read or written.
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
        aside = _set_aside(target)
        _log.warning("%s is damaged: set aside as %s, rebuilt from the ledger", target, aside.name)
    files.write_text(target, text)


def export_all(
    projector: Projector, root: Path, on_step: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Write the summary of every recorded process to its place again.

    Args:
        projector: Where the processes are recorded.
        root: The project.
        on_step: Called with the path of each summary, relative to the project, beforehand.

    Returns:
        The written files.

    Raises:
        PathRefusedError: A place lies outside the project.
        OSError: A place cannot be written.
    """
    written = []
    with exporting(projector.path.parent), projector.open() as catalog:
        for row in catalog.rows("select * from process_stages order by run_name, process_name"):
            target = summary_path(root, row["run_name"], row["process_name"])
            on_step(paths.display(target, root))
            write_summary(target, summary_document(_facts(catalog, row)))
            written.append(target)
    return written


@contextmanager
def exporting(state_folder: Path) -> Iterator[None]:
    """Let one writer at a time read the ledger and write summaries, so that none goes back.

    Raises:
        ProjectionError: Another process has been at it for over a minute.
    """
    try:
        with FileLock(state_folder / LOCK_FILE, timeout=LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        raise ProjectionError(
            "process summaries",
            found=f"another process exporting for over {LOCK_TIMEOUT_S} s",
            remedy="end that process",
        ) from error


def _facts(catalog: Catalog, row: Mapping[str, Any]) -> ProcessFacts:
    stream = row["stream"]
    return ProcessFacts(
        process_name=row["process_name"],
        run_name=row["run_name"],
        session_id=row["session_id"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        duration_s=row["duration_s"],
        items_processed=row["items_processed"],
        items_successful=row["items_successful"],
        items_failed=row["items_failed"],
        items_retried=row["items_retried"],
        bytes_processed=row["bytes_processed"],
        error_types=_error_types(catalog, stream),
        last_error_message=row["last_error_message"],
        last_error_at=row["last_error_at"],
        interruption_count=row["interruption_count"],
        progress_updates=_progress_updates(catalog, stream),
        custom_metrics=_custom_metrics(catalog, stream),
        generated_at=row["recorded_at"],
    )


def _error_types(catalog: Catalog, stream: str) -> dict[str, int]:
    rows = catalog.rows("select * from process_errors where stream = ?", [stream])
    return {row["error_type"]: row["error_count"] for row in rows}


def _progress_updates(catalog: Catalog, stream: str) -> list[Document]:
    rows = catalog.rows(
        "select * from process_progress where stream = ? order by position", [stream]
    )
    return [
        progress_entry(
            row["message"],
            row["context"],
            occurred_at=row["occurred_at"],
            elapsed_s=row["elapsed_s"],
            items=(row["items_processed"], row["items_successful"], row["items_failed"]),
        )
        for row in rows
    ]


def _custom_metrics(catalog: Catalog, stream: str) -> dict[str, JsonValue]:
    rows = catalog.rows(
        "select * from process_metrics where stream = ? order by first_position", [stream]
    )
    return {row["key"]: row["value"] for row in rows}


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


def _set_aside(target: Path) -> Path:
    aside = next(
        path
        for path in (target.with_name(f"{target.name}{_DAMAGED}{n}") for n in count(1))
        if not path.exists()
    )
    return target.rename(aside)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
