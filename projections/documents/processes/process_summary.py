"""The summary of one counted process, as the JSON document that pipelines and people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog.catalog import Catalog

Document = dict[str, JsonValue]

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """The data of a summary at one time.

    Attributes:
        process_name: The process.
        run_name: The pipeline run.
        session_id: Seconds since 1970 at the start of its first session.
        started_at: When that session began.
        ended_at: When the process ended; None while it is open.
        duration_s: Seconds of work, all sessions together.
        items_processed: Items handled.
        items_successful: Items done.
        items_failed: Items that failed for good.
        items_retried: Repeated attempts.
        bytes_processed: Bytes processed.
        error_types: Type of error to count.
        last_error_message: What the last error said; None without one.
        last_error_at: When it occurred; None without one.
        interruption_count: Number of interruptions.
        progress_updates: Entries of `progress_entry`, oldest first.
        custom_metrics: Name of a metric to its latest value, in the order they were first set.
        generated_at: The time of this data.
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


def build_process_summaries(catalog: Catalog) -> Iterator[Document]:
    """Yield the summary of every process, by name of the run, then of the process.

    Args:
        catalog: The catalog to query.

    Yields:
        The document of `summary_document`, as of the last event of the process.
    """
    for row in catalog.rows(_SQL["stages"]):
        yield summary_document(_facts(catalog, row))


def summary_document(facts: ProcessFacts) -> Document:
    """Return the summary as a document.

    Returns:
        The keys of the process summary format, in its order. start_time, end_time,
        last_error_time and the timestamps of progress updates are seconds since 1970 in UTC;
        duration_seconds and elapsed_seconds are seconds of work in all sessions;
        duration_seconds is None while the process is open. Rates and percentages are 0 when
        nothing was processed.
    """
    is_completed = facts.ended_at is not None
    return {
        "process_name": facts.process_name,
        "run_name": facts.run_name,
        "session_id": facts.session_id,
        "start_time": facts.started_at.timestamp(),
        "end_time": seconds(facts.ended_at),
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
        "last_error_time": seconds(facts.last_error_at),
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
        message: Message of the process.
        context: Additional values; they override keys of the entry.
        occurred_at: Time of the update.
        elapsed_s: Seconds of work until then, all sessions together.
        items: Counts of processed, successful and failed items until then.
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


def seconds(moment: datetime | None) -> float | None:
    """Return a time in seconds since 1970; None if it is None."""
    return None if moment is None else moment.timestamp()


def _facts(catalog: Catalog, row: Mapping[str, Any]) -> ProcessFacts:
    stream = row["stream"]
    stage = {field.name: row[field.name] for field in fields(ProcessFacts) if field.name in row}
    return ProcessFacts(
        **stage,
        error_types=_error_types(catalog, stream),
        progress_updates=_progress_updates(catalog, stream),
        custom_metrics=_custom_metrics(catalog, stream),
        generated_at=row["recorded_at"],
    )


def _error_types(catalog: Catalog, stream: str) -> dict[str, int]:
    rows = catalog.rows(_SQL["errors"], [stream])
    return {row["error_type"]: row["error_count"] for row in rows}


def _progress_updates(catalog: Catalog, stream: str) -> list[Document]:
    rows = catalog.rows(_SQL["progress"], [stream])
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
    rows = catalog.rows(_SQL["metrics"], [stream])
    return {row["key"]: row["value"] for row in rows}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
