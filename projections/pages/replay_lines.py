"""Events of a run, and its state after each, in words and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.kernel.values import canonical_text
from lineage.ledger.envelope import RecordedEvent
from projections.documents.replay import ReplayState
from projections.html_table import cell_text
from projections.pages.cells import size
from projections.pages.section import counted

_SHOWN: Final = (
    "description",
    "python_version",
    "os",
    "name",
    "status",
    "uri",
    "value",
    "message",
    "detail",
    "reason",
    "policy",
    "group",
    "resumed_by",
    "duration_s",
    "rows",
    "size_bytes",
)
"""The keys of an event's payload that its line shows, in this order."""

_MOST: Final = 120
"""Characters of an event's line before the state."""

_MOST_NAMED: Final = 3


def said(recorded: RecordedEvent, shown: Mapping[str, Any] | None = None) -> str:
    """Return what an event says, in one line of bounded length.

    Args:
        recorded: The event.
        shown: What of its payload may be shown; all of it when None.
    """
    payload = dict(recorded.event.model_dump(mode="json") if shown is None else shown)
    operation = payload.get("operation")
    parts = [] if operation is None else [f"#{operation}"]
    error = payload.get("error")
    if isinstance(error, dict):
        payload["message"] = f"{error.get('error_type')}: {error.get('message')}"
    parts += [_part(key, payload[key]) for key in _SHOWN if payload.get(key) not in (None, "")]
    text = "  ".join(parts)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "\u2026"


def summary(state: ReplayState) -> str:
    """Return a state of a run in one line."""
    return ", ".join([state.status, *_counts(state)])


def document(
    recorded: RecordedEvent, state: ReplayState, shown: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an event and the state after it as `lineage replay --json` prints them.

    Args:
        recorded: The event.
        state: The state after it.
        shown: What of the payload may be shown; all of it when None.
    """
    event = {
        "position": recorded.position,
        "version": recorded.version,
        "type": recorded.event.TOPIC,
        "recorded_at": recorded.recorded_at,
        "actor": recorded.actor,
        "run_id": recorded.run,
        "task_id": recorded.task,
        "causation": recorded.causation,
        "payload": recorded.event.model_dump(mode="json") if shown is None else shown,
    }
    return {"event": event, "state": state}


def _part(key: str, value: Any) -> str:
    match key:
        case "size_bytes":
            return size(value) or ""
        case "rows":
            return f"{value:,} rows"
        case "duration_s":
            return f"{cell_text(value)} s"
    return canonical_text(value) if isinstance(value, dict | list) else cell_text(value)


def _counts(state: ReplayState) -> Iterator[str]:
    open_now = state.open_operations
    if state.operations_done:
        yield f"{counted(state.operations_done, 'operation')} done"
    yield from (f"{operation.name} running" for operation in open_now[:_MOST_NAMED])
    if len(open_now) > _MOST_NAMED:
        yield f"{len(open_now) - _MOST_NAMED:,} more running"
    counts = {
        "failure": state.operations_failed,
        "retry": state.retries,
        "input": state.inputs,
        "file": state.artifacts,
        "metric": state.metrics,
        "warning": state.warnings,
    }
    yield from (counted(count, noun) for noun, count in counts.items() if count)
    if state.artifact_bytes:
        yield f"{size(state.artifact_bytes)} written"
    if state.peak_memory_mb is not None:
        yield f"{cell_text(state.peak_memory_mb)} MiB of memory"
