"""Show an event of a run, and how the run stood after it, in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from lineage.cli.screen.console import out, plain, shown
from lineage.cli.screen.run_view import size
from lineage.kernel.values import canonical_text
from lineage.ledger.envelope import RecordedEvent
from projections.documents.replay import RunStanding

_TOLD: Final = (
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
"""What of an event's payload fits in its line, in this order."""

_MOST: Final = 120
"""Characters of an event's line before the state."""

_TOPIC_WIDTH: Final = 20
_MOST_NAMED: Final = 3
_PLURALS: Final = {"retry": "retries"}
_STYLES: Final = {
    "failed": "red",
    "refused": "yellow",
    "interrupted": "yellow",
    "raised": "yellow",
    "succeeded": "green",
}


def put_line(recorded: RecordedEvent, standing: RunStanding) -> None:
    """Print event and standing for a reader: number, seconds, what happened, what is so now."""
    number = f"{recorded.version:>5} {standing.elapsed_s:>9.2f} s  "
    topic = f"{recorded.event.TOPIC:<{_TOPIC_WIDTH}} "
    said, state = plain(_said(recorded)), plain(_state(standing))
    if not sys.stdout.isatty():
        sys.stdout.write(f"{number}{topic} {said}  [{state}]\n")
        return
    style = _STYLES.get(recorded.event.TOPIC.partition(".")[2], "bold")
    line = Text.assemble((number, "dim"), (topic, style), f" {said}  ", (f"[{state}]", "dim"))
    _terminal().print(line)


def put_json(recorded: RecordedEvent, standing: RunStanding) -> None:
    """Print event and standing as one line of JSON."""
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
    sys.stdout.write(canonical_text({"event": event, "state": standing}) + "\n")


@cache
def _terminal() -> Console:
    return out()


def _said(recorded: RecordedEvent) -> str:
    payload = recorded.event.model_dump(mode="json")
    operation = payload.get("operation")
    parts = [] if operation is None else [f"#{operation}"]
    error = payload.get("error")
    if isinstance(error, dict):
        payload["message"] = f"{error.get('error_type')}: {error.get('message')}"
    parts += [_part(key, payload[key]) for key in _TOLD if payload.get(key) not in (None, "")]
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


def _state(standing: RunStanding) -> str:
    return ", ".join([standing.status, *_counts(standing)])


def _counts(standing: RunStanding) -> Iterator[str]:
    open_now = standing.open_operations
    if standing.operations_done:
        yield f"{_counted(standing.operations_done, 'operation')} done"
    yield from (f"{operation.name} open" for operation in open_now[:_MOST_NAMED])
    if len(open_now) > _MOST_NAMED:
        yield f"{len(open_now) - _MOST_NAMED:,} more open"
    counts = {
        "failure": standing.operations_failed,
        "retry": standing.retries,
        "input": standing.inputs,
        "file": standing.artifacts,
        "metric": standing.metrics,
        "warning": standing.warnings,
    }
    yield from (_counted(count, noun) for noun, count in counts.items() if count)
    if standing.artifact_bytes:
        yield f"{size(standing.artifact_bytes)} written"
    if standing.peak_memory_mb is not None:
        yield f"{shown(standing.peak_memory_mb)} MiB of memory"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else _PLURALS.get(noun, noun + 's')}"
