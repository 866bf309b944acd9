"""Show an event of a run and the state of the run after it, in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

from lineage.cli.screen.console import counted, plain, print_styled, shown
from lineage.cli.screen.run_view import size
from lineage.kernel.values import canonical_text
from lineage.ledger.envelope import RecordedEvent
from projections.documents.replay import ReplayState

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

_TOPIC_WIDTH: Final = 20
_MOST_NAMED: Final = 3
_STYLES: Final = {
    "failed": "red",
    "refused": "yellow",
    "interrupted": "yellow",
    "raised": "yellow",
    "succeeded": "green",
}


def put_line(recorded: RecordedEvent, state: ReplayState) -> None:
    """Print event and state for a reader: number, seconds, what happened, the state after it."""
    number = f"{recorded.version:>5} {state.elapsed_s:>9.2f} s  "
    topic = f"{recorded.event.TOPIC:<{_TOPIC_WIDTH}} "
    said, summary = plain(_said(recorded)), plain(_summary(state))
    style = _STYLES.get(recorded.event.TOPIC.partition(".")[2], "bold")
    print_styled((number, "dim"), (topic, style), f" {said}  ", (f"[{summary}]", "dim"))


def put_json(recorded: RecordedEvent, state: ReplayState) -> None:
    """Print event and state as one line of JSON."""
    event = {
        "position": recorded.position,
        "version": recorded.version,
        "type": recorded.event.TOPIC,
        "recorded_at": recorded.recorded_at,
        "actor": recorded.actor,
        "run_id": recorded.run,
        "task_id": recorded.task,
        "causation": recorded.causation,
        "payload": recorded.event.model_dump(mode="json"),
    }
    sys.stdout.write(canonical_text({"event": event, "state": state}) + "\n")


def _said(recorded: RecordedEvent) -> str:
    payload = recorded.event.model_dump(mode="json")
    operation = payload.get("operation")
    parts = [] if operation is None else [f"#{operation}"]
    error = payload.get("error")
    if isinstance(error, dict):
        payload["message"] = f"{error.get('error_type')}: {error.get('message')}"
    parts += [_part(key, payload[key]) for key in _SHOWN if payload.get(key) not in (None, "")]
    text = "  ".join(parts)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "\u2026"


def _part(key: str, value: Any) -> str:
    match key:
        case "size_bytes":
            return size(value) or ""
        case "rows":
            return f"{value:,} rows"
        case "duration_s":
            return f"{shown(value)} s"
    return shown(value)


def _summary(state: ReplayState) -> str:
    return ", ".join([state.status, *_counts(state)])


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
        yield f"{shown(state.peak_memory_mb)} MiB of memory"
